"""Leaders at work: own teams, needs taken by oneself, reports; officers who confirm them."""

import re
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.errors import NotFound
from mapservice.matching import service
from tests import office
from tests.factories import (
    make_assignment,
    make_need,
    make_person,
    make_place,
    picture,
)

DONE = {"hours": "12,5", "volunteers": "5", "results": "Đã dạy hai buổi"}


@pytest.fixture
def world(session):
    return office.build(session)


@pytest.fixture
def leader(world):
    return world.here.accounts[Role.TEAM_LEADER]


@pytest.fixture
def officer(world):
    return world.here.accounts[Role.OFFICER]


@pytest.fixture
def team(world):
    return world.here.records["team"]


@pytest.fixture
def visit(session, world, team):
    """The own team's assignment at a place, accepted."""
    visit = world.here.records["assignment"]
    service.accept(session, world.here.accounts[Role.TEAM_LEADER].id, visit.id)
    session.commit()
    return visit


def reporting(**values) -> dict:
    today = {"report": str(uuid4()), "text": "Đã dọn sân trường", "day": "2026-01-10"}
    return today | values


def mistakes(page) -> set[str]:
    return set(re.findall(r'href="#([a-z_0-9]+)"', page.text))


# The leader's own teams.


def test_a_leader_sees_and_keeps_only_the_own_teams(client, sign_in, session, world, leader, team):
    sign_in(leader)
    theirs = world.there.records["team"]
    page = client.get("/manage/my-teams").text
    assert team.name in page and theirs.name not in page
    for path in ("", "/needs"):
        assert client.get(f"/manage/my-teams/{team.public_code}{path}").status_code == 200
        foreign = client.get(f"/manage/my-teams/{theirs.public_code}{path}")
        unknown = client.get(f"/manage/my-teams/ZZZZZZZZ{path}")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.text == unknown.text


def test_state_changes_at_one_tap_and_is_recorded(client, sign_in, session, leader, team):
    sign_in(leader)
    path = f"/manage/my-teams/{team.public_code}/state"
    assert client.post(path, data={"state": "resting"}).status_code == 303
    session.refresh(team)
    assert team.state == "resting"
    done = text("SELECT detail FROM core.audit_event WHERE action = 'team_state'")
    assert session.scalar(done) == {"state": "resting"}
    for bad in ("suspended", "verified", ""):
        client.post(path, data={"state": bad})
    session.refresh(team)
    assert team.state == "resting"


def test_a_suspended_team_is_not_woken_by_its_leader(client, sign_in, session, leader, team):
    session.execute(text("UPDATE core.team SET state = 'suspended', suspension_reason = 'other'"))
    sign_in(leader)
    client.post(f"/manage/my-teams/{team.public_code}/state", data={"state": "ready"})
    session.refresh(team)
    assert team.state == "suspended"


def test_the_leaders_part_is_kept_and_a_change_of_skills_is_told(
    client, sign_in, session, leader, team
):
    sign_in(leader)
    path = f"/manage/my-teams/{team.public_code}"
    form = {"version": "1", "people": "8", "max_concurrent": "2", "from_1": "2026-06-01"}
    assert client.post(path, data=form | {"skills": ["teaching"]}).status_code == 303
    session.refresh(team)
    assert (team.people, team.max_concurrent, team.skills) == (8, 2, ["teaching"])
    assert team.verified and team.to_recheck
    old = client.post(path, data=form | {"people": "9", "from_1": "2026-07-01"})
    assert old.status_code == 409 and "01/06/2026" in old.text and "01/07/2026" in old.text
    merged = form | {"version": "2", "people": "9", "from_1": "2026-07-01"}
    merged |= {"take-people": "theirs", "take-from_1": "theirs", "take-skills": "theirs"}
    assert client.post(path, data=merged).status_code == 303
    assert client.post(path, data=form | {"version": "2", "radius_km": "500"}).status_code == 422
    session.refresh(team)
    assert (team.people, float(team.radius_km)) == (8, 20)


# Taking a need.


def test_needs_to_take_are_listed_nearest_first_and_only_those_that_fit(
    client, sign_in, session, world, leader, team
):
    base = session.execute(
        text("SELECT ext.ST_X(base), ext.ST_Y(base) FROM core.team WHERE id = :id"),
        {"id": team.id},
    ).one()

    def need_at(degrees, **values):
        place = make_place(session, lng=base[0], lat=base[1] + degrees)
        return make_need(session, address=place, **values)

    far, near = need_at(0.1, title="Việc ở xa"), need_at(0.01, title="Việc ở gần")
    hidden = [
        need_at(0.3, title="Quá xa"),
        need_at(0.01, title="Thiếu kỹ năng", skills=["medical"]),
        need_at(0.01, title="Thiếu người", people_per_part=50),
        need_at(0.01, title="Chưa đăng", status="draft"),
        make_need(session, address=make_place(session, sensitive=True), title="Nơi kín"),
    ]
    make_need(session, address=make_person(session), category="health")
    sign_in(leader)
    page = client.get(f"/manage/my-teams/{team.public_code}/needs").text
    assert page.index(near.title) < page.index(far.title)
    assert "cách 1,1 km" in page and "cách 11,1 km" in page
    assert [need.title for need in hidden if need.title in page] == []
    assert "Chăm sóc sức khỏe" not in page


def test_a_need_is_taken_at_once(client, sign_in, session, leader, team):
    need = make_need(session, title="Dạy bơi", quantity=6, parts=2)
    sign_in(leader)
    path = f"/manage/my-teams/{team.public_code}/claim"
    reply = client.post(path, data={"need": need.public_code})
    assert reply.status_code == 303
    made = session.execute(
        text("SELECT * FROM core.assignment WHERE need_id = :need"), {"need": need.id}
    ).mappings()
    row = made.one()
    assert (row["origin"], row["status"], row["quantity"]) == ("claim", "accepted", 3)
    assert reply.location == f"/manage/proposals/{row['id']}"
    assert "Dạy bơi" in client.get(reply.location).text
    session.refresh(need)
    assert need.status == "matched"
    again = client.post(path, data={"need": need.public_code})
    assert again.status_code == 409 and "Dạy bơi" not in again.text


@pytest.mark.parametrize("protect", ["person", "sensitive"])
def test_needs_of_people_cannot_be_taken(client, sign_in, session, leader, team, protect):
    address = make_person(session) if protect == "person" else make_place(session, sensitive=True)
    need = make_need(session, address=address)
    sign_in(leader)
    path = f"/manage/my-teams/{team.public_code}/claim"
    hidden = client.post(path, data={"need": need.public_code})
    unknown = client.post(path, data={"need": "ZZZZZZZZ"})
    assert hidden.status_code == unknown.status_code == 404 and hidden.text == unknown.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE core.team SET state = 'resting'", "tạm nghỉ"),
        ("UPDATE core.team SET verified = false", "chưa được xác minh"),
        ("UPDATE core.team SET radius_km = 0.1", "ngoài bán kính"),
        ("UPDATE core.need SET status = 'withdrawn', status_reason = 'x'", "không còn mở"),
        ("UPDATE core.team SET max_concurrent = 1", "kín việc"),
    ],
)
def test_a_claim_is_checked_under_lock(client, sign_in, session, leader, team, visit, change, said):
    place = make_place(session, lng=106.98, lat=21.34)
    need = make_need(session, address=place)
    session.execute(text(change))
    sign_in(leader)
    path = f"/manage/my-teams/{team.public_code}/claim"
    reply = client.post(path, data={"need": need.public_code})
    assert reply.status_code == 409 and said in reply.text


# Reports.


def test_the_same_report_sent_five_times_is_one(client, sign_in, session, leader, visit):
    sign_in(leader)
    path, form = f"/manage/proposals/{visit.id}/report", reporting()
    for _ in range(5):
        assert client.post(path, data=form).status_code == 303
    found = session.execute(
        text("SELECT text, reporter_id FROM core.field_report WHERE id = :id"),
        {"id": form["report"]},
    ).all()
    assert found == [("Đã dọn sân trường", leader.id)]
    for other in ({"text": "Khác"}, {"day": "2026-01-11"}, {"lng": "106.9", "lat": "21.3"}):
        reply = client.post(path, data=form | other)
        assert reply.status_code == 422 and "nội dung khác" in reply.text
    count = text("SELECT count(*) FROM core.audit_event WHERE action = 'field_report'")
    assert session.scalar(count) == 1


def test_reports_keep_photos_and_a_position_only_when_it_is_given(
    client, sign_in, session, leader, visit
):
    sign_in(leader)
    path, data = f"/manage/proposals/{visit.id}", picture()
    form = reporting(lng="106.97", lat="21.33")
    for _ in range(2):
        files = {"photos": [(BytesIO(data), "a.jpg")]}
        assert client.post(f"{path}/report", data=form | files).status_code == 303
    assert client.post(f"{path}/report", data=reporting(text="Lần hai")).status_code == 303
    rows = session.execute(
        text("""SELECT f.text, ext.ST_AsText(f.point), count(p.id) FROM core.field_report AS f
             LEFT JOIN core.photo AS p ON p.field_report_id = f.id
             WHERE f.reporter_id = :by GROUP BY f.id ORDER BY f.point IS NOT NULL"""),
        {"by": leader.id},
    ).all()
    assert rows == [("Lần hai", None, 0), ("Đã dọn sân trường", "POINT(106.97 21.33)", 1)]
    page = client.get(path).text
    assert page.count("?size=small") == 2  # with the one that the world began with


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"day": "2999-01-01"}, "day"),
        ({"day": "hôm qua"}, "day"),
        ({"lng": "106.9"}, "lat"),
        ({"lng": "999", "lat": "21"}, "lng"),
        ({"report": "1"}, "report"),
        ({"status": "done"}, "status"),
    ],
)
def test_a_bad_report_says_so_and_keeps_what_was_typed(
    client, sign_in, session, leader, visit, change, field
):
    sign_in(leader)
    reply = client.post(f"/manage/proposals/{visit.id}/report", data=reporting(**change))
    assert reply.status_code == 422 and field in mistakes(reply)
    assert "Đã dọn sân trường" in reply.text or field == "text"


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_kept(
    client, sign_in, session, leader, visit
):
    sign_in(leader)
    form = reporting() | {"photos": [(BytesIO(b"<svg/>"), "a.svg")]}
    reply = client.post(f"/manage/proposals/{visit.id}/report", data=form)
    assert reply.status_code == 415 and "Đã dọn sân trường" in reply.text
    count = text("SELECT count(*) FROM core.field_report WHERE id = :id")
    assert session.scalar(count, {"id": form["report"]}) == 0


def test_another_teams_assignment_looks_unknown(client, sign_in, session, world, leader):
    theirs = world.there.records["assignment"].id
    sign_in(leader)
    for method, path in (("GET", ""), ("POST", "/report"), ("POST", "/done")):
        bodies = {"data": reporting() if path == "/report" else DONE} if method == "POST" else {}
        foreign = client.open(f"/manage/proposals/{theirs}{path}", method=method, **bodies)
        unknown = client.open(f"/manage/proposals/{uuid4()}{path}", method=method, **bodies)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.text == unknown.text


def test_of_a_person_only_numbers_are_told(client, sign_in, session, leader, team):
    need = make_need(session, address=make_person(session))
    visit = make_assignment(session, need=need, team=team, status="accepted")
    sign_in(leader)
    path = f"/manage/proposals/{visit.id}"
    page = client.get(path).text
    assert 'name="text"' not in page and 'type="file"' not in page
    assert client.post(f"{path}/report", data=reporting()).status_code == 422
    client.post(f"{path}/start")
    for words in ({"results": "Đã đến nhà em"}, {"photos": [(BytesIO(picture()), "a.jpg")]}):
        bad = {"hours": "2", "volunteers": "3"} | words
        assert client.post(f"{path}/done", data=bad).status_code == 422
    assert client.post(f"{path}/done", data={"hours": "2", "volunteers": "3"}).status_code == 303
    assert (
        session.scalar(
            text("SELECT count(*) FROM core.field_report WHERE assignment_id = :id"),
            {"id": visit.id},
        )
        == 0
    )


# The officer's part.


def reported(client, sign_in, leader, visit, **files):
    sign_in(leader)
    client.post(f"/manage/proposals/{visit.id}/start")
    report = {"report": str(uuid4())} if files else {}
    assert (
        client.post(f"/manage/proposals/{visit.id}/done", data=DONE | report | files).status_code
        == 303
    )


def version_of(page) -> str:
    return re.search(r'name="version"\s+value="(\d+)"', page.text)[1]


def test_a_confirmed_report_moves_the_need_and_the_public_page(
    client, sign_in, session, world, leader, officer, visit
):
    need = world.here.records["need"]
    public = text("SELECT status, reached_quantity, parts_taken FROM pub.need WHERE id = :id")
    session.execute(text("UPDATE core.need SET quantity = 9"))
    session.execute(
        text("UPDATE core.assignment SET quantity = 3 WHERE id = :id"), {"id": visit.id}
    )
    reported(client, sign_in, leader, visit, photos=[(BytesIO(picture()), "a.jpg")])
    assert session.execute(public, {"id": need.id}).one()[0] == "in_progress"
    waiting = service.to_confirm(session, None)
    assert [row["id"] for row in waiting] == [visit.id]
    assert service.to_confirm(session, [world.there.records["place"].commune_id]) == []
    sign_in(officer)
    path = f"/manage/assignments/{visit.id}"
    page = client.get(path)
    assert "Đã dạy hai buổi" in page.text and "12,5" in page.text
    assert "?size=small" in page.text and "Không thấy mặt người được giúp" in page.text
    assert client.post(f"{path}/confirm", data={"version": version_of(page)}).status_code == 303
    session.refresh(visit)
    assert (visit.status, visit.confirmer_id) == ("confirmed", officer.id)
    shown = session.execute(public, {"id": need.id}).one()
    assert (shown.status, shown.reached_quantity, shown.parts_taken) == ("partly_met", 3, 1)
    assert service.to_confirm(session, None) == []


def test_a_disputed_report_comes_back_with_its_reason_and_may_be_mended(
    client, sign_in, session, leader, officer, visit
):
    reported(client, sign_in, leader, visit)
    sign_in(officer)
    path = f"/manage/assignments/{visit.id}"
    version = version_of(client.get(path))
    assert client.post(f"{path}/dispute", data={"version": version}).status_code == 422
    told = {"version": version, "reason": "Thiếu danh sách lớp"}
    assert client.post(f"{path}/dispute", data=told).status_code == 303
    assert client.post(f"{path}/confirm", data={"version": version}).status_code == 409
    sign_in(leader)
    page = client.get("/manage/proposals").text
    assert "Thiếu danh sách lớp" in page and "Sửa báo cáo" in page and 'value="12,5"' in page
    mended = client.post(f"/manage/proposals/{visit.id}/done", data=DONE | {"hours": "10"})
    assert mended.status_code == 303
    sign_in(officer)
    old = client.post(f"{path}/confirm", data={"version": version})
    assert old.status_code == 409 and "vừa thay đổi" in old.text
    assert client.post(f"{path}/confirm", data={"version": version_of(client.get(path))})
    session.refresh(visit)
    assert (visit.status, visit.hours) == ("confirmed", 10)


def test_the_team_may_go_on_with_disputed_work(client, sign_in, session, leader, officer, visit):
    reported(client, sign_in, leader, visit)
    session.refresh(visit)
    service.dispute(session, rights.actor(session, officer), visit.id, visit.version, "Chưa xong")
    session.commit()
    sign_in(leader)
    assert client.post(f"/manage/proposals/{visit.id}/start").status_code == 303
    session.refresh(visit)
    assert visit.status == "underway"


def test_an_officer_cancels_and_the_part_is_free(client, sign_in, session, world, officer, visit):
    sign_in(officer)
    path = f"/manage/assignments/{visit.id}"
    told = {"version": version_of(client.get(path)), "reason": "Đội không liên lạc được"}
    assert client.post(f"{path}/cancel", data=told).status_code == 303
    session.refresh(visit)
    need = world.here.records["need"]
    session.refresh(need)
    assert (visit.status, need.status) == ("cancelled", "published")


def test_of_a_person_the_reason_is_a_code_and_the_page_tells_group_and_commune(
    client, sign_in, session, world, leader, officer, team
):
    person = world.here.records["person"]
    need = make_need(session, address=person, category="health")
    visit = make_assignment(session, need=need, team=team, status="accepted")
    service.start(session, leader.id, visit.id)
    service.report_done(session, leader.id, visit.id, hours=2, volunteers=2, results=None)
    session.commit()
    sign_in(officer)
    path = f"/manage/assignments/{visit.id}"
    page = client.get(path)
    assert "Hộ gia đình" in page.text and "Chăm sóc sức khỏe" not in page.text
    assert person.public_code not in page.text
    told = {"version": version_of(page), "reason": "Ông Lê Văn Mẫu chưa thấy ai"}
    assert client.post(f"{path}/dispute", data=told).status_code == 422
    told["reason"] = "report_incomplete"
    assert client.post(f"{path}/dispute", data=told).status_code == 303
    rows = service.to_confirm(session, None)
    assert all(row["title"] is None for row in rows if row["protected"])
    sign_in(world.here.accounts[Role.VIEWER])
    assert client.get(path).status_code == 404


def test_who_reported_does_not_confirm(client, sign_in, session, leader, officer, visit):
    service.start(session, leader.id, visit.id)
    service.report_done(session, leader.id, visit.id, hours=2, volunteers=2, results=None)
    session.execute(
        text("UPDATE core.assignment SET reporter_id = :me WHERE id = :id"),
        {"me": officer.id, "id": visit.id},
    )
    session.commit()
    session.refresh(visit)
    sign_in(officer)
    path = f"/manage/assignments/{visit.id}"
    assert "không tự xác nhận" in client.get(path).text
    reply = client.post(f"{path}/confirm", data={"version": visit.version})
    assert reply.status_code == 409 and "không thể là người báo cáo" in reply.text


def test_assignments_of_elsewhere_look_unknown(client, sign_in, session, world, officer):
    there = world.there.records["assignment"]
    sign_in(officer)
    for path in ("", "/confirm", "/dispute", "/cancel", "/link"):
        method = "POST" if path else "GET"
        data = (
            {"version": "1", "reason": "Lý do"}
            if path in {"/dispute", "/cancel"}
            else ({"version": "1"} if path == "/confirm" else {})
        )
        foreign = client.open(f"/manage/assignments/{there.id}{path}", method=method, data=data)
        unknown = client.open(f"/manage/assignments/{uuid4()}{path}", method=method, data=data)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.text == unknown.text


# Personal links.


def link_in(page) -> str:
    return re.search(r"(/manage/proposals/open/[\w-]+)", page.text)[1]


def test_a_link_opens_for_the_leader_alone_and_marks_the_proposal_seen(
    client, sign_in, session, world, leader, officer
):
    asked = world.here.records["assignment"]
    sign_in(officer)
    path = f"/manage/assignments/{asked.id}"
    assert "chưa xem" in client.get(path).text
    page = client.post(f"{path}/link")
    link = link_in(page)
    token = link.rpartition("/")[2]
    assert len(token) >= 32 and world.here.records["need"].title in page.text
    stored = text("SELECT token_hash FROM core.proposal_link WHERE made_by = :officer")
    kept = bytes(session.execute(stored, {"officer": officer.id}).scalar_one())
    assert len(kept) == 32 and token.encode() not in kept
    client.get("/sign-in")
    with client.session_transaction() as cookie:
        cookie.clear()
    preview = client.get(link)  # of a chat, which is nobody
    assert preview.status_code == 302 and "/sign-in" in preview.location
    sign_in(world.there.accounts[Role.TEAM_LEADER])
    foreign, unknown = client.get(link), client.get("/manage/proposals/open/" + "x" * 32)
    assert foreign.status_code == unknown.status_code == 404 and foreign.text == unknown.text
    sign_in(officer)
    assert client.get(link).status_code == 403
    assert "chưa xem" in client.get("/manage/matching/waiting").text
    session.refresh(asked)
    assert asked.seen_at is None
    sign_in(leader)
    reply = client.get(link)
    assert (reply.status_code, reply.location) == (303, f"/manage/proposals/{asked.id}")
    session.refresh(asked)
    first = asked.seen_at
    assert first is not None
    client.get(link)
    session.refresh(asked)
    assert asked.seen_at == first
    sign_in(officer)
    assert "đã xem lúc" in client.get(path).text


def test_the_list_of_proposals_counts_as_seen(client, sign_in, session, world, leader):
    sign_in(leader)
    client.get("/manage/proposals")
    mine, theirs = (side.records["assignment"] for side in (world.here, world.there))
    session.refresh(mine)
    session.refresh(theirs)
    assert mine.seen_at is not None and theirs.seen_at is None


def test_the_message_tells_nothing_of_a_person(client, sign_in, session, world, officer, team):
    person = world.here.records["person"]
    team.name = "Đội không số"  # the number below must be the need's
    need = make_need(session, address=person, category="health", quantity=7)
    session.flush()
    asked = make_assignment(session, need=need, team=team)
    sign_in(officer)
    page = client.post(f"/manage/assignments/{asked.id}/link").text
    message = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)[1]
    assert "Hộ gia đình (Xã An Lạc)" in message
    for secret in (person.public_code, need.public_code, "Chăm sóc sức khỏe", "7"):
        assert secret not in message.partition("Mở đề nghị")[0]


def test_only_a_waiting_proposal_gets_a_link(client, sign_in, session, officer, visit):
    sign_in(officer)
    assert client.post(f"/manage/assignments/{visit.id}/link").status_code == 409


def test_the_token_is_not_logged(client, sign_in, leader):
    sign_in(leader)
    with capture_logs() as logged:
        client.get("/manage/proposals/open/geheim-geheim-geheim")
    assert "/manage/proposals/open/…" in [line.get("path") for line in logged]
    assert "geheim" not in str(logged)


def test_a_claim_through_the_service_is_the_leaders_alone(session, world, officer, leader):
    team, need = world.there.records["team"], make_need(session)
    with pytest.raises(NotFound):
        service.claim(session, rights.actor(session, leader), team.public_code, need.public_code)
