"""Reports of a leader that wait on the device for a signal, and go once each."""

import os
import re
import shutil
import signal
import time
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from flask import session as cookie
from playwright.sync_api import BrowserContext, Error, Page, expect
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from mapservice import web
from mapservice.accounts import gate
from mapservice.accounts.models import Role, UserAccount
from mapservice.matching.models import Assignment, AssignmentStatus
from mapservice.needs.models import Need
from tests.browser.conftest import PHONE
from tests.browser.test_offline import keeps, until
from tests.browser.test_offline import kept as kept_addresses
from tests.browser.test_pages import violations
from tests.factories import make_account, make_assignment, make_team, picture

LEADER, OTHER = "doitruong@demo.invalid", "doikhac@demo.invalid"
CANARY = "QuétSânĐìnhCanary"
WAITING = re.compile(r"3 mục đang chờ trên máy này")
# Of ten requests three are lost: one on its way there, two after the server has kept the report.
LOSSES = ("there", "", "back", "", "back", "", "", "", "", "")
FULL = "indexedDB.open = () => { throw new DOMException('full', 'QuotaExceededError'); };"
# Everything that a device keeps for this site, as text.
DUMP = """async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  const texts = (value) => {
    const bytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
    if (bytes) return new TextDecoder().decode(value);
    const whole = value && typeof value === "object";
    return whole ? Object.values(value).map(texts).join("|") : String(value);
  };
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
    });
    for (const store of db.objectStoreNames) {
      const all = await new Promise((done) => {
        const asked = db.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => done(asked.result);
      });
      found.push(name, ...all.map(texts));
    }
    db.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const key of await cache.keys()) {
      found.push(key.url, await (await cache.match(key)).text());
    }
  }
  return found.join("\\n");
}"""


@pytest.fixture
def work(cluster, site_database):
    """A leader's accepted assignment (and another leader); nothing is left of what they do."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine, expire_on_commit=False) as session:
        leader = make_account(session, login=LEADER, role=Role.TEAM_LEADER)
        make_account(session, login=OTHER, role=Role.TEAM_LEADER)
        team = make_team(session, leader_id=leader.id, max_concurrent=3)
        free = text("SELECT id FROM pub.need WHERE status = 'published' ORDER BY code LIMIT 1")
        need = session.get_one(Need, session.scalar(free))
        made = make_assignment(session, team=team, need=need)
        session.commit()
        made.status = AssignmentStatus.ACCEPTED
        session.commit()
        session.info["assignment"] = made.id
        yield session
        session.rollback()
        for statement in (
            "DELETE FROM core.photo WHERE field_report_id IS NOT NULL",
            "DELETE FROM core.field_report",
            "DELETE FROM core.assignment",
            f"DELETE FROM core.team WHERE id = '{team.id}'",
            f"DELETE FROM core.user_account WHERE login IN ({LEADER!r}, {OTHER!r})",
        ):
            session.execute(text(statement))
        session.commit()
    engine.dispose()


@pytest.fixture
def phone(chromium, live_server, answers, tmp_path):
    """`with phone() as context`: the same phone each time; what it keeps stays on its disk."""

    @contextmanager
    def phone(**more):
        options = PHONE | {"locale": "vi-VN", "reduced_motion": "reduce"} | more
        context = chromium.browser_type.launch_persistent_context(
            tmp_path / "phone",
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            base_url=live_server,
            **options,
        )
        context.set_default_timeout(15_000)
        try:
            yield context
        finally:
            with suppress(Error):  # one that was killed is closed already
                context.close()
        assert answers.ended(), "a request goes on without its page"

    return phone


def kill(profile: Path) -> None:
    """End the browser of this profile as a dead battery would."""
    killed = 0
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_text(errors="replace")
        except OSError:
            continue
        if f"--user-data-dir={profile}" in command and "--type=" not in command:
            os.kill(int(entry.parent.name), signal.SIGKILL)
            killed += 1
    assert killed == 1


@pytest.fixture
def enter(site, live_server):
    """`enter(context, login)`: this phone is signed in to the account."""

    def enter(context: BrowserContext, login: str) -> None:
        with site.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
            wanted = select(UserAccount).where(UserAccount.login == login)
            gate.enter(web.session().scalars(wanted).one())
            value = site.session_interface.get_signing_serializer(site).dumps(dict(cookie))
        name = site.config["SESSION_COOKIE_NAME"]
        context.add_cookies([{"name": name, "value": value, "url": live_server}])

    return enter


def write(page: Page, words: str, *, photos: int = 1) -> None:
    page.fill("#text", words)
    files = [
        {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": picture()} for n in range(photos)
    ]
    page.set_input_files("#photos", files)
    expect(page.locator("[data-previews] img")).to_have_count(photos)
    page.get_by_role("button", name="Gửi nhật ký").click()


def visit_page(context: BrowserContext, assignment: UUID) -> Page:
    page = context.pages[0]
    page.goto(f"/manage/proposals/{assignment}")
    expect(page.locator("form[data-live]")).to_be_attached()
    page.wait_for_load_state("networkidle")  # its other scripts are there too
    return page


def write_offline(context: BrowserContext, assignment: UUID) -> Page:
    page = visit_page(context, assignment)
    context.set_offline(True)
    for number in range(3):
        write(page, f"{CANARY} lần {number}")
        expect(page.locator("[data-said]").last).to_contain_text("Sẽ tự gửi khi có mạng")
        expect(page.locator("#text")).to_have_value("")
    expect(page.locator("[data-outbox]")).to_contain_text(WAITING)
    return page


def kept(session: Session) -> list[tuple[str, int]]:
    """What the server has: each report's words, and how many photos it came with."""
    session.rollback()
    rows = text("""SELECT r.text, count(p.id) FROM core.field_report r
        LEFT JOIN core.photo p ON p.field_report_id = r.id GROUP BY r.id, r.text ORDER BY r.text""")
    return [tuple(row) for row in session.execute(rows)]


def lossy(asked: list[str]):
    """A line that loses 3 of 10 requests in a fixed order, also after they were answered."""

    def answer(route):
        lost = LOSSES[len(asked) % len(LOSSES)]
        asked.append(lost)
        if lost == "back":
            route.fetch()
        if lost:
            route.abort("connectionreset")
        else:
            route.continue_()

    return answer


def drained(context: BrowserContext, page: Page) -> None:
    """The connection comes and goes until nothing waits any more."""
    deadline = time.monotonic() + 60
    while page.get_by_text("đang chờ trên máy này").is_visible():
        assert time.monotonic() < deadline
        context.set_offline(True)
        context.set_offline(False)
        page.wait_for_timeout(500)


def test_reports_written_offline_arrive_once_each_after_the_browser_was_killed(
    work, phone, enter, tmp_path
):
    assignment, asked = work.info["assignment"], []
    with phone() as context:
        enter(context, LEADER)
        page = write_offline(context, assignment)
        assert CANARY not in page.evaluate(DUMP)
        kill(tmp_path / "phone")
    assert kept(work) == []
    with phone() as context:
        enter(context, LEADER)
        context.route("**/report", lossy(asked))
        page = visit_page(context, assignment)
        drained(context, page)
        assert kept(work) == [(f"{CANARY} lần {number}", 1) for number in range(3)]
        assert asked[:5] == list(LOSSES[:5]) and asked.count("back") == 2
        page.reload()
        expect(page.locator(".report-photos img")).to_have_count(3)
        expect(page.locator("[data-outbox]")).to_be_hidden()


def test_a_finished_visit_is_told_once_though_its_answer_was_lost(work, phone, enter):
    made = work.get_one(Assignment, work.info["assignment"])
    made.status = AssignmentStatus.UNDERWAY
    work.commit()
    losses = iter(["there", "back"])

    def line(route):
        lost = next(losses, "")
        if lost == "back":
            route.fetch()
        if lost:
            route.abort("connectionreset")
        else:
            route.continue_()

    with phone() as context:
        enter(context, LEADER)
        context.route("**/done", line)
        page = context.pages[0]
        page.goto("/manage/proposals")
        page.wait_for_load_state("networkidle")
        page.get_by_text("Báo cáo đã xong").click()
        form = page.locator("form[data-live]")
        form.get_by_label("Tổng số giờ").fill("4,5")
        form.get_by_label("Số tình nguyện viên").fill("3")
        form.get_by_label("Kết quả").fill(CANARY)
        photo = {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        form.get_by_label("Ảnh").set_input_files([photo])
        form.get_by_role("button", name="Gửi báo cáo").click()
        expect(form.locator("[data-said]")).to_contain_text("Sẽ tự gửi khi có mạng")
        assert CANARY not in page.evaluate(DUMP)
        drained(context, page)
        page.goto("/manage/proposals")
        expect(page.locator("main")).to_contain_text("Đã báo cáo, chờ xác nhận")
    assert kept(work) == [(CANARY, 1)]
    told = text("SELECT status, hours, volunteers FROM core.assignment WHERE id = :id")
    assert tuple(work.execute(told, {"id": made.id}).one()) == ("done", Decimal("4.5"), 3)
    assert list(losses) == []


def test_an_ended_session_pauses_the_outbox_and_another_account_sees_nothing(work, phone, enter):
    assignment = work.info["assignment"]
    with phone() as context:
        enter(context, LEADER)
        page = write_offline(context, assignment)
        context.clear_cookies()
        context.set_offline(False)
        expect(page.locator("[data-outbox]")).to_contain_text("Đăng nhập lại để gửi")
        expect(page.locator("[data-outbox]")).to_contain_text(WAITING)
        enter(context, OTHER)
        page.goto("/manage/proposals")
        expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()
        page.wait_for_timeout(1000)
        expect(page.locator("[data-outbox]")).to_be_hidden()
        assert kept(work) == []
        context.clear_cookies()
        enter(context, LEADER)
        page.goto("/manage/proposals")
        expect(page.locator("[data-outbox]")).to_contain_text("Đã gửi xong")
        assert len(kept(work)) == 3


def test_signing_out_with_reports_asks_and_leaves_nothing_readable(work, phone, enter):
    assignment = work.info["assignment"]
    with phone() as context:
        enter(context, LEADER)
        page = write_offline(context, assignment)
        context.route("**/report", lambda route: route.abort("connectionreset"))
        context.set_offline(False)
        page.get_by_role("button", name="Đăng xuất").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Còn 3 nhật ký chưa gửi")
        assert violations(page) == []
        dialog.get_by_role("button", name="Gửi ngay").click()
        expect(dialog.get_by_role("alert")).to_contain_text("chưa có mạng")
        dialog.get_by_role("button", name="Giữ tới lần đăng nhập sau").click()
        expect(page.locator("[data-map]")).to_be_visible()
        dump = page.evaluate(DUMP)
        assert "outbox" in dump and CANARY not in dump
        context.unroute("**/report")
        enter(context, LEADER)
        page.goto("/manage/proposals")
        expect(page.locator("[data-outbox]")).to_contain_text("Đã gửi xong")
        assert len(kept(work)) == 3


def test_reports_may_be_deleted_with_signing_out(work, phone, enter):
    with phone() as context:
        enter(context, LEADER)
        page = write_offline(context, work.info["assignment"])
        context.route("**/report", lambda route: route.abort("connectionreset"))
        context.set_offline(False)
        page.get_by_role("button", name="Đăng xuất").click()
        page.get_by_role("button", name="Xóa rồi đăng xuất").click()
        expect(page.locator("[data-map]")).to_be_visible()
        enter(context, LEADER)
        page.goto("/manage/proposals")
        page.wait_for_timeout(1000)
        expect(page.locator("[data-outbox]")).to_be_hidden()
        assert kept(work) == []


def test_the_public_page_of_a_visit_opens_without_a_signal(work, phone, enter):
    with phone(service_workers="allow") as context:
        enter(context, LEADER)
        page = context.pages[0]
        page.goto("/about/privacy")
        until(page, "navigator.serviceWorker.controller !== null")
        page.goto("/manage/proposals")
        keeps(page, page.locator("article a[href^='/places/']").get_attribute("href"))
        context.set_offline(True)
        page.goto("/offline")
        page.get_by_role("region", name="Nơi đã có trên máy này").get_by_role("link").click()
        expect(page.locator("main")).to_contain_text("Ngoại tuyến – dữ liệu lúc")
        expect(page.get_by_role("link", name="Chỉ đường")).to_be_visible()
        assert "/manage" not in " ".join(kept_addresses(page))


def test_a_device_that_keeps_nothing_says_so_and_the_form_stays(work, phone, enter):
    with phone() as context:
        context.add_init_script(
            "indexedDB.open = () => { throw new DOMException('full', 'QuotaExceededError'); };"
        )
        enter(context, LEADER)
        page = visit_page(context, work.info["assignment"])
        context.set_offline(True)
        write(page, CANARY)
        expect(page.locator("[data-said]").last).to_contain_text("máy này không giữ lại được")
        expect(page.locator("#text")).to_have_value(CANARY)
        context.set_offline(False)
        page.get_by_role("button", name="Gửi nhật ký").click()
        expect(page.get_by_text("Đã ghi nhật ký.")).to_be_visible()
        assert kept(work) == [(CANARY, 1)]


def test_what_the_server_refuses_is_said_at_the_form(work, phone, enter):
    with phone() as context:
        enter(context, LEADER)
        page = visit_page(context, work.info["assignment"])
        page.fill("#day", "2099-01-01")
        write(page, CANARY)
        expect(page.get_by_text("Ngày này chưa tới.").first).to_be_visible()
        expect(page.locator("#text")).to_have_value(CANARY)
        expect(page.locator("[data-outbox]")).to_be_hidden()
