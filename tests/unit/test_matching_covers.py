"""Teams that bring it all between them: found wherever there are some, the first ones first."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mapservice.matching import covers
from mapservice.matching.problem import Joint, ReadyTeam

SKILLS = ("first_aid", "legal", "medical")
some_skills = st.lists(st.sampled_from(SKILLS), unique=True).map(tuple)
teams = st.lists(
    st.builds(ReadyTeam, st.just("T"), st.just(1), people=st.integers(1, 6), skills=some_skills),
    max_size=6,
)
joints = st.builds(Joint, some_skills, st.integers(0, 15))


def every_cover(joint: Joint, parts: int, given_teams) -> list[tuple[int, ...]]:
    """All of them by trying, in the order of their positions."""
    return [
        found
        for found in itertools.combinations(range(len(given_teams)), parts)
        if set(joint.skills) <= {skill for i in found for skill in given_teams[i].skills}
        and sum(given_teams[i].people for i in found) >= joint.people
    ]


@given(joints, st.integers(0, 4), teams)
def test_the_first_of_all_covers_is_found(joint, parts, given_teams):
    """As if each team were worth more than all behind it: the first in order of positions."""
    possible = every_cover(joint, parts, given_teams)
    found = covers.cover(joint, parts, given_teams)
    assert (tuple(found) if found is not None else None) == min(possible, default=None)
    assert covers.can_cover(joint, parts, given_teams) == bool(possible)


@given(joints, st.integers(0, 4), teams)
def test_the_most_people_are_told(joint, parts, given_teams):
    counted = [
        sum(given_teams[i].people for i in found)
        for found in every_cover(Joint(joint.skills), parts, given_teams)
    ]
    assert covers.most_people(joint.skills, parts, given_teams) == max(counted, default=None)


@given(joints, st.integers(0, 4), teams, st.sets(st.integers(0, 5)))
def test_who_cannot_be_had_is_done_without(joint, parts, given_teams, away):
    found = covers.cover(joint, parts, given_teams, lambda place: place not in away)
    left = [found for found in every_cover(joint, parts, given_teams) if not away & set(found)]
    assert (found is None) == (not left)
    assert found is None or tuple(sorted(found)) in left


def test_many_teams_of_many_skills_take_no_time():
    """The largest that a need may ask: 20 teams, 8 skills."""
    names = [f"s{i}" for i in range(8)]
    many = [ReadyTeam(f"T{j}", 1, people=1 + j % 9, skills=(names[j % 8],)) for j in range(500)]
    joint = Joint(tuple(names), 160)
    found = covers.cover(joint, 20, many)
    assert joint.after({s for i in found for s in many[i].skills}, 0).skills == ()
    assert sum(many[i].people for i in found) >= 160
