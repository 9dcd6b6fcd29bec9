"""The demo of the usual size, judged by SQL that shares nothing with the code that made it."""

import re
from collections import Counter

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.models import Role, UserAccount
from mapservice.addresses.models import AddressStatus
from mapservice.consent import retention
from mapservice.demo import catalogue, service
from mapservice.inbox import service as inbox
from mapservice.inbox.models import Offer, Suggestion
from mapservice.matching import service as matching
from mapservice.matching.models import AssignmentStatus
from mapservice.needs.models import NeedStatus
from mapservice.release import service as release
from mapservice.screening import detector, known_names
from mapservice.sealing import KeyRing
from tests.conftest import DATA_KEY

KEYS = KeyRing.parse(DATA_KEY)
SURNAMES = """Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Giáp Thân
  Nông Lục Vi Trịnh Đinh Lương Triệu"""
HONORIFICS = "ông bà anh chị cô chú bác em cháu cụ"


@pytest.fixture(scope="module")
def size():
    """Of the day on which it is made: midnight may pass between collecting tests and running."""
    return service.Size(service.ADDRESSES, service.TEAMS, service.SEED, service.today())


@pytest.fixture(scope="module")
def demo(engine, size):
    """A connection of the owner whose transaction holds the demo."""
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(text("SET LOCAL ROLE mapservice_owner"))
        made = service.fill(connection, "24", size, lambda *_: None, KEYS)
        connection.info["made"] = made
        yield connection
        transaction.rollback()


@pytest.fixture
def rows(demo):
    """Run a query, get its rows."""
    return lambda sql, **values: demo.execute(text(sql), values).all()


def test_the_size_is_what_was_asked_for(rows):
    assert rows("SELECT count(*) FROM core.address") == [(1500,)]
    assert rows("SELECT count(*) FROM core.team") == [(60,)]
    assert rows("SELECT count(*) FROM core.address WHERE nature = 'person'") == [(1050,)]
    assert rows("SELECT count(*) FROM core.address WHERE NOT demo") == [(0,)]
    assert rows("SELECT count(*) FROM core.team WHERE NOT demo") == [(0,)]


def test_every_state_is_there(rows):
    for table, states in (
        ("address", AddressStatus),
        ("need", NeedStatus),
        ("assignment", AssignmentStatus),
    ):
        found = dict(rows(f"SELECT status, count(*) FROM core.{table} GROUP BY status"))
        assert set(found) == {str(state) for state in states}, table
    assert rows("SELECT count(DISTINCT category) FROM core.need WHERE nature = 'place'") == [(12,)]
    assert rows("SELECT count(DISTINCT kind) FROM core.team") == [(8,)]
    assert rows("SELECT count(DISTINCT state) FROM core.team") == [(4,)]
    assert rows("SELECT count(DISTINCT kind) FROM core.address") == [(9,)]


def test_the_first_look_at_the_map_shows_clusters(rows):
    counted = "SELECT sum(n1 + n2 + n3 + n4) FROM pub.cluster WHERE layer = 'needs'"
    whole = rows(f"{counted} AND level = 9 AND category = '*'")
    assert whole == rows("SELECT count(*) FROM pub.need WHERE public_until IS NULL")
    assert rows("SELECT count(*) FROM pub.cluster_delta") == [(0,)]


def test_much_is_left_to_do(rows):
    """Matching has work: open needs nobody took, teams with a free place."""
    needs = rows("SELECT count(*) FROM core.need WHERE status = 'published' AND nature = 'place'")
    assert needs[0][0] > 300
    idle = rows("""SELECT count(*) FROM core.team AS t WHERE verified AND state = 'ready'
      AND max_concurrent > (SELECT count(*) FROM core.assignment AS a WHERE a.team_id = t.id
                            AND a.status IN ('proposed', 'accepted', 'underway'))""")
    assert idle[0][0] > 25


def test_every_place_lies_in_its_commune_and_in_no_other(rows):
    assert (
        rows("""SELECT a.title FROM core.address AS a JOIN core.admin_unit AS u
      ON u.id = a.former_commune_id WHERE a.nature = 'place' AND NOT (
        u.level = 'commune' AND u.valid_from <= '2022-12-31' AND u.valid_to > '2022-12-31'
        AND ext.ST_Contains(u.geom, a.point))""")
        == []
    )
    assert (
        rows("""SELECT t.name FROM core.team AS t JOIN core.admin_unit AS u
      ON u.id = t.former_commune_id WHERE NOT ext.ST_Contains(u.geom, t.base)""")
        == []
    )
    assert (
        rows("""SELECT a.title, u.name FROM core.address AS a JOIN core.admin_unit AS u
      ON u.level = 'commune' AND u.valid_from <= '2022-12-31' AND u.valid_to > '2022-12-31'
      AND u.id <> a.former_commune_id AND ext.ST_Contains(u.geom, a.point)""")
        == []
    )


def test_places_are_spread(rows):
    assert (
        rows("""SELECT point FROM core.address WHERE point IS NOT NULL
      GROUP BY point HAVING count(*) > 1""")
        == []
    )
    communes = rows("SELECT count(DISTINCT former_commune_id) FROM core.address")[0][0]
    assert communes > 150


def test_both_eras_are_known(rows):
    assert (
        rows("""SELECT a.id FROM core.address AS a WHERE NOT EXISTS (
      SELECT FROM core.admin_unit AS u JOIN core.admin_change AS c ON c.old_unit_id = u.id
      WHERE u.id = a.former_commune_id) AND former_commune_id <> commune_id""")
        == []
    )
    assert (
        rows("""SELECT a.id FROM core.address AS a JOIN core.admin_unit AS u
      ON u.id = a.commune_id WHERE u.valid_to IS NOT NULL OR u.level <> 'commune'""")
        == []
    )


def test_hard_communes_have_more_needs(rows):
    """Per commune: those with a regional allowance against those without."""
    found = dict(
        rows("""SELECT coalesce(u.regional_allowance, 0) > 0, avg(coalesce(n.needs, 0))
          FROM core.admin_unit AS u LEFT JOIN (
            SELECT a.former_commune_id AS id, count(*) AS needs FROM core.need AS n
            JOIN core.address AS a ON a.id = n.address_id GROUP BY 1) AS n ON n.id = u.id
          WHERE u.level = 'commune' AND u.valid_from <= '2022-12-31'
            AND u.valid_to > '2022-12-31' GROUP BY 1""")
    )
    assert found[True] > 2 * found[False]


def test_teams_stand_nearer_the_towns(rows):
    found = dict(
        rows("""SELECT coalesce(u.regional_allowance, 0) >= 0.2,
                 count(t.id)::float / count(DISTINCT u.id)
          FROM core.admin_unit AS u LEFT JOIN core.team AS t ON t.former_commune_id = u.id
          WHERE u.level = 'commune' AND u.valid_from <= '2022-12-31'
            AND u.valid_to > '2022-12-31' GROUP BY 1""")
    )
    assert found[True] < found[False]


def test_urgency_4_is_rare(rows):
    found = Counter(dict(rows("SELECT urgency, count(*) FROM core.need GROUP BY 1")))
    assert set(found) == {1, 2, 3, 4}
    assert 0.03 < found[4] / found.total() < 0.09


def test_titles_are_distinct(rows):
    assert (
        rows("""SELECT former_commune_id, title FROM core.address WHERE nature = 'place'
      GROUP BY 1, 2 HAVING count(*) > 1""")
        == []
    )
    assert (
        rows("""SELECT address_id, title FROM core.need WHERE nature = 'place'
      GROUP BY 1, 2 HAVING count(*) > 1""")
        == []
    )
    assert rows("SELECT name FROM core.team GROUP BY 1 HAVING count(*) > 1") == []
    assert (
        rows("""SELECT former_commune_id, summary FROM core.address WHERE nature = 'place'
      AND status <> 'duplicate' GROUP BY 1, 2 HAVING count(*) > 1""")
        == []
    )


def test_facts_keep_their_names_and_communes(rows):
    known = {
        (row["name"].split(" (hương án")[0], row["code_2022"])
        for row in catalogue.facts("heritage_sites", "24")
    }
    found = rows("""SELECT a.title, u.code FROM core.address AS a
      JOIN core.admin_unit AS u ON u.id = a.former_commune_id WHERE a.kind = 'heritage_site'
      AND a.status <> 'duplicate'""")
    assert {tuple(row) for row in found} == known


def test_people_have_no_words_and_no_place(rows):
    assert (
        rows("""SELECT id FROM core.address WHERE nature = 'person' AND num_nonnulls(
      kind, title, summary, hamlet, point, children, youth, elderly, disabled, households) > 0
    """)
        == []
    )
    assert (
        rows("""SELECT id FROM core.need WHERE nature = 'person'
      AND num_nonnulls(title, description) > 0""")
        == []
    )
    assert (
        rows("""SELECT a.id FROM core.assignment AS a JOIN core.need AS n ON n.id = a.need_id
      WHERE n.nature = 'person'""")
        == []
    )
    assert rows("SELECT count(*) FROM private.person_private") == [(0,)]
    assert rows("SELECT count(*) FROM private.team_contact") == [(0,)]


def test_homes_are_shared_by_people_of_one_commune(rows):
    homes = rows("""SELECT count(*), count(DISTINCT former_commune_id) FROM core.address
      WHERE household_id IS NOT NULL GROUP BY household_id""")
    assert len(homes) > 80
    assert {people for people, _ in homes} == {2, 3}
    assert {communes for _, communes in homes} == {1}


def test_a_release_has_cells_at_every_level_of_the_tree(demo):
    with Session(demo, join_transaction_mode="create_savepoint") as session:
        report = release.run(session, least=10)
        bands = set(session.scalars(text("SELECT band FROM pub.person_cell")))
    assert set(report.levels) == {"area", "cluster", "commune", "group"}
    assert min(report.levels.values()) >= 2
    assert bands >= {"10_19", "20_49"}
    assert report.withheld and not report.outside
    assert report.published > 9 * report.withheld


def test_capacity_is_kept(rows):
    holds = "('proposed', 'accepted', 'underway', 'done', 'confirmed', 'disputed')"
    assert (
        rows(f"""SELECT need_id FROM core.assignment WHERE status IN {holds}
      GROUP BY need_id, part HAVING count(*) > 1""")
        == []
    )
    assert (
        rows(f"""SELECT n.id FROM core.need AS n JOIN core.assignment AS a ON a.need_id = n.id
      WHERE a.status IN {holds} AND a.part > n.parts""")
        == []
    )
    assert (
        rows("""SELECT t.id FROM core.team AS t JOIN core.assignment AS a ON a.team_id = t.id
      WHERE a.status IN ('proposed', 'accepted', 'underway')
      GROUP BY t.id HAVING count(*) > t.max_concurrent""")
        == []
    )


def test_assignments_were_admissible(rows):
    assert (
        rows("""SELECT s.id FROM core.assignment AS s
      JOIN core.team AS t ON t.id = s.team_id JOIN core.need AS n ON n.id = s.need_id
      JOIN core.address AS a ON a.id = n.address_id
      WHERE NOT n.skills <@ t.skills OR n.people_per_part > t.people OR NOT t.verified
        OR ext.ST_Distance(ext.geography(a.point), ext.geography(t.base)) > t.radius_km * 1000
        OR NOT coalesce(t.available_during && n.wanted_during, true)
        OR (s.status = 'proposed' AND (t.state <> 'ready' OR s.lease_until IS NULL))""")
        == []
    )


def test_history_is_complete_and_in_order(rows, size):
    assert (
        rows("""SELECT id FROM core.assignment WHERE status IN ('done', 'confirmed', 'disputed')
      AND num_nulls(hours, volunteers, results, reporter_id) > 0""")
        == []
    )
    assert (
        rows("""SELECT id FROM core.assignment WHERE status IN ('declined', 'released', 'disputed')
      AND status_reason IS NULL""")
        == []
    )
    assert (
        rows("""SELECT id FROM core.assignment WHERE status = 'confirmed'
      AND (confirmer_id IS NULL OR confirmer_id = reporter_id)""")
        == []
    )
    assert (
        rows("""SELECT s.id FROM core.assignment AS s JOIN core.team AS t ON t.id = s.team_id
      WHERE s.reporter_id <> t.leader_id""")
        == []
    )
    assert (
        rows(
            """SELECT s.id FROM core.assignment AS s JOIN core.need AS n ON n.id = s.need_id
      WHERE s.created_at < n.created_at OR s.status_at < s.created_at
        OR s.status_at >= :day""",
            day=size.today,
        )
        == []
    )
    assert (
        rows("""SELECT r.id FROM core.field_report AS r JOIN core.assignment AS s
      ON s.id = r.assignment_id WHERE r.happened_at NOT BETWEEN s.created_at AND s.status_at
    """)
        == []
    )


def test_states_of_needs_follow_from_assignments(rows):
    assert (
        rows("""SELECT id FROM core.need WHERE status IN
      ('published', 'matched', 'in_progress', 'partly_met', 'met')
      AND status <> core.need_status_by_assignments(id, parts)""")
        == []
    )
    assert (
        rows("""SELECT n.id FROM core.need AS n WHERE status = 'closed' AND n.parts > (
      SELECT count(*) FROM core.assignment AS a WHERE a.need_id = n.id
      AND a.status = 'confirmed')""")
        == []
    )
    assert (
        rows("""SELECT n.id FROM core.need AS n WHERE status IN ('met', 'closed')
      AND reached_quantity <> quantity""")
        == []
    )


def test_registration_is_complete_and_in_order(rows, size):
    assert (
        rows("""SELECT id FROM core.address WHERE status IN ('verified', 'published', 'expired')
      AND (num_nulls(verified_by, assured_at, assured_until) > 0 OR verified_by = registered_by)
    """)
        == []
    )
    assert (
        rows(
            """SELECT id FROM core.address WHERE status = 'published'
      AND (assured_until <= :day OR assured_at >= :day OR created_at > assured_at)""",
            day=size.today,
        )
        == []
    )
    assert (
        rows(
            """SELECT id FROM core.address WHERE status = 'expired'
      AND assured_until >= :day""",
            day=size.today,
        )
        == []
    )
    for table in ("address", "need"):
        assert (
            rows(f"""SELECT id FROM core.{table} WHERE status_reason IS NULL
          AND status IN ('returned', 'rejected', 'withdrawn')""")
            == []
        )
    assert (
        rows("""SELECT n.id FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
      WHERE n.created_at < a.created_at::date AND a.status <> 'duplicate'""")
        == []
    )
    assert (
        rows("""SELECT n.id FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
      WHERE a.status NOT IN ('published', 'duplicate') AND n.status <> a.status""")
        == []
    )


def test_officers_work_in_their_territory(rows):
    """Registrar and verifier of an address belong to unions whose territory holds it."""
    for column in ("registered_by", "verified_by"):
        assert (
            rows(f"""SELECT a.id FROM core.address AS a
          JOIN core.user_account AS u ON u.id = a.{column} WHERE NOT EXISTS (
            SELECT FROM core.organisation_unit AS o WHERE o.organisation_id = u.organisation_id
            AND a.unit_ids @> ARRAY[o.unit_id])""")
            == []
        )


def test_each_commune_of_today_has_one_district_union(rows):
    assert (
        rows("""SELECT u.id, count(*) FROM core.organisation_unit AS o
      JOIN core.organisation AS g ON g.id = o.organisation_id AND g.level = 'district'
      JOIN core.admin_unit AS u ON u.id = o.unit_id AND u.level = 'commune'
      GROUP BY u.id HAVING count(*) > 1""")
        == []
    )
    assert dict(rows("SELECT level, count(*) FROM core.organisation GROUP BY 1")) == {
        "province": 1,
        "district": 10,
        "commune": 209,
    }


def test_accounts_are_invented_and_shut_but_for_one_of_each_role(demo, rows):
    accounts = rows("SELECT login, name, role, password_hash FROM core.user_account")
    assert all(login.endswith("@demo.invalid") and " Mẫu" in name for login, name, *_ in accounts)
    usable = [(login, role) for login, _, role, hashed in accounts if hashed != "!"]
    assert sorted(role for _, role in usable) == sorted(role.value for role in Role)
    told = demo.info["made"].sign_ins
    assert all(login in told for login, _ in usable)
    assert not any(hashed in told for *_, hashed in accounts if hashed != "!")


def test_the_shown_leader_has_something_to_answer_and_work_begun(rows):
    found = rows("""SELECT DISTINCT a.status FROM core.user_account AS u
      JOIN core.team AS t ON t.leader_id = u.id JOIN core.assignment AS a ON a.team_id = t.id
      WHERE u.password_hash <> '!' AND a.status IN ('proposed', 'underway') ORDER BY 1""")
    assert found == [("proposed",), ("underway",)]


def test_the_shown_officer_has_a_report_to_confirm(demo):
    with Session(demo, join_transaction_mode="create_savepoint") as session:
        officer = session.scalar(
            select(UserAccount).where(
                UserAccount.role == Role.OFFICER, UserAccount.password_hash != "!"
            )
        )
        territory = rights.actor(session, officer).territory
        assert matching.to_confirm(session, territory)


def test_plans_wait_one_with_teams_that_bring_it_between_them(rows):
    district, commune, province = rows("""SELECT p.status, p.facts ->> 'status', count(r.plan_id)
        FROM core.plan AS p LEFT JOIN core.plan_pair AS r ON r.plan_id = p.id
        GROUP BY p.id ORDER BY p.province, p.units""")
    assert district[:2] == commune[:2] == province[:2] == ("draft", "optimal")
    assert 0 < district[2] < province[2] and commune[2] > 0
    [(joint,)] = rows("""SELECT count(*) FROM core.plan_pair AS r
        JOIN core.need AS n ON n.id = r.need_id WHERE n.people_in_all IS NOT NULL""")
    assert joint > 0


def test_some_proposals_were_seen_and_some_were_not(rows):
    found = rows("""SELECT DISTINCT seen_at IS NULL FROM core.assignment
      WHERE status = 'proposed' ORDER BY 1""")
    assert found == [(False,), (True,)]


def test_texts_hold_no_number_to_call_and_no_name(rows):
    written = [
        value
        for row in rows("""SELECT title, summary, hamlet, status_reason FROM core.address
          UNION ALL SELECT title, description, NULL, status_reason FROM core.need
          UNION ALL SELECT name, NULL, NULL, NULL FROM core.team
          UNION ALL SELECT results, status_reason, explanation::text, NULL FROM core.assignment
          UNION ALL SELECT text, NULL, NULL, NULL FROM core.field_report""")
        for value in row
        if value
    ]
    known = {row.short_name for row in rows("SELECT short_name FROM core.admin_unit")}
    known |= {row["name"] for row in catalogue.facts("schools", "24")}
    known |= {row["name"] for row in catalogue.facts("heritage_sites", "24")}
    assert len(written) > 1_500
    for value in written:
        assert not re.search(r"\d(?:[ .-]?\d){6,}", value), value
        for name in sorted(known, key=len, reverse=True):
            value = value.replace(name, "…")
        assert not names_somebody(value), value


def test_the_inbox_has_something_to_answer(rows):
    waiting = dict(rows("SELECT status, count(*) FROM core.offer GROUP BY status"))
    assert set(waiting) == {"new", "contacted", "declined"} and waiting["new"] >= 6
    assert rows("SELECT count(*) FROM core.suggestion WHERE status = 'new' AND demo") == [(6,)]


def test_the_shown_officer_has_an_offer_and_a_suggestion_to_answer(demo):
    with Session(demo, join_transaction_mode="create_savepoint") as work:
        shown = (UserAccount.role == Role.OFFICER) & UserAccount.password_hash.startswith("$argon2")
        officer = rights.actor(work, work.scalars(select(UserAccount).where(shown)).one())
        for model, open_states in ((Offer, {"new", "contacted"}), (Suggestion, {"new"})):
            waiting = [r for r in work.scalars(select(model)) if r.status in open_states]
            assert any(officer.covers(record.unit_ids) for record in waiting), model


def test_a_sender_can_be_called_back_and_is_visibly_nobody(demo, rows):
    """Every letter has one; an officer opens it as he would in earnest."""
    for kind in ("offer", "suggestion"):
        without = f"""SELECT count(*) FROM core.{kind} AS r WHERE NOT EXISTS
            (SELECT FROM private.{kind}_contact AS c WHERE c.{kind}_id = r.id)"""
        assert rows(without) == [(0,)]
    savepoint = demo.begin_nested()
    info = {"keys": KEYS}
    with Session(demo, join_transaction_mode="rollback_only", info=info) as work:
        officer = rights.actor(
            work, work.scalars(select(UserAccount).where(UserAccount.role == Role.ADMIN)).first()
        )
        for model in (Offer, Suggestion):
            for code in work.scalars(select(model.public_code)):
                shown = inbox.reveal_sender(work, officer, model, code, "call")
                assert shown["name"].startswith("Người gửi Mẫu ")
                assert shown["phone"].startswith("+84900000") and "không của ai" in shown["note"]
    savepoint.rollback()


def test_the_detector_of_names_is_alive():
    assert names_somebody("Hộ Nguyễn Văn An ở cuối thôn")
    assert names_somebody("Gặp ông Thắng ở đầu làng")
    assert not names_somebody("Dạy tiếng Anh. Nhà văn hóa thôn Khe Táu")


def names_somebody(value: str) -> bool:
    """A surname before two more capitalised words, or an honorific before one."""
    words = re.findall(r"[^\W\d_]+|[^\w\s]", value)
    for first, second, third in zip(words, [*words[1:], ""], [*words[2:], "", ""], strict=False):
        if first in SURNAMES.split() and second.istitle() and third.istitle():
            return True
        if first in HONORIFICS.split() and second.istitle():
            return True
    return False


def test_every_person_was_asked_and_nothing_is_due(rows, demo):
    demo.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert rows("SELECT count(*) FROM core.consent WHERE purpose = 'share_with_team'")[0][0] > 20
    with Session(demo, join_transaction_mode="rollback_only") as session:
        assert retention.due(session).count == 0


def test_the_detector_of_names_is_quiet_about_the_demo(rows, record_property):
    """At most two texts of a hundred, over everything written freely."""
    columns = (
        ("address", "title"),
        ("address", "summary"),
        ("need", "title"),
        ("need", "description"),
        ("team", "name"),
        ("assignment", "results"),
        ("field_report", "text"),
        ("suggestion", "title"),
        ("suggestion", "words"),
    )
    texts = [
        row[0]
        for table, column in columns
        for row in rows(f"SELECT {column} FROM core.{table} WHERE {column} IS NOT NULL")
    ]
    known = known_names.of_province("24")
    alarmed = [written for written in texts if detector.find(written, known)]
    record_property("false alarms", f"{len(alarmed)} of {len(texts)}")
    assert len(texts) > 2_000
    assert len(alarmed) <= len(texts) * 0.02, alarmed
