"""An officer sends a plan at a desk, a team leader answers on a phone; with and without script."""

from threading import Event, Thread

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from mapservice.accounts.models import Role
from mapservice.matching import making, planning, plans
from mapservice.matching.scope import Grouping
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import violations
from tests.factories import make_account

ADMIN, LEADER = "tinhdoan@demo.invalid", "doitruong@demo.invalid"


@pytest.fixture
def people(cluster, site_database):
    """An admin, and the leader of the province's one team; nothing is left of what they do."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        make_account(session, login=ADMIN, role=Role.ADMIN)
        leader = make_account(session, login=LEADER, role=Role.TEAM_LEADER)
        session.execute(text("UPDATE core.team SET leader_id = :leader"), {"leader": leader.id})
        session.commit()
        yield session
        session.rollback()
        for statement in (
            "DELETE FROM core.plan",
            "DELETE FROM core.assignment",
            "UPDATE core.team SET leader_id = NULL",
            f"DELETE FROM core.user_account WHERE login IN ({ADMIN!r}, {LEADER!r})",
        ):
            session.execute(text(statement))
        session.commit()
    engine.dispose()


def ask(page) -> None:
    page.get_by_role("button", name="Lập phương án").click()


def overflows(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


# What is seen where the map's buttons have come as low as the bar with the button that sends.
LOWEST = """() => {
  const zoom = document.querySelector(".leaflet-control-zoom");
  const bar = document.querySelector(".match-send");
  scrollBy(0, zoom.getBoundingClientRect().top - (innerHeight - bar.offsetHeight));
  const { left, top } = zoom.getBoundingClientRect();
  return bar.contains(document.elementFromPoint(left + 10, top + 10)) ? "bar" : "map";
}"""


def test_from_a_plan_to_an_answer(sign_in, people):
    """The hostile place's title and team name are text on every page."""
    desk = sign_in(ADMIN, "/manage/matching")
    ask(desk)
    expect(desk.locator("tbody input[name=pair]")).to_have_count(1)
    row = desk.locator(".match-table tbody tr")
    row.locator("summary").click()
    expect(row.locator("li", has_text="Nhu cầu không đòi kỹ năng riêng.")).to_be_visible()
    assert not overflows(desk)
    desk.click("text=Gửi đề nghị cho các đội")
    desk.wait_for_selector("text=Đã gửi 1 đề nghị cho các đội.")
    expect(desk.locator("tbody input[name=pair]")).to_have_count(0)

    phone = sign_in(LEADER, "/manage/proposals", **PHONE)
    card = phone.locator(".match-card")
    expect(card).to_have_count(1)
    assert not overflows(phone)
    card.locator("summary", has_text="Từ chối").click()
    card.locator("textarea").fill("Đội đang thi học kỳ")
    card.locator("form button", has_text="Từ chối").click()
    phone.wait_for_selector("text=Đã từ chối đề nghị.")
    expect(phone.locator("text=Đội đang thi học kỳ")).to_be_visible()
    assert desk.title() != "broken" and phone.title() != "broken"
    status = people.scalar(text("SELECT status FROM core.assignment"))
    assert status == "declined"


def test_what_is_filtered_away_is_not_sent(sign_in, people):
    page = sign_in(ADMIN, "/manage/matching")
    ask(page)
    box = page.locator("tbody input[name=pair]")
    count = page.locator("[data-count]")
    expect(count).to_have_text("Đang chọn 1 đề nghị.")
    page.fill("#filter-text", "không có chữ này")
    expect(box).to_be_disabled()
    expect(box).to_be_hidden()
    page.fill("#filter-text", "DOI IMG")
    expect(box).to_be_enabled()
    expect(box).to_be_visible()
    page.locator("[data-all] input").uncheck()
    expect(box).not_to_be_checked()
    expect(count).to_have_text("Đang chọn 0 đề nghị.")
    page.select_option("#filter-urgency", "1")
    expect(page.locator("[data-shown]")).to_contain_text("Hiện 0 trong 1")


@pytest.mark.parametrize("context", [{}, PHONE], ids=["desk", "phone"])
def test_a_plan_is_sent_without_script(sign_in, people, context):
    page = sign_in(ADMIN, "/manage/matching", java_script_enabled=False, **context)
    ask(page)
    expect(page.locator("[data-filters]")).to_be_hidden()
    page.click("text=Gửi đề nghị cho các đội")
    expect(page.locator("text=Đã gửi 1 đề nghị cho các đội.")).to_be_visible()


@pytest.mark.parametrize(
    ("screen", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"]
)
def test_a_plan_is_looked_at_changed_and_sent(sign_in, people, screen, scheme):
    look = screen | {"color_scheme": scheme}
    page = sign_in(ADMIN, "/manage/matching", **look)
    assert violations(page) == [] and not overflows(page)
    ask(page)
    page.wait_for_selector("text=Đã chứng minh")
    page.wait_for_selector(".plan-map .plan-line", state="attached")
    assert page.evaluate(LOWEST) == "bar"
    page.locator(".match-table summary").first.click()
    assert violations(page) == [] and not overflows(page)
    page.locator("a", has_text="Đổi đội").click()
    assert violations(page) == [] and not overflows(page)
    page.go_back()
    page.locator(".plan-acts button", has_text="Bỏ").click()
    page.wait_for_selector("text=Đã bỏ đề nghị khỏi phương án.")
    expect(page.locator("tbody input[name=pair]")).to_have_count(0)
    page.get_by_role("link", name="Ghép đội").last.click()
    ask(page)
    page.click("text=Gửi đề nghị cho các đội")
    page.wait_for_selector("text=Đã gửi 1 đề nghị cho các đội.")
    assert people.scalar(text("SELECT status FROM core.plan ORDER BY sent_at LIMIT 1")) == "sent"
    leader = sign_in(LEADER, "/manage/proposals", **look)
    leader.locator("summary", has_text="Từ chối").click()
    assert violations(leader) == []


@pytest.fixture
def worker(cluster, site_database, monkeypatch):
    """The worker at a large plan: after `begin()` it waits before it solves, until `go_on()`."""

    class Worker:
        def __init__(self):
            self.engine = create_engine(cluster.url("owner", site_database))
            self.may_solve, self.thread = Event(), Thread(target=self.step)

        def step(self):
            with Session(self.engine) as session:
                making.make_next(session, Grouping.DISTRICT)
                session.commit()

        def begin(self):
            self.step()  # shows that it runs
            self.thread.start()

        def go_on(self):
            self.may_solve.set()
            self.thread.join()

    made, solve = Worker(), planning.solved

    def patient(*given):
        assert made.may_solve.wait(30)
        return solve(*given)

    monkeypatch.setattr(planning, "solved", patient)
    monkeypatch.setattr(plans, "AT_ONCE", 0)
    yield made
    made.may_solve.set()
    if made.thread.is_alive():
        made.thread.join()
    made.engine.dispose()


@pytest.mark.parametrize(
    ("screen", "scheme"), [(PHONE, "light"), (DESK, "dark")], ids=["phone", "desk"]
)
def test_a_large_plan_shows_how_far_it_is_and_then_itself(sign_in, people, worker, screen, scheme):
    """Nobody touches the page: it looks again by itself."""
    page = sign_in(ADMIN, "/manage/matching", **screen | {"color_scheme": scheme})
    ask(page)
    expect(page.get_by_role("heading", level=2)).to_contain_text("đang chờ tới lượt")
    worker.begin()
    status = page.locator(".plan-progress [role=status]")
    expect(status).to_contain_text("30 %")
    expect(status).to_contain_text("Tìm các đội có thể nhận")
    expect(page.locator("progress")).to_have_attribute("value", "30")
    assert violations(page) == [] and not overflows(page)
    worker.go_on()
    expect(page.locator(".notice-good")).to_contain_text("Đã chứng minh")
    expect(page.locator("tbody input[name=pair]")).to_have_count(1)
    page.wait_for_selector(".plan-map .plan-line", state="attached")


def test_a_large_plan_is_cancelled_while_it_runs(sign_in, people, worker):
    page = sign_in(ADMIN, "/manage/matching")
    ask(page)
    worker.begin()
    expect(page.locator(".plan-progress [role=status]")).to_contain_text("30 %")
    page.get_by_role("button", name="Hủy phương án").click()
    expect(page.get_by_text("Đã hủy phương án.")).to_be_visible()
    worker.go_on()
    page.reload()
    expect(page.locator(".plan-progress")).to_have_count(0)
    found = people.execute(
        text("SELECT status, (SELECT count(*) FROM core.plan_pair) FROM core.plan")
    )
    assert found.one() == ("cancelled", 0)
