"""The whole of it, with four people: a registrar, an officer, a team leader, and a passer-by.

Registered, returned, mended, published, matched, accepted, reported, confirmed: each by hand, each
seen by the next one.
"""

import re
import time

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from mapservice.accounts.models import Role
from tests.browser import office_site
from tests.browser.conftest import PHONE
from tests.conftest import DATABASE

TITLE = "Trường Tiểu học An Lạc, điểm lẻ Đồng Bây"
NEED = "Dạy tiếng Anh buổi tối"


@pytest.fixture(scope="module")
def site(cluster, settings):
    with office_site.running(cluster, settings, f"{DATABASE}_story") as site:
        with site.engine.begin() as connection:  # the office begins with nothing to match
            connection.execute(text("DELETE FROM core.assignment"))
            connection.execute(
                text("UPDATE core.need SET status = 'withdrawn', status_reason = 'address_left'")
            )
        yield site


@pytest.fixture
def people(chromium, site):
    """Four browsers; the passer-by is signed in nowhere."""
    here = site.world.here.accounts
    pages = {
        "registrar": site.signed_in(chromium, here[Role.REGISTRAR]),
        "officer": site.signed_in(chromium, here[Role.OFFICER]),
        "leader": site.signed_in(chromium, here[Role.TEAM_LEADER], **PHONE),
        "passer_by": chromium.new_context(**PHONE).new_page(),
    }
    yield pages
    for page in pages.values():
        page.context.close()


def register(page, site) -> str:
    """The registrar's part; the code of the record."""
    page.goto(f"{site.address}/manage/addresses/new?nature=place")
    lng, lat = spot(site)
    page.select_option("#kind", "school")
    page.fill("#title", TITLE)
    page.select_option("#severity", "2")
    page.locator("#commune").select_option(label=commune_label(page))
    page.fill("#lat", f"{lat:.5f}")
    page.fill("#lng", f"{lng:.5f}")
    page.select_option("#needs-0-category", "education")
    page.select_option("#needs-0-urgency", "3")
    page.fill("#needs-0-title", NEED)
    page.click("button[value=save]")
    page.wait_for_url(re.compile(r"/manage/addresses/[0-9A-Z]{8}$"))
    expect(page.locator("h1", has_text=TITLE)).to_have_count(1)
    page.click("text=Gửi duyệt")
    page.wait_for_selector("text=Chờ duyệt")
    return page.url.rpartition("/")[2]


def spot(site) -> tuple[float, float]:
    with site.engine.connect() as connection:
        place = connection.execute(
            text(
                "SELECT ext.ST_X(point) + 0.004, ext.ST_Y(point) FROM core.address WHERE id = :id"
            ),
            {"id": site.world.here.records["place"].id},
        )
        return place.one()


def commune_label(page) -> str:
    labels = page.locator("#commune option").all_inner_texts()
    return next(label for label in labels if "An Lạc" in label)


def test_from_a_school_without_a_teacher_to_its_thanks(people, site, record_property):
    registrar, officer = people["registrar"], people["officer"]
    leader, passer_by = people["leader"], people["passer_by"]

    code = register(registrar, site)
    record = f"{site.address}/manage/addresses/{code}"
    public = f"{site.address}/places/{code}"
    assert passer_by.goto(public).status == 404

    officer.goto(f"{site.address}/manage/review")
    officer.locator("main a", has_text=TITLE).first.click()
    officer.wait_for_url(re.compile(f"/manage/addresses/{code}"))
    officer.locator(".review-reason summary", has_text="Trả lại").first.click()
    officer.fill("textarea[name=reason] >> visible=true", "Ghi thêm mỗi tuần mấy buổi.")
    officer.locator("details[open] button[type=submit]").click()
    officer.wait_for_selector("text=Đã trả lại")

    registrar.goto(record)
    expect(registrar.locator("text=Ghi thêm mỗi tuần mấy buổi.").first).to_be_visible()
    registrar.goto(f"{record}/edit")
    registrar.fill("#needs-0-description", "Mỗi tuần ba buổi, hai bạn mỗi buổi.")
    registrar.click("button[value=save]")
    registrar.wait_for_url(f"**/manage/addresses/{code}")
    registrar.click("text=Gửi duyệt")
    registrar.wait_for_selector("text=Chờ duyệt")

    officer.goto(record)
    officer.locator("label", has_text="“Đồng Bây” giống tên người").click()
    officer.click("text=Ghi các chỗ đã đánh dấu")
    officer.click("text=Xác minh và công khai")
    officer.wait_for_selector("text=Đang công khai")
    # The very next request: nothing is waited for.
    began = time.monotonic()
    layer = passer_by.request.get(f"{site.address}/layers/needs.geojson?unit=220@2022&cluster=0")
    record_property("published to public layer", f"{(time.monotonic() - began) * 1000:.0f} ms")
    assert [f["properties"]["title"] for f in layer.json()["features"]] == [NEED]
    assert passer_by.goto(public).status == 200
    expect(passer_by.locator("text=0/1 đội đã nhận").first).to_be_visible()

    officer.goto(f"{site.address}/manage/matching")
    officer.click("button:has-text('Lập phương án')")
    officer.click("text=Gửi đề nghị cho các đội")
    officer.wait_for_selector("text=Đã gửi 1 đề nghị")

    leader.goto(f"{site.address}/manage/proposals")
    leader.click("button:has-text('Nhận việc')")
    leader.wait_for_selector("text=Đã nhận việc")
    assert passer_by.goto(public).status == 200
    expect(passer_by.locator("text=1/1 đội đã nhận").first).to_be_visible()
    leader.click("button:has-text('Bắt đầu')")
    leader.locator("summary", has_text="Báo cáo đã xong").click()
    leader.fill("[name=hours]", "6,5")
    leader.fill("[name=volunteers]", "4")
    leader.fill("[name=results]", "Đã dạy ba buổi, các em thuộc bảng chữ cái.")
    leader.click("button:has-text('Gửi báo cáo')")
    leader.wait_for_selector("text=chờ xác nhận")

    officer.goto(f"{site.address}/manage/")
    assignment = site_assignment(site)
    officer.goto(f"{site.address}/manage/assignments/{assignment}")
    expect(officer.locator("text=Đã dạy ba buổi").first).to_be_visible()
    officer.click("text=Xác nhận kết quả")
    officer.wait_for_selector("text=Đã xác nhận")

    assert passer_by.goto(public).status == 200
    expect(passer_by.locator("text=Đã đáp ứng").first).to_be_visible()
    officer.goto(f"{record}/history")
    for words in ("Trả lại", "Công khai", "Xác nhận"):
        expect(officer.locator(f"text=/{words}/i").first).to_be_visible()


def site_assignment(site) -> str:
    with site.engine.connect() as connection:
        return str(connection.scalar(text("SELECT id FROM core.assignment")))
