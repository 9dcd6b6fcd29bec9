"""The frame for other sites: who may hold it, what it tells of itself, who counts what."""

import re

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from mapservice.accounts.models import Role
from mapservice.accounts.rights import actor
from mapservice.embed import service
from mapservice.embed.models import ELSEWHERE, EmbedOrigin, EmbedView
from mapservice.errors import Conflict
from mapservice.layers.map_pages import PAGE
from tests.factories import make_account, make_need, make_place, make_site

SITE = "https://tinhdoan.example.vn"
HOSTILE = (
    "?unit=%3Cscript%3E&category=%22%3E%3Cb%3E&theme=%22x&legend=9&list=yes&lang=%3Cb&height=1e99"
)


@pytest.fixture
def admin_account(session):
    return make_account(session, role=Role.ADMIN)


@pytest.fixture
def site(session, admin_account):
    return make_site(session, by=admin_account, origin=SITE, note="Tỉnh đoàn")


def policy(response) -> dict[str, str]:
    parts = response.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def views(session) -> dict[str, int]:
    """Views of today by site, without those that `make_site` makes."""
    session.expire_all()
    found = session.execute(select(EmbedView.site, EmbedView.views))
    return {site: number - 3 * (site != ELSEWHERE) for site, number in found}


def open_frame(client, referrer=None, **headers):
    given = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"} | headers
    if referrer:
        given["Referer"] = referrer
    return client.get("/embed", headers=given, buffered=True)


def test_the_frame_says_who_may_hold_it_and_no_cache_keeps_that(client, site):
    page = client.get("/embed")
    assert policy(page)["frame-ancestors"] == f"'self' {SITE}"
    assert "X-Frame-Options" not in page.headers
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in page.headers


def test_the_frame_sets_no_cookie_for_a_leader_who_stays_signed_in(client, sides, sign_in):
    sign_in(sides.here.accounts[Role.TEAM_LEADER])
    assert client.get("/manage/my-teams").status_code == 200
    assert "Set-Cookie" not in client.get("/embed").headers


def test_all_other_pages_stand_in_no_frame(client, site):
    for path in ("/", "/stats", "/about/privacy", "/sign-in", "/embedded"):
        page = client.get(path)
        assert policy(page)["frame-ancestors"] == "'none'", path
        assert page.headers["X-Frame-Options"] == "DENY", path


def test_a_change_of_the_list_holds_from_the_next_request_on(client, session, office, site):
    who = actor(office, office.merge(site and make_account(session, role=Role.ADMIN)))
    service.remove(office, who, site.id, 1)
    office.commit()
    assert policy(client.get("/embed"))["frame-ancestors"] == "'self'"
    service.restore(office, who, site.id, 2)
    office.commit()
    assert policy(client.get("/embed"))["frame-ancestors"] == f"'self' {SITE}"


def test_hostile_parameters_are_left_out_and_not_repeated(client):
    page = client.get("/embed" + HOSTILE)
    assert page.status_code == 200
    for echo in ("<script>", "%3Cscript", "&lt;script", "<b>", "1e99", '"x'):
        assert echo not in re.sub(r"<(script|link)\b[^>]*>|</script>", "", page.text), echo
    assert 'data-look=""' in page.text


def test_the_look_is_what_the_address_asks_for(client):
    page = client.get("/embed?list=0&legend=0&theme=dark&height=500&urgency=4&lang=en").text
    assert 'class="with-map frame frame-no-list frame-no-legend"' in page
    assert 'data-look="list=0&amp;legend=0&amp;theme=dark&amp;height=500"' in page
    assert 'data-theme="dark"' in page and 'data-height="500"' in page
    assert 'href="/?urgency=4&amp;lang=en"' in page and '<html lang="en"' in page
    usual = client.get("/embed").text
    assert "frame-no" not in usual and "data-legend open" not in usual
    assert "data-legend open" in client.get("/embed?legend=1").text


def test_what_a_link_carried_along_is_in_no_link_of_the_frame(client):
    page = client.get("/embed?utm_source=zalo&fbclid=abc&urgency=4").text
    assert "utm_source" not in page and "fbclid" not in page
    assert 'rel="canonical" href="http://127.0.0.1:8000/?urgency=4"' in page
    whole = client.get("/?utm_source=zalo&urgency=4").text
    assert 'rel="canonical" href="http://127.0.0.1:8000/?urgency=4"' in whole


def test_pages_of_the_list_stay_in_the_frame(client, session):
    place = make_place(session)
    for _ in range(PAGE + 1):
        make_need(session, address=place, urgency=4, helps_people=40)
    looks = "urgency=4&amp;lang=en&amp;theme=dark"
    first = client.get("/embed?urgency=4&lang=en&theme=dark&utm_source=zalo").text
    assert f'href="/embed?{looks}&amp;offset={PAGE}" target="_self"' in first
    assert first.count('class="need"') == PAGE
    second = client.get(f"/embed?urgency=4&lang=en&theme=dark&offset={PAGE}").text
    assert f'href="/embed?{looks}&amp;offset=0" target="_self"' in second
    assert second.count('class="need"') == 1
    assert 'rel="canonical" href="http://127.0.0.1:8000/?urgency=4&amp;lang=en"' in second
    assert 'target="_self"' not in client.get(f"/?offset={PAGE}").text


def test_the_frame_keeps_nothing_on_a_device(client):
    page = client.get("/embed").text
    assert "offline/register" not in page and "manifest" not in page
    assert '<base target="_blank">' in page
    assert "csrf_token" not in page


def test_views_are_counted_by_allowed_site_and_nothing_else_of_the_visitor(client, session, site):
    assert open_frame(client, f"{SITE}/tin/1?nguoi=abc").status_code == 200
    open_frame(client, f"{SITE}/")
    open_frame(client, "https://la.example/")
    open_frame(client)
    assert views(session) == {SITE: 2, ELSEWHERE: 2}
    assert session.scalars(text("SELECT site FROM core.embed_view ORDER BY 1")).all() == ["", SITE]


def test_our_own_preview_and_whole_pages_are_no_views(client, session, site):
    open_frame(client, "http://localhost/embed/builder", **{"Sec-Fetch-Site": "same-origin"})
    open_frame(client, f"{SITE}/", **{"Sec-Fetch-Dest": "document"})
    client.head("/embed", headers={"Referer": f"{SITE}/"}, buffered=True)
    assert views(session) == {SITE: 0}


def test_a_frame_is_answered_though_its_view_cannot_be_counted(client, session, site):
    session.execute(text("DROP FUNCTION intake.count_embed_view(text)"))
    assert open_frame(client, f"{SITE}/").status_code == 200
    assert views(session) == {SITE: 0}


@pytest.mark.parametrize(
    "origin", ["*", "https://a.vn/x", "https://a.vn; x", "http://a.vn", "https://A.vn", "'none'"]
)
def test_the_database_takes_nothing_else_either(session, origin):
    with pytest.raises(IntegrityError, match="ck_embed_origin_origin"):
        session.execute(text("INSERT INTO core.embed_origin (origin) VALUES (:o)"), {"o": origin})


def test_settings_begin_the_list_and_the_office_keeps_it(session, admin_account):
    assert service.seed(session, []) == 0
    assert service.seed(session, [SITE, "https://b.example.vn", SITE]) == 2
    assert service.seed(session, ["https://c.example.vn"]) == 0
    who = actor(session, admin_account)
    for row in session.scalars(select(EmbedOrigin)).all():
        service.remove(session, who, row.id, 1)
    assert service.allowed(session) == []
    assert service.seed(session, [SITE]) == 0


def test_a_removed_site_that_is_added_again_is_the_same(session, site, admin_account):
    who = actor(session, admin_account)
    with pytest.raises(Conflict) as refusal:
        service.add(session, who, SITE, None)
    assert list(refusal.value.fields) == ["origin"]
    service.remove(session, who, site.id, 1)
    again = service.add(session, who, SITE, None)
    assert (again.id, again.removed_at, again.note) == (site.id, None, "Tỉnh đoàn")


def test_a_list_that_no_header_holds_is_refused(session, site, admin_account, monkeypatch):
    who = actor(session, admin_account)
    service.remove(session, who, site.id, 1)
    monkeypatch.setattr(service, "MOST_LETTERS", len(SITE) + 1)
    service.add(session, who, "https://b.example.vn", None)
    for act in (
        lambda: service.add(session, who, "https://c.example.vn", None),
        lambda: service.restore(session, who, site.id, 2),
    ):
        with pytest.raises(Conflict, match="quá dài"):
            act()
    assert service.allowed(session) == ["https://b.example.vn"]


def test_the_admin_allows_removes_and_restores(client, session, admin):
    new = "/manage/embeds/new"
    wrong = client.post(new, data={"origin": "https://a.vn/tin", "note": "Trang của huyện"})
    assert wrong.status_code == 422
    assert "https://a.vn/tin" in wrong.text and "Trang của huyện" in wrong.text
    made = client.post(new, data={"origin": "https://A.example.vn/", "note": "Trang của huyện"})
    assert made.status_code == 303
    assert client.post(new, data={"origin": "https://a.example.vn"}).status_code == 409
    page = client.get(made.location).text
    assert "Được phép nhúng" in page and admin.name in page
    assert client.post(f"{made.location}/remove", data={"version": "1"}).status_code == 303
    assert client.post(f"{made.location}/remove", data={"version": "1"}).status_code == 409
    assert "Đã bỏ" in client.get(made.location).text
    assert client.post(f"{made.location}/restore", data={"version": "2"}).status_code == 303
    history = client.get(f"{made.location}/history").text
    assert history.count("được phép nhúng") >= 2 and "không còn được phép nhúng" in history


def test_the_office_sees_views_of_each_site_and_day(client, session, site, admin):
    open_frame(client, f"{SITE}/tin/1")
    open_frame(client, "https://la.example/")
    listed = client.get("/manage/embeds?q=tinhdoan").text
    assert SITE in listed and ">4<" in re.sub(r"\s+", "", listed)
    by_day = client.get("/manage/embed-views?days=7").text
    assert SITE in by_day and "Trang khác" in by_day
    assert SITE not in client.get("/manage/embed-views?q=trang-khac").text
