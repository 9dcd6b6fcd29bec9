"""Why this team, why not that one: facts first, Vietnamese sentences from them. Pure.

Nothing here is canned: each fact is computed from the problem, the chosen pairs and the rows that
the database gives for the teams the rules keep away, so that anybody can compute it again.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from mapservice.matching.columns import KEPT_METRES
from mapservice.matching.pairs import Pair
from mapservice.matching.problem import OpenNeed, Problem, ReadyTeam

SHOWN = 3  # nearer teams that an explanation names

# The rule that kept a nearer team away -> the words after its name.
PASSED_WORDS = {
    "skill": "thiếu kỹ năng cần có",
    "radius": "nơi này ngoài bán kính hoạt động của đội",
    "people": "không đủ người",
    "unavailable": "không rảnh trong thời gian cần",
    "busy": "đang làm nhiệm vụ khác",
    "resting": "đang tạm nghỉ",
    "holds": "đã giữ một phần khác của nhu cầu này",
    "declined": "đã từ chối hoặc trả lại nhu cầu này trong 60 ngày qua",
    "full": "đã kín việc",
    "asked": "hôm nay đã được hỏi đủ số lần",
    "more_urgent": "chỗ trống dành cho nhu cầu khẩn hơn",
    "as_urgent": "chỗ trống dành cho nhu cầu cùng mức khẩn",
    "taken": "chỗ trống đã dành cho nhu cầu khác",
    "not_chosen": "không được chọn, dù còn chỗ",
}


@dataclass(frozen=True, slots=True)
class Passed:
    """A team nearer than the chosen one, and the rule (key of PASSED_WORDS) that decided."""

    team: str
    name: str
    metres: float
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Facts behind one proposal; `rank` counts from 1 among the need's admissible teams.

    Where only a need's nearest `candidates` were looked at their number is None, and so is a rank
    that others might have, and a second that another might be.
    """

    need: OpenNeed
    team: ReadyTeam
    pair: Pair
    rank: int | None
    candidates: int | None
    passed: tuple[Passed, ...]
    second: tuple[str, float] | None  # name of the next admissible team, km of travel more


Given = Mapping[str, Mapping[str, int]]  # team code -> codes of its needs -> their urgency


def proposals(
    problem: Problem,
    chosen: Sequence[Pair],
    misses: Mapping[str, Collection[Passed]],
    given: Given = MappingProxyType({}),
) -> list[Explanation]:
    """An explanation for each chosen pair; `misses`: need code -> nearer teams that rules bar.

    `given`: what teams get in the same plan, of needs that this problem may not hold.
    """
    taken = taken_needs(problem, chosen, given)
    return [_proposal(problem, pair, taken, misses) for pair in chosen]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one team got: codes of needs, and the least urgent's urgency (None without any)."""

    needs: frozenset[str]
    least: int | None


def taken_needs(
    problem: Problem, chosen: Sequence[Pair], given: Given = MappingProxyType({})
) -> list[Taken]:
    """For each team what it got."""
    taken = [dict(given.get(team.code, {})) for team in problem.teams]
    for pair in chosen:
        need = problem.needs[pair.need]
        taken[pair.team][need.code] = need.urgency
    return [Taken(frozenset(needs), min(needs.values(), default=None)) for needs in taken]


def _proposal(
    problem: Problem,
    pair: Pair,
    taken: list[Taken],
    misses: Mapping[str, Collection[Passed]],
) -> Explanation:
    need, team = problem.needs[pair.need], problem.teams[pair.team]
    candidates = problem.candidates[pair.need]
    place = candidates.index(pair)
    nearer = [
        Passed(other.code, other.name, found.metres, why_not(problem, found, taken))
        for found in candidates[:place]
        for other in (problem.teams[found.team],)
    ]
    barred = (miss for miss in misses.get(need.code, ()) if miss.metres < pair.metres)
    # A nearer team that has the skills tells more than one that has not.
    telling = sorted((*nearer, *barred), key=lambda p: (p.why == "skill", p.metres, p.team))
    passed = sorted(telling[:SHOWN], key=lambda p: (p.metres, p.team))
    after = candidates[place + 1] if place + 1 < len(candidates) else None
    sure = problem.cut.get(pair.need, math.inf)
    if after and after.metres > sure:
        after = None
    second = after and (problem.teams[after.team].name, after.travel.km - pair.travel.km)
    count = None if pair.need in problem.cut else len(candidates)
    nearest = sum(other.travel.km < pair.travel.km for other in candidates[:place])
    rank = nearest + 1 if pair.metres <= sure else None
    return Explanation(need, team, pair, rank, count, tuple(passed), second)


def why_not(problem: Problem, pair: Pair, taken: list[Taken]) -> str:
    """Why an admissible team did not get (another part of) the need."""
    served, need = taken[pair.team], problem.needs[pair.need]
    if need.code in served.needs:
        return "holds"
    if len(served.needs) < problem.teams[pair.team].places:
        return "not_chosen"
    own = need.urgency
    return "more_urgent" if served.least > own else "as_urgent" if served.least == own else "taken"


def sentences(found: Explanation, skill_names: Mapping[str, str]) -> list[str]:
    """The reasons of a proposal, most important first."""
    need, team, pair = found.need, found.team, found.pair
    travel = f"đường đi ước lượng {number(pair.travel.km)} km"
    if pair.travel.status != "estimated":
        travel = f"đường đi {number(pair.travel.km)} km"
    said = [
        _brought(need, team, skill_names) if need.joint else _skills(need, skill_names),
        f"Cách {kilometres(pair.metres)} ({travel}), {_nearness(found)}.",
        f"Đội có {team.people} người, {_people(need)}; "
        f"trước đề nghị này còn nhận được {team.places} việc.",
    ]
    if need.together and need.parts > 1 and not need.protected:
        said.append(f"Nhu cầu cần đủ {need.parts} đội cùng lúc; phương án có đủ.")
    if need.protected:
        said.append("Rảnh trong thời gian cần.")
    elif need.wanted_from or need.wanted_until:
        said.append(f"Rảnh trong thời gian cần ({window(need)}).")
    said += [_passed(other, kilometres(pair.metres)) for other in found.passed]
    if pair.kept and any(other.why == "not_chosen" for other in found.passed):
        least = kilometres(KEPT_METRES)
        said.append(f"Phương án trước cũng đề nghị đội này; chỉ đổi khi bớt được hơn {least}.")
    if found.second:
        name, more = found.second
        farther = f"xa hơn {number(more)} km" if more >= 0.05 else "xa gần như nhau"
        said.append(f"Đội phù hợp kế tiếp là {name}, {farther}.")
    return said


def _passed(other: Passed, own: str) -> str:
    """Of a team that is as near (`own`, in words) or nearer, why it was not chosen."""
    far = kilometres(other.metres)
    place = f"cũng cách {far}" if far == own else f"gần hơn ({far})"
    return f"{other.name} {place} nhưng {PASSED_WORDS[other.why]}."


def kept(found: Explanation, skill_names: Mapping[str, str], travel_cost: str) -> dict:
    """What stays of why a pair was proposed: the sentences, and the facts behind.

    `discreet`: the sentences name nothing that tells what somebody needs.
    """
    travel = found.pair.travel
    return {
        "reasons": sentences(found, skill_names),
        "discreet": found.need.protected,
        "metres": round(found.pair.metres),
        "rank": found.rank,
        "candidates": found.candidates,
        "travel": {
            "cost": travel_cost,
            "km": round(travel.km, 1),
            "minutes": round(travel.minutes),
            "status": travel.status,
        },
        "passed_over": [
            {"team": other.team, "metres": round(other.metres), "why": other.why}
            for other in found.passed
        ],
    }


def told(explanation: Mapping, *, protected: bool) -> list[str]:
    """The sentences of what was `kept`; none where the need is `protected` since they were written,
    as they may name what somebody needs."""
    if protected and not explanation.get("discreet"):
        return []
    return explanation.get("reasons", [])


def proof(status: str, precision: Mapping | None) -> str:
    """What is known of a plan with this `status` and `precision` (as in its JSON), in words."""
    if status == "greedy":
        return "Ghép lần lượt theo mức khẩn: chưa chắc là phương án tốt nhất."
    if status != "optimal":
        return "Chưa chứng minh được đây là phương án tốt nhất."
    said = "Đã chứng minh: trong mọi cách ghép đúng quy tắc, không cách nào đáp ứng được nhiều "
    if not precision or precision["steps"] is None:
        said += "nhu cầu khẩn hơn, rồi đồng đều hơn giữa các địa bàn, rồi gần hơn."
    else:
        most = f"{math.ceil(10_000 / precision['steps']) / 100:.2f}".replace(".", ",")
        said += (
            "nhu cầu khẩn hơn. Giữa các địa bàn phương án gần đều nhất: tỷ lệ có đội thấp nhất kém "
            f"mức tốt nhất không quá {most} %; trong các cách như vậy không cách nào gần hơn."
        )
    if precision and precision["metres"] > 1:
        said += f" Quãng đường tính theo bước {precision['metres']} m."
    return said


def _nearness(found: Explanation) -> str:
    if found.candidates == 1:
        return "đội phù hợp duy nhất"
    if found.rank is None:
        return "không thuộc các đội phù hợp gần nhất"
    order = "gần nhất" if found.rank == 1 else f"gần thứ {found.rank}"
    return f"{order} trong {found.candidates or 'các'} đội phù hợp"


def _skills(need: OpenNeed, skill_names: Mapping[str, str]) -> str:
    if need.protected:
        return "Có đủ kỹ năng cần có."
    if not need.skills:
        return "Nhu cầu không đòi kỹ năng riêng."
    return f"Có đủ kỹ năng: {listed(need.skills, skill_names)}."


def _brought(need: OpenNeed, team: ReadyTeam, skill_names: Mapping[str, str]) -> str:
    """What a team adds to what several bring between them."""
    own = [skill for skill in need.joint.skills if skill in team.skills]
    if need.protected:
        return "Góp phần kỹ năng cần có." if own else "Góp người cùng các đội khác."
    if own:
        return f"Góp kỹ năng: {listed(own, skill_names)}."
    if need.joint.skills:
        return "Góp người; kỹ năng cần có do các đội khác góp."
    return "Góp người cùng các đội khác; không đòi thêm kỹ năng."


def _people(need: OpenNeed) -> str:
    if need.joint:
        return f"các đội cần góp lại ít nhất {need.joint.people}"
    return f"mỗi lượt cần {need.people}"


def listed(codes: Sequence[str], names: Mapping[str, str]) -> str:
    """Skill codes as Vietnamese names: "Dạy học, Tiếng Tày"."""
    return ", ".join(names.get(code, code) for code in codes)


def window(need: OpenNeed) -> str:
    """The days a need is wanted: "01/07/2026–15/07/2026"."""
    if need.wanted_from and need.wanted_until:
        return f"{day(need.wanted_from)}–{day(need.wanted_until)}"
    if need.wanted_from:
        return f"từ {day(need.wanted_from)}"
    return f"đến {day(need.wanted_until)}" if need.wanted_until else "bất cứ lúc nào"


def day(value: date) -> str:
    return value.strftime("%d/%m/%Y")


def number(value: float) -> str:
    """One decimal, as written in Vietnam: 1.234,5."""
    return f"{value:,.1f}".translate(str.maketrans(",.", ".,"))


def kilometres(metres: float) -> str:
    """A distance: metres below one kilometre (to 10 m), else "4,2 km"."""
    return f"{round(metres, -1):.0f} m" if metres < 995 else f"{number(metres / 1000)} km"
