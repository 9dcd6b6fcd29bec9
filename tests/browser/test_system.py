"""The page of the system in a browser: both sizes, light and dark, keyboard, without script."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from mapservice.accounts.models import Role
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_matching import overflows
from tests.browser.test_pages import violations
from tests.factories import make_account, make_job, make_mail

ADMIN = "hethong@demo.invalid"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def troubles(cluster, site_database):
    """An admin, a job and two mails set aside; nothing of them stays."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        admin = make_account(session, login=ADMIN, role=Role.ADMIN)
        make_job(session, name="release", last_error="57014")
        make_mail(session, subject=HOSTILE, recipient=f"{'dia-chi-rat-dai' * 4}@demo.invalid")
        make_mail(session, body=None)
        session.commit()
        yield session
        session.rollback()
        for statement in ("DELETE FROM core.worker_job", "DELETE FROM core.mail"):
            session.execute(text(statement))
        session.delete(admin)
        session.commit()
    engine.dispose()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_it_fits_and_axe_finds_nothing(sign_in, troubles, screen, scheme):
    page = sign_in(ADMIN, "/manage/system", **screen, color_scheme=scheme)
    expect(page.locator("text=1 việc tự động đã tạm dừng")).to_be_visible()
    expect(page.locator("p", has_text=HOSTILE)).to_be_visible()
    assert not overflows(page)
    assert violations(page) == []
    for button in page.locator("main button").all():
        box = button.bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_job_is_done_again_by_keyboard(sign_in, troubles, script):
    page = sign_in(ADMIN, "/manage/system", java_script_enabled=script)
    page.get_by_role("button", name=re.compile("Chạy lại.*Công bố số hộ")).press("Enter")
    page.wait_for_selector("text=Việc này sẽ được chạy lại ngay.")
    aside = "SELECT set_aside_at FROM core.worker_job WHERE name = 'release'"
    assert troubles.scalar(text(aside)) is None
    expect(page.get_by_role("button", name="Chạy lại")).to_have_count(0)
