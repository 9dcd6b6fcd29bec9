"""Every list of the office filters, prints on A4 and downloads as Excel: asked of the route map.

A page without arguments is a list, or it is named below with what else it is.
"""

import pytest

from mapservice.accounts.models import Role
from mapservice.office import excel, lists
from tests import office as world
from tests.db.test_lists import download, rows_of

FORMS = {
    "/manage/addresses/new",
    "/manage/embeds/new",
    "/manage/imports/new",
    "/manage/organisations/new",
    "/manage/teams/new",
    "/manage/users/invite",
}
# Work waiting for one's own act, of records whose lists are elsewhere; and the system's own page.
QUEUES = {
    "/manage/",
    "/manage/matching",
    "/manage/matching/waiting",
    "/manage/review",
    "/manage/review/duplicates",
    "/manage/system",
}
FILES = {"/manage/imports/template.xlsx"}
OF_TEAM_LEADERS = {"/manage/my-teams", "/manage/proposals"}
OWN_ACCOUNT = {"/manage/account", "/manage/account/second-factor"}
# What is listed there lies nowhere; views have no state either.
NOWHERE = {"embeds", "embed-views"}
STATELESS = {"embed-views"}
NO_LISTS = FORMS | FILES | QUEUES | OF_TEAM_LEADERS | OWN_ACCOUNT
STATES = {"status", "state", "level"}
TOLD_BY = {"category": {"category", "category_name"}, "year": {"programme_year"}}


@pytest.fixture
def sides(session):
    return world.build(session)


@pytest.fixture
def admin(sides, sign_in):
    return sign_in(sides.admin)


def listed(app) -> set[str]:
    """The pages of the office that show many things: no argument, an answer in HTML."""
    return {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/manage/")
        and "GET" in rule.methods
        and not rule.arguments
        and not rule.rule.endswith(".json")
    }


def test_every_page_is_a_list_or_named_as_something_else(app):
    pages = listed(app)
    assert pages - NO_LISTS == {f"/manage/{listing.name}" for listing in lists.ALL}
    assert pages >= NO_LISTS, "a page is named here that does not exist"


def test_every_list_is_reached_filtered_printed_and_downloaded(app, client, sides, admin):
    for path in sorted(listed(app) - NO_LISTS):
        page = client.get(path)
        assert page.status_code == 200, path
        assert 'href="?format=xlsx"' in page.text and 'href="?format=print"' in page.text, path
        for wanted in ('name="q"', "<tbody>"):
            assert wanted in page.text, (path, wanted)
        assert ('name="unit"' in page.text) == (path.removeprefix("/manage/") not in NOWHERE), path
        paper = download(client, f"{path}?format=print").text
        assert "css/office_print.css" in paper and "<tbody>" in paper and "<select" not in paper
        file = download(client, f"{path}?format=xlsx")
        assert file.mimetype == excel.TYPE and rows_of(file), path
        assert paper.count("<tr>") == len(rows_of(file)) + 1, path  # with the headings


@pytest.mark.parametrize("listing", lists.ALL, ids=lambda listing: listing.name)
def test_every_list_filters_by_what_it_tells(listing):
    filters, told = set(listing.query().fields), {column.key for column in listing.columns}
    assert ("unit" in filters) == (listing.name not in NOWHERE)
    assert bool(filters & STATES) == (listing.name not in STATELESS)
    for name, columns in TOLD_BY.items():
        assert name in filters or not told & columns


def test_every_list_is_in_the_menu_or_beside_one_that_is(client, sides, admin):
    menu = client.get("/manage/").text
    for listing in lists.ALL:
        address = f'href="/manage/{listing.name}'
        assert address in menu or address in client.get(f"/manage/{listing.section}").text


def test_no_list_says_the_team_leaders_anything(client, sides, sign_in):
    sign_in(sides.here.accounts[Role.TEAM_LEADER])
    for listing in lists.ALL:
        for shape in ("", "?format=xlsx", "?format=print"):
            assert client.get(f"/manage/{listing.name}{shape}").status_code == 403
