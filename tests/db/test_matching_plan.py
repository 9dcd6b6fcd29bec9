"""Plans on PostGIS against a second opinion in SQL; reasons against the cases that cause them."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from mapservice.matching import candidate_queries, candidates, loading, planning, schemas
from mapservice.matching.scope import Scope
from mapservice.territory.service import find_unit
from tests import matching_world as world
from tests.factories import (
    AN_LAC,
    SPOT,
    make_assignment,
    make_need,
    make_person,
    make_place,
    make_team,
    unit_id,
)
from tests.matching_problems import levels

TODAY = world.today()
SEEDS = range(6)


def pairs(plan) -> list[tuple[str, str]]:
    return [(found.need.code, found.team.code) for found in plan.proposals]


def only_reason(session) -> tuple[str, str]:
    [unmet] = planning.plan(session, Scope()).unmet
    return unmet.why, unmet.reason


@pytest.mark.parametrize("seed", SEEDS)
def test_candidates_are_exactly_the_admissible_pairs(session, seed):
    world.fill(session, seed)
    problem = loading.load(session, Scope()).problem
    found = {(problem.needs[p.need].code, problem.teams[p.team].code) for p in problem.pairs}
    assert found == world.admissible(session)
    assert found, "a world without any pair proves nothing"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_breaks_no_rule_and_leaves_no_pair_unused(session, seed):
    world.fill(session, seed)
    chosen = pairs(planning.plan(session, Scope()))
    admissible, (parts, places) = world.admissible(session), world.capacities(session)
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= admissible
    for need, team in chosen:
        parts[need] -= 1
        places[team] -= 1
    assert min(parts.values()) >= 0 and min(places.values()) >= 0
    unused = admissible - set(chosen)
    assert [(n, t) for n, t in unused if parts[n] > 0 and places[t] > 0] == []


def test_the_same_data_give_the_same_plan(session):
    world.fill(session, 1)
    first, second = (planning.plan(session, Scope()) for _ in range(2))
    assert first.instance.problem == second.instance.problem
    told = [schemas.document(plan) | {"seconds": 0} for plan in (first, second)]
    assert told[0] == told[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_an_explanation_says_can_be_computed_again(session, seed):
    """Distance and rank of every proposal, and each nearer team, from the tables alone."""
    world.fill(session, seed)
    plan = planning.plan(session, Scope())
    metres = text(f"""{world.RULES} SELECT a.team, ext.ST_Distance(t.base::ext.geography,
          spot.geom::ext.geography) AS metres FROM admissible AS a
        JOIN core.need AS n ON n.public_code = a.need JOIN spot ON spot.id = n.address_id
        JOIN core.team AS t ON t.public_code = a.team
        WHERE a.need = :need ORDER BY metres, a.team""")
    for found in plan.proposals:
        ranked = session.execute(metres, {"need": found.need.code}).all()
        teams = [team for team, _ in ranked]
        nearer = [team for team, far in ranked if far < dict(ranked)[found.team.code]]
        assert (found.rank, found.candidates) == (len(nearer) + 1, len(teams))
        assert found.pair.metres == pytest.approx(dict(ranked)[found.team.code], abs=0.01)
        for passed in found.passed:
            assert passed.metres < found.pair.metres
            told = {"as_urgent", "more_urgent", "taken", "holds"}
            admissible = passed.team in teams
            assert (passed.why in told) if admissible else (passed.why not in told - {"holds"})


def test_the_index_on_team_bases_is_used(session):
    """With many teams, the candidates of each need come from ix_team_base_geography."""
    session.execute(
        text("""INSERT INTO core.team (organisation_id, kind, name, people, base,
          former_commune_id, radius_km, verified)
        SELECT :owner, 'volunteer', 'Đội ' || number, 10, ext.ST_SetSRID(ext.ST_Point(
          106 + number % 100 * 0.01, 21 + number / 100 * 0.005), 4326), :commune, 5, true
        FROM generate_series(1, 6000) AS number"""),
        {"owner": make_team(session).organisation_id, "commune": unit_id(session, AN_LAC)},
    )
    make_need(session)
    session.execute(text("ANALYZE core.team"))
    for limited in (False, True):
        statement = text("EXPLAIN " + candidate_queries.candidates((), limited=limited))
        values = {"full_teams": [], "widest_metres": 5000.0, "nearest": 20}
        sort = {"sort": "off" if limited else "on"}
        session.execute(text(candidate_queries.WALK_THE_INDEX), sort)
        plan = "\n".join(session.scalars(statement, values))
        assert "ix_team_base_geography" in plan and "Seq Scan on team" not in plan
        assert ("Order By: (geography(base) <-> n.spot)" in plan) == limited


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_of_short_lists_is_as_good_as_one_of_all_pairs(session, monkeypatch, seed):
    """Each need begins with its nearest team; what is missing is asked for by price."""
    world.fill(session, seed, needs=60, teams=40)
    whole = planning.plan(session, Scope())
    monkeypatch.setattr(loading, "ALL_PAIRS_UP_TO", 0)
    monkeypatch.setattr(candidates, "NEAREST", 1)
    plan = planning.plan(session, Scope())
    problem = whole.instance.problem
    assert plan.solution.status == "optimal" and plan.instance.problem.cut
    assert len(plan.instance.problem.pairs) < len(problem.pairs)
    by_codes = {(problem.needs[p.need].code, problem.teams[p.team].code): p for p in problem.pairs}
    chosen = [by_codes[pair] for pair in pairs(plan)]
    assert levels(problem, chosen) == levels(problem, whole.solution.chosen)
    assert plan.most_served == whole.most_served


def test_a_plan_of_short_lists_claims_no_rank_that_others_may_have(session, monkeypatch):
    """A team beyond those that were looked at is told as such; the nearest one is the nearest."""
    monkeypatch.setattr(loading, "ALL_PAIRS_UP_TO", 0)
    monkeypatch.setattr(candidates, "NEAREST", 2)
    make_need(session, urgency=4)
    make_need(session)
    make_need(session, urgency=1)
    for north in range(4):
        make_team(session, lat=21.3 + 0.01 * north, radius_km=30)
    plan = planning.plan(session, Scope())
    told = {found.rank: planning.explain.sentences(found, {})[1] for found in plan.proposals}
    assert len(plan.proposals) == 3 and all(found.candidates is None for found in plan.proposals)
    assert told[1].endswith("gần nhất trong các đội phù hợp.")
    assert told[None].endswith("không thuộc các đội phù hợp gần nhất.")


def test_with_short_lists_no_pair_is_left_unused(session, monkeypatch):
    monkeypatch.setattr(loading, "ALL_PAIRS_UP_TO", 0)
    monkeypatch.setattr(candidates, "NEAREST", 1)
    world.fill(session, 3)
    chosen = pairs(planning.plan(session, Scope()))
    admissible, (parts, places) = world.admissible(session), world.capacities(session)
    for need, team in chosen:
        parts[need] -= 1
        places[team] -= 1
    left = [(n, t) for n, t in admissible - set(chosen) if parts[n] > 0 and places[t] > 0]
    assert set(chosen) <= admissible and left == []


def test_a_persons_need_lies_at_the_label_point_of_the_commune(session):
    """The team's base is that point; only group and commune are told."""
    make_need(session, address=make_person(session))
    label = session.execute(
        text(
            "SELECT ext.ST_X(label_point), ext.ST_Y(label_point) FROM core.admin_unit WHERE id=:id"
        ),
        {"id": unit_id(session, AN_LAC)},
    ).one()
    make_team(session, lng=label[0], lat=label[1], radius_km=1)
    plan = planning.plan(session, Scope())
    assert plan.proposals[0].pair.metres < 1
    card = plan.instance.cards[plan.proposals[0].need.code]
    assert (card["title"], card["place"], card["address"], card["commune"]) == (
        None,
        None,
        None,
        "Xã An Lạc",
    )


def test_a_sensitive_place_is_treated_as_a_person(session):
    place = make_place(session, lng=SPOT[0] + 0.03, sensitive=True)
    make_need(session, address=place)
    make_team(session, lng=SPOT[0] + 0.03, radius_km=1)
    assert planning.plan(session, Scope()).proposals == []


@pytest.mark.parametrize(
    ("unit", "count"), [("220@2022", 1), ("07645@2022", 1), ("07654", 1), ("215@2022", 0)]
)
def test_a_unit_of_either_era_narrows_the_needs(session, unit, count):
    make_need(session)
    make_team(session)
    scope = Scope(units=[find_unit(session, unit).id])
    assert len(planning.plan(session, scope).proposals) == count


def test_a_territory_holds_its_needs_and_its_teams(session):
    make_need(session)
    make_team(session)
    assert planning.plan(session, Scope(territory=[unit_id(session, "220")])).proposals
    assert not planning.plan(session, Scope(territory=[unit_id(session, "215")])).proposals
    assert not planning.plan(session, Scope(territory=[])).proposals


def test_needs_are_grouped_by_the_district_of_the_former_era(session):
    """Also where only today's commune is known, when all its predecessors lay in one district."""
    known = make_need(session)
    today = unit_id(session, "07654", "2025-08-01")
    place = make_place(session, former_commune_id=None, commune_id=today)
    unknown = make_need(session, address=place)
    assert place.former_commune_id is None
    groups = {need.code: need.group for need in loading.load(session, Scope()).problem.needs}
    assert groups == {known.public_code: "220@2022", unknown.public_code: "220@2022"}


@pytest.mark.parametrize("status", ["declined", "released"])
def test_a_pair_declined_or_given_back_rests_for_sixty_days(session, status):
    need, team = make_need(session), make_team(session)
    refused = make_assignment(session, need=need, team=team, status=status, part=1)
    assert only_reason(session)[0] == "declined"
    assert planning.plan(session, Scope()).proposals == []
    age = text("UPDATE core.assignment SET status_at = now() - make_interval(days => :days)")
    session.execute(age, {"days": 59})
    assert planning.plan(session, Scope()).proposals == []
    session.execute(age, {"days": 61})
    assert pairs(planning.plan(session, Scope())) == [(need.public_code, team.public_code)]
    assert refused.status == status


def test_nobody_has_the_skill(session):
    make_need(session, skills=["medical"])
    make_team(session, skills=["teaching"])
    assert only_reason(session) == ("skill", "Không có đội nào có đủ kỹ năng Y tế.")


def test_nobody_with_the_skill_reaches(session):
    make_need(session, skills=["medical"])
    make_team(session, name="Đội bác sĩ trẻ", skills=["medical"], lat=SPOT[1] + 0.1, radius_km=5)
    why, reason = only_reason(session)
    assert why == "radius"
    assert reason == (
        "Không đội nào có đủ kỹ năng Y tế có bán kính vươn tới; gần nhất là Đội bác sĩ trẻ, "
        "cách 11,1 km, bán kính 5,0 km."
    )


def test_nobody_is_many_enough(session):
    make_need(session, people_per_part=20)
    make_team(session, people=10)
    make_team(session, people=15)
    assert only_reason(session) == (
        "people",
        "Trong tầm, đội tình nguyện: 2 đội không đủ người (cần 20, đông nhất 15).",
    )


def test_nobody_is_free_in_time(session):
    soon = Range(TODAY, TODAY + timedelta(days=7))
    make_need(session, wanted_during=soon)
    make_team(session, available_during=world.days((TODAY + timedelta(days=7), None)))
    assert only_reason(session)[0] == "unavailable"


def test_the_time_is_over(session):
    make_need(session, wanted_during=Range(TODAY - timedelta(days=9), TODAY))
    make_team(session)
    why, reason = only_reason(session)
    last = TODAY - timedelta(days=1)
    assert why == "past" and reason.endswith(f"–{last:%d/%m/%Y}).")


def test_all_are_busy_and_each_says_why(session):
    make_need(session)
    make_assignment(session, team=make_team(session), need=make_need(session, status="published"))
    make_team(session, state="resting")
    make_team(session, max_concurrent=0)
    assert only_reason(session) == (
        "full",
        "Trong tầm, đội tình nguyện: 2 đội đã kín việc, 1 đội đang tạm nghỉ.",
    )


def test_a_less_urgent_need_hears_who_got_the_place(session):
    urgent, later = make_need(session, urgency=4), make_need(session, urgency=1)
    team = make_team(session)
    plan = planning.plan(session, Scope())
    assert pairs(plan) == [(urgent.public_code, team.public_code)]
    [unmet] = plan.unmet
    assert (unmet.need.code, unmet.why) == (later.public_code, "taken")
    assert "dành cho nhu cầu khẩn hơn" in unmet.reason


def test_a_nearer_team_that_was_passed_over_is_named_with_its_reason(session):
    need = make_need(session, urgency=2, skills=["teaching"])
    urgent = make_need(session, urgency=4, skills=["medical"])
    near = make_team(session, name="Đội gần", skills=["teaching", "medical"])
    rested = make_team(session, name="Đội nghỉ", skills=["teaching"], state="resting")
    far = make_team(session, lat=SPOT[1] + 0.05, skills=["teaching"])
    plan = planning.plan(session, Scope())
    assert pairs(plan) == [
        (urgent.public_code, near.public_code),
        (need.public_code, far.public_code),
    ]
    told = {(passed.team, passed.why) for passed in plan.proposals[1].passed}
    assert told == {(near.public_code, "more_urgent"), (rested.public_code, "resting")}
    reasons = schemas.document(plan)["proposals"][1]["reasons"]
    assert "Đội gần gần hơn (0 m) nhưng chỗ trống dành cho nhu cầu khẩn hơn." in reasons


def test_the_document_adds_up(session):
    world.fill(session, 2)
    plan = planning.plan(session, Scope())
    document = schemas.document(plan)
    assert document["status"] == "optimal"
    assert sum(share["needs"] for share in document["districts"]) == document["needs"]
    assert sum(share["parts_served"] for share in document["districts"]) == len(pairs(plan))
    assert document["certificate"][-1]["served"] == len(pairs(plan))
    assert sum(document["greedy"]["served_by_urgency"].values()) <= len(pairs(plan))
    for row in document["certificate"]:
        assert row["served"] == row["bound"]
    short = {row["need"] for row in document["unmet"]}
    served = {row["need"] for row in document["proposals"]}
    assert len(short | served) == document["needs"]
    assert sum(row["parts"] for row in document["unmet"]) + len(pairs(plan)) == document["parts"]


def test_an_empty_province_has_an_empty_plan(session):
    document = schemas.document(planning.plan(session, Scope()))
    assert (document["needs"], document["proposals"], document["districts"]) == (0, [], [])
