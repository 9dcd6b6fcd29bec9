"""What is said of a plan can be computed again from the problem and its pairs alone."""

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from mapservice.matching import explain, shortage
from mapservice.matching.matcher import greedy_urgent_first
from mapservice.matching.optimal import min_cost_flow
from mapservice.matching.problem import OpenNeed, Problem, ReadyTeam
from tests.matching_problems import pair
from tests.unit.test_matching_prices import whole


@st.composite
def plans(draw):
    """A problem with needs of several teams among others, a plan, and (need, team) -> pair."""
    seed, needs, teams = (draw(st.integers(*ends)) for ends in ((0, 10**6), (1, 12), (1, 6)))
    problem = whole(seed, needs, teams, together=True)
    matcher = draw(st.sampled_from((min_cost_flow, greedy_urgent_first)))
    return problem, matcher(problem).chosen, {(p.need, p.team): p for p in problem.pairs}


def reason_against(problem, chosen, need: int, team: int) -> str:
    """Why a team that may come did not, by the words of the rule."""
    got = [pair.need for pair in chosen if pair.team == team]
    if need in got:
        return "holds"
    if len(got) < problem.teams[team].places:
        return "not_chosen"
    lowest = min(problem.needs[other].urgency for other in got)
    own = problem.needs[need].urgency
    if lowest == own:
        return "as_urgent"
    return "more_urgent" if lowest > own else "taken"


def lacking(problem, need, teams: list[int]) -> str | None:
    """What these teams do not bring between them, by trying all sets of them."""
    pool, joint = [problem.teams[team] for team in teams], need.joint
    nobodys = [s for s in joint.skills if not any(s in team.skills for team in pool)]
    if nobodys:
        return f"không đội nào góp được kỹ năng {', '.join(nobodys)}"
    if len(pool) < need.parts:
        return f"chưa đủ {need.parts} đội"
    sets = list(combinations(pool, need.parts))
    skilled = [t for t in sets if set(joint.skills) <= {s for team in t for s in team.skills}]
    if not skilled and people(sets) >= joint.people:
        return f"không có {need.parts} đội nào góp lại đủ kỹ năng"
    for most in (people(sets), people(skilled)):
        if most < joint.people:
            return f"góp được {most} người, còn thiếu {joint.people - most}"
    return None


def people(sets) -> int:
    return max((sum(team.people for team in teams) for teams in sets), default=0)


@given(plans())
def test_every_proposal_says_what_the_pairs_say(plan):
    problem, chosen, pairs = plan
    told = explain.proposals(problem, chosen, {})
    assert [found.pair for found in told] == list(chosen)
    for found in told:
        need = found.pair.need
        order = sorted(
            (pair.travel.km, problem.teams[team].code, team)
            for (other, team), pair in pairs.items()
            if other == need
        )
        teams = [team for *_, team in order]
        assert (found.rank, found.candidates) == (teams.index(found.pair.team) + 1, len(teams))
        nearer = {problem.teams[team].code: team for team in teams[: found.rank - 1]}
        assert {passed.team for passed in found.passed} <= set(nearer)
        assert len(found.passed) == min(len(nearer), explain.SHOWN)
        for passed in found.passed:
            assert passed.why == reason_against(problem, chosen, need, nearer[passed.team])
            assert passed.metres == pairs[need, nearer[passed.team]].metres <= found.pair.metres
        if found.rank < len(teams):
            km = order[found.rank][0] - found.pair.travel.km
            assert found.second == (problem.teams[teams[found.rank]].name, km)
        else:
            assert found.second is None


@given(plans())
def test_what_is_left_says_how_much_and_why(plan):
    problem, chosen, pairs = plan
    got = Counter(pair.need for pair in chosen)
    told = {item.need.code: item for item in shortage.unmet(problem, chosen, {}, {})}
    for index, need in enumerate(problem.needs):
        left = need.parts - got[index]
        assert (need.code in told) == (left > 0)
        if not left:
            continue
        item, teams = told[need.code], [team for other, team in pairs if other == index]
        assert item.parts == left
        whys = Counter(reason_against(problem, chosen, index, team) for team in teams)
        if not teams:
            assert item.why in {"skill", "no_team"}
        elif need.joint:
            ready = [t for t in teams if reason_against(problem, chosen, index, t) == "not_chosen"]
            left = (lacking(problem, need, ready) or "bằng tay") if ready else "đều hết chỗ"
            said = lacking(problem, need, teams) or left
            assert item.why == "together" and said in item.reason and got[index] == 0
        elif need.together:
            free = whys["not_chosen"]
            few = len(teams) < need.parts
            said = f"chỉ có {len(teams)} đội" if few else f"chỉ {free} đội" if free else "không đội"
            assert item.why == "together" and said in item.reason and got[index] == 0
        else:
            others = len(teams) - whys["holds"]
            assert whys["not_chosen"] == 0, "a team with a place is left beside a part"
            assert item.why == ("taken" if others else "few")
            assert str(others or len(teams)) in item.reason


def test_a_team_that_is_as_far_is_not_called_nearer():
    """Three teams at one place and a fourth 20 m on: the words do not tell them apart."""
    need, far = OpenNeed("N", 4, 1), (5.0, 5.0, 5.0, 5.02)
    teams = tuple(ReadyTeam(f"T{j}", 1, name=f"Đội {j}") for j in range(4))
    problem = Problem((need,), teams, tuple(pair(0, j, km) for j, km in enumerate(far)))
    chosen = [p for p in problem.pairs if p.team == 2]
    [found] = explain.proposals(problem, chosen, {})
    said = explain.sentences(found, {})
    assert found.rank == 1 and "gần nhất trong 4 đội" in said[1]
    assert "Đội 0 cũng cách 5,0 km nhưng không được chọn, dù còn chỗ." in said
    assert said[-1] == "Đội phù hợp kế tiếp là Đội 3, xa gần như nhau."
    assert "gần hơn" not in " ".join(said)


def test_a_proof_claims_no_more_than_was_counted():
    """Shares told apart to 1/4096 may leave the smallest one that much below the best."""
    exact = explain.proof("optimal", {"metres": 1, "steps": None})
    scaled = explain.proof("optimal", {"metres": 10, "steps": 4096})
    assert "đồng đều hơn" in exact and "gần đều nhất" not in exact
    assert "đồng đều hơn" not in scaled and "kém mức tốt nhất không quá 0,03 %" in scaled
    assert "theo bước 10 m" in scaled
    for status in ("greedy", "not-proven"):
        assert "Đã chứng minh" not in explain.proof(status, {"metres": 1, "steps": None})
