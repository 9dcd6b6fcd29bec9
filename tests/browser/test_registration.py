"""Registering at a desk by keyboard and on a phone: kept while typed, map and numbers, consent."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from mapservice.accounts.models import OrganisationLevel, OrganisationUnit, Role
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_matching import overflows
from tests.browser.test_pages import violations
from tests.factories import make_account, make_organisation, unit_id

REGISTRAR = "nguoidangky@demo.invalid"
NEW = "/manage/addresses/new"
PAYLOAD = "<img src=x onerror=\"document.title='broken'\">"
GONE = (
    "DELETE FROM core.consent WHERE collected_by = :account",
    "DELETE FROM core.address WHERE organisation_id = :organisation",
    "DELETE FROM core.user_account WHERE id = :account",
    "DELETE FROM core.organisation WHERE id = :organisation",
    "DELETE FROM core.organisation WHERE id = :province",
)


@pytest.fixture
def registrar(cluster, site_database):
    """A registrar of Sơn Động; nothing is left of what is done. Asked for before `sign_in`, it
    outlives the pages, which keep drafts until they are closed."""
    engine = create_engine(cluster.url("owner", site_database))
    with Session(engine) as session:
        province = make_organisation(session)
        home = make_organisation(
            session,
            name="Huyện đoàn thử",
            level=OrganisationLevel.DISTRICT,
            parent_id=province.id,
        )
        session.add(OrganisationUnit(organisation_id=home.id, unit_id=unit_id(session, "220")))
        account = make_account(
            session,
            organisation=home,
            login=REGISTRAR,
            role=Role.REGISTRAR,
        )
        session.commit()
        ids = {"account": account.id, "organisation": home.id, "province": province.id}
        yield session
        session.rollback()
        for statement in GONE:
            session.execute(text(statement), ids)
        session.commit()
    engine.dispose()


def open_form(sign_in, nature, **context):
    """The form, once its script has begun."""
    page = sign_in(REGISTRAR, f"{NEW}?nature={nature}", **context)
    page.wait_for_selector("#register[data-live]", timeout=30_000)
    return page


def write_place(page, title="Trường Mầm non Bản Mới"):
    page.select_option("#kind", "school")
    page.fill("#title", title)
    page.select_option("#severity", "2")
    page.fill("#commune-search", "an lac")
    page.locator("#commune-list li").first.click()
    page.fill("#pasted", "21.3282, 106.9693")
    expect(page.locator("#lat")).to_have_value("21.328200")
    page.select_option("#needs-0-category", "education")
    page.select_option("#needs-0-urgency", "3")
    page.fill("#needs-0-title", "Dạy hát cho các bé")


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_a_place_is_written_kept_and_saved(registrar, sign_in, screen):
    page = open_form(sign_in, "place", **screen)
    write_place(page)
    expect(page.locator("[data-save-state]")).to_contain_text("Đã lưu lúc", timeout=15_000)
    expect(page.locator("[data-where-said]")).to_contain_text("An Lạc")
    assert not overflows(page)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    other = page.context.new_page()
    other.goto(page.url.split("/manage")[0] + NEW)
    other.click("text=Trường Mầm non Bản Mới")
    expect(other.locator("#needs-0-title")).to_have_value("Dạy hát cho các bé")
    other.close()
    page.dblclick(".save-bar button")
    page.wait_for_url(re.compile(r"/manage/addresses/[0-9A-Z]{8}$"))
    assert registrar.scalar(text("SELECT count(*) FROM private.form_draft")) == 0
    saved = registrar.execute(
        text("SELECT title, status FROM core.address WHERE title = 'Trường Mầm non Bản Mới'")
    ).one()
    assert saved.status == "draft"


TELL_OF_A_MOVE = """() => {
  const { fire } = L.Map.prototype;
  window.moved = new Promise((resolve) => {
    L.Map.prototype.fire = function (type, ...rest) {
      fire.call(this, type, ...rest);
      if (type === "moveend") resolve();
      return this;
    };
  });
}"""


@pytest.mark.parametrize("typed", ["", "khoảng 21"])
def test_a_turned_phone_names_no_position(registrar, sign_in, typed):
    page = open_form(sign_in, "person", **DESK)
    page.fill("#lat", typed)
    page.evaluate(TELL_OF_A_MOVE)
    page.set_viewport_size(PHONE["viewport"])
    page.evaluate("() => window.moved")
    assert [page.input_value("#lat"), page.input_value("#lng")] == [typed, ""]


def test_a_place_is_registered_by_keyboard_alone(registrar, sign_in):
    page = open_form(sign_in, "place")
    page.focus("#title")
    page.keyboard.type("Trường Bản Phím")
    page.focus("#kind")
    page.keyboard.type("Trường")
    page.focus("#severity")
    page.keyboard.press("ArrowDown")
    scale = page.locator(".leaflet-control-scale-line")
    wide = scale.inner_text()
    page.focus("#commune-search")
    page.keyboard.type("an lac")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#commune")).not_to_have_value("")
    expect(scale).not_to_have_text(wide)  # the map looks at the commune
    page.focus("[data-map]")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lng")).not_to_have_value("")
    before = float(page.input_value("#lng"))
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lng")).not_to_have_value(str(before))
    assert float(page.input_value("#lng")) > before
    page.focus("[data-add-need]")
    page.keyboard.press("Enter")
    expect(page.locator("#needs-1-category")).to_be_focused()
    page.locator("button", has_text="Bỏ nhu cầu 2").focus()
    page.keyboard.press("Enter")
    expect(page.locator("text=Đã bỏ nhu cầu 2.")).to_be_visible()
    page.keyboard.press("Enter")  # the focus is on the way back
    expect(page.locator("#needs-1-category")).to_be_visible()
    page.locator("button", has_text="Bỏ nhu cầu 2").press("Enter")
    page.focus("#needs-0-category")
    page.keyboard.press("ArrowDown")
    page.focus("#needs-0-urgency")
    page.keyboard.press("ArrowDown")
    page.fill("#needs-0-title", "Dạy chữ buổi tối")
    page.locator(".save-bar button[value=save]").press("Enter")
    page.wait_for_url(re.compile(r"/manage/addresses/[0-9A-Z]{8}$"))
    expect(page.locator("h1")).to_contain_text("Trường Bản Phím")


def test_a_late_answer_does_not_take_the_map_away(registrar, sign_in):
    """Somebody moves the map before the chosen commune's place is known: the move counts."""
    page = open_form(sign_in, "place")

    def move_then_answer(route):
        answer = route.fetch()
        page.focus("[data-map]")
        page.keyboard.press("ArrowRight")
        route.fulfill(response=answer)

    page.route("**/manage/where.json", move_then_answer, times=1)
    with page.expect_response("**/manage/where.json"):  # the handler ends before the test does
        page.select_option("#commune", "07645@2022")
    expect(page.locator("#lng")).not_to_have_value("")


def test_a_point_elsewhere_is_offered_both_ways(registrar, sign_in):
    page = open_form(sign_in, "place")
    page.select_option("#commune", "07645@2022")
    page.fill("#pasted", "21.33, 106.86")
    said = page.locator("[data-where-said]")
    expect(said).to_contain_text("không nằm trong")
    said.locator("text=Đưa vị trí về xã đã chọn").click()
    expect(said).to_contain_text("An Lạc")
    expect(said.locator(".notice-good")).to_be_visible()


def test_a_person_with_consent_on_a_phone(registrar, sign_in):
    page = open_form(sign_in, "person", **PHONE)
    expect(page.locator("input[type=checkbox]:checked, input[type=radio]:checked")).to_have_count(0)
    page.select_option("#person_kind", "elderly")
    page.select_option("#severity", "3")
    page.fill("#name", "Lương Thị Thử")
    page.fill("#birth_year", "1950")
    expect(page.locator("#consent_register [data-giver=guardian]")).to_be_hidden()
    page.select_option("#commune", "07645@2022")
    page.select_option("#needs-0-category", "health")
    page.select_option("#needs-0-urgency", "3")
    page.locator("#consent_register [data-giver=person] input").check()
    page.locator("input[name=channel][value=spoken]").check()
    assert not overflows(page)
    page.click(".save-bar button")
    page.wait_for_url(re.compile(r"/manage/addresses/[0-9A-Z]{8}$"))
    row = registrar.execute(
        text(
            "SELECT age_band, title FROM core.address WHERE nature = 'person' AND status = 'draft'"
        )
    ).one()
    assert row == ("16_up", None)


def test_hostile_texts_stay_texts(registrar, visit, sign_in):
    visit.expected.append("422")
    page = open_form(sign_in, "place")
    write_place(page, PAYLOAD)
    for name in ("summary", "hamlet", "contact_name", "needs-0-description", "needs-0-unit"):
        page.fill(f"#{name}", PAYLOAD)
    page.fill("#contact_phone", PAYLOAD[:40])
    page.click(".save-bar button")
    expect(page.locator("text=Cần xem lại")).to_be_visible()
    assert page.title() != "broken" and page.input_value("#title") == PAYLOAD
    page.fill("#contact_phone", "")
    page.fill("#needs-0-unit", "buổi")
    page.click(".save-bar button")
    page.wait_for_url(re.compile(r"/manage/addresses/[0-9A-Z]{8}$"))
    assert page.title() != "broken"
    similar = open_form(sign_in, "place")
    similar.fill("#lat", "21.3282")
    similar.fill("#lng", "106.9693")
    similar.fill("#title", PAYLOAD)
    expect(similar.locator(".doubles-list")).to_contain_text("onerror")
    assert similar.title() != "broken"


def test_without_script_it_is_a_plain_form(registrar, sign_in):
    page = sign_in(REGISTRAR, f"{NEW}?nature=place", java_script_enabled=False)
    page.select_option("#kind", "school")
    page.fill("#title", "Trường Không Script")
    page.select_option("#severity", "2")
    page.select_option("#commune", "07645@2022")
    page.fill("#pasted", "21.3282, 106.9693")
    page.select_option("#needs-0-category", "education")
    page.select_option("#needs-0-urgency", "3")
    page.fill("#needs-0-title", "Dạy hát")
    page.click("text=Thêm nhu cầu")
    expect(page.locator("#needs-1-title")).to_have_count(1)
    page.click(".save-bar button")
    page.wait_for_url(re.compile(r"/manage/addresses/[0-9A-Z]{8}$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("nature", ["place", "person"])
def test_axe_finds_nothing_in_the_form(registrar, sign_in, screen, scheme, nature):
    page = open_form(sign_in, nature, **screen | {"color_scheme": scheme})
    assert violations(page) == []
