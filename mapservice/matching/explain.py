"""Why this team, why not that one, why nobody: facts first, Vietnamese sentences from them. Pure.

Nothing here is canned: each fact is computed from the problem, the chosen pairs and the rows that
the database gives for the teams the rules keep away, so that anybody can compute it again.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mapservice.matching.problem import OpenNeed, Pair, Problem, ReadyTeam

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
    "declined": "đã từ chối nhu cầu này trong 60 ngày qua",
    "full": "đã kín việc",
    "asked": "hôm nay đã được hỏi đủ số lần",
    "more_urgent": "chỗ trống dành cho nhu cầu khẩn hơn",
    "as_urgent": "chỗ trống dành cho nhu cầu cùng mức khẩn",
    "taken": "chỗ trống đã dành cho nhu cầu khác",
    "not_chosen": "còn chỗ, nhưng không được chọn cho nhu cầu này",
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
    """Facts behind one proposal; `rank` counts from 1 among the need's admissible teams."""

    need: OpenNeed
    team: ReadyTeam
    pair: Pair
    rank: int
    candidates: int
    passed: tuple[Passed, ...]
    second: tuple[str, float] | None  # name of the next admissible team, km of travel more


@dataclass(frozen=True, slots=True)
class Unmet:
    """A need with parts that nobody got: how many, the deciding rule and a sentence."""

    need: OpenNeed
    parts: int
    why: str
    reason: str


def proposals(
    problem: Problem, chosen: Sequence[Pair], misses: Mapping[str, Collection[Passed]]
) -> list[Explanation]:
    """An explanation for each chosen pair; `misses`: need code -> nearer teams that rules bar."""
    taken = _taken(problem, chosen)
    return [_proposal(problem, pair, taken, misses) for pair in chosen]


def _taken(problem: Problem, chosen: Sequence[Pair]) -> list[list[int]]:
    """For each team the needs (positions) it got."""
    taken: list[list[int]] = [[] for _ in problem.teams]
    for pair in chosen:
        taken[pair.team].append(pair.need)
    return taken


def _proposal(
    problem: Problem,
    pair: Pair,
    taken: list[list[int]],
    misses: Mapping[str, Collection[Passed]],
) -> Explanation:
    need, team = problem.needs[pair.need], problem.teams[pair.team]
    candidates = problem.candidates[pair.need]
    rank = candidates.index(pair) + 1
    nearer = [
        Passed(other.code, other.name, found.metres, _why_not(problem, found, taken))
        for found in candidates[: rank - 1]
        for other in (problem.teams[found.team],)
    ]
    barred = (miss for miss in misses.get(need.code, ()) if miss.metres < pair.metres)
    # A nearer team that has the skills tells more than one that has not.
    telling = sorted((*nearer, *barred), key=lambda p: (p.why == "skill", p.metres, p.team))
    passed = sorted(telling[:SHOWN], key=lambda p: (p.metres, p.team))
    after = candidates[rank] if rank < len(candidates) else None
    second = after and (problem.teams[after.team].name, after.travel.km - pair.travel.km)
    return Explanation(need, team, pair, rank, len(candidates), tuple(passed), second)


def _why_not(problem: Problem, pair: Pair, taken: list[list[int]]) -> str:
    """Why an admissible team did not get (another part of) the need."""
    served = taken[pair.team]
    if pair.need in served:
        return "holds"
    if len(served) < problem.teams[pair.team].places:
        return "not_chosen"
    own = problem.needs[pair.need].urgency
    lowest = min(problem.needs[index].urgency for index in served)
    return "more_urgent" if lowest > own else "as_urgent" if lowest == own else "taken"


def sentences(found: Explanation, skill_names: Mapping[str, str]) -> list[str]:
    """The reasons of a proposal, most important first."""
    need, team, pair = found.need, found.team, found.pair
    travel = f"đường đi ước lượng {number(pair.travel.km)} km"
    if pair.travel.status != "estimated":
        travel = f"đường đi {number(pair.travel.km)} km"
    order = "gần nhất" if found.rank == 1 else f"gần thứ {found.rank}"
    nearness = f"{order} trong {found.candidates} đội phù hợp"
    if found.candidates == 1:
        nearness = "đội phù hợp duy nhất"
    said = [
        _skills(need, skill_names),
        f"Cách {kilometres(pair.metres)} ({travel}), {nearness}.",
        f"Đội có {team.people} người, mỗi lượt cần {need.people}; "
        f"trước đề nghị này còn nhận được {team.places} việc.",
    ]
    if need.together and need.parts > 1 and not need.protected:
        said.append(f"Nhu cầu cần đủ {need.parts} đội cùng lúc; phương án có đủ.")
    if need.protected:
        said.append("Rảnh trong thời gian cần.")
    elif need.wanted_from or need.wanted_until:
        said.append(f"Rảnh trong thời gian cần ({window(need)}).")
    said += [
        f"{other.name} gần hơn ({kilometres(other.metres)}) nhưng {PASSED_WORDS[other.why]}."
        for other in found.passed
    ]
    if found.second and found.second[1] > 0:
        said.append(
            f"Đội phù hợp kế tiếp là {found.second[0]}, xa hơn {number(found.second[1])} km."
        )
    return said


def _skills(need: OpenNeed, skill_names: Mapping[str, str]) -> str:
    if need.protected:
        return "Có đủ kỹ năng cần có."
    if not need.skills:
        return "Nhu cầu không đòi kỹ năng riêng."
    return f"Có đủ kỹ năng: {listed(need.skills, skill_names)}."


def unmet(
    problem: Problem,
    chosen: Sequence[Pair],
    hindrances: Mapping[str, Sequence[Mapping]],
    skill_names: Mapping[str, str],
) -> list[Unmet]:
    """Needs with parts left, most urgent first; `hindrances` of those without any candidate."""
    served = Counter(pair.need for pair in chosen)
    taken = _taken(problem, chosen)
    found = []
    for index, need in enumerate(problem.needs):
        left = need.parts - served[index]
        if left <= 0:
            continue
        if problem.candidates[index]:
            why, reason = _used_up(problem, index, taken)
        else:
            why, reason = _barred(need, hindrances.get(need.code, ()), skill_names)
        found.append(Unmet(need, left, why, reason))
    return sorted(found, key=lambda item: (-item.need.urgency, item.need.code))


_USES = {
    "more_urgent": "nhu cầu khẩn hơn",
    "as_urgent": "nhu cầu cùng mức khẩn",
    "taken": "nhu cầu khác",
    "not_chosen": "lựa chọn khác của cán bộ",
}


def _used_up(problem: Problem, index: int, taken: list[list[int]]) -> tuple[str, str]:
    candidates = problem.candidates[index]
    whys = Counter(_why_not(problem, pair, taken) for pair in candidates)
    if problem.needs[index].together:
        return "together", _not_enough(problem.needs[index], whys)
    own = whys.pop("holds", 0)
    if not whys:
        return "few", f"Chỉ có {own} đội phù hợp, đều đã được đề nghị cho nhu cầu này."
    words = [f"{whys[why]} đội cho {phrase}" for why, phrase in _USES.items() if whys[why]]
    if len(words) == 1:
        words = [f"dành cho {_USES[next(iter(whys))]}"]
    return "taken", f"{whys.total()} đội phù hợp đều hết chỗ trong phương án: {', '.join(words)}."


def _not_enough(need: OpenNeed, whys: Counter) -> str:
    """Of a need that wants all its teams at once; `whys` counts its teams by what keeps them."""
    wanted, able, free = need.parts, whys.total(), whys["not_chosen"]
    if able < wanted:
        return f"Cần đủ {wanted} đội cùng lúc, chỉ có {able} đội phù hợp."
    left = f"chỉ {free} đội" if free else "không đội nào"
    return (
        f"Cần đủ {wanted} đội cùng lúc mà không lấy đội của nhu cầu khác: "
        f"trong {able} đội phù hợp, {left} còn chỗ trong phương án."
    )


# Rules that a team with the skills, in reach, may fail: from the last obstacle to the first.
_STAGES = {
    "asked": "hôm nay đã được hỏi đủ số lần",
    "full": "đã kín việc",
    "declined": "đã từ chối trong 60 ngày qua",
    "holds": "đã giữ một phần của nhu cầu này",
    "unverified": "chưa được xác minh",
    "resting": "đang tạm nghỉ",
    "busy": "đang làm nhiệm vụ khác",
    "unavailable": "không rảnh trong thời gian cần",
    "people": "không đủ người",
}


def _barred(
    need: OpenNeed, rows: Sequence[Mapping], skill_names: Mapping[str, str]
) -> tuple[str, str]:
    """Why a need has no candidate at all; the farthest that any team came names the rule."""
    by_why = {row["why"]: row for row in rows}
    if "past" in by_why:
        return "past", "Thời gian cần đã qua" + ("." if need.protected else f" ({window(need)}).")
    skilled = _skilled(need, skill_names)
    failed = [why for why in _STAGES if why in by_why]
    if failed:
        counts = ", ".join(f"{by_why[why]['teams']} đội {_STAGES[why]}" for why in failed)
        if "people" in failed:
            most = by_why["people"]["most_people"]
            counts += f" (cần {need.people}, đông nhất {most})"
        return failed[0], f"Trong tầm, đội {skilled}: {counts}."
    if "radius" in by_why:
        row = by_why["radius"]
        return "radius", (
            f"Không đội nào {skilled} có bán kính vươn tới; gần nhất là {row['team']}, "
            f"cách {kilometres(row['metres'])}, bán kính {number(float(row['radius_km']))} km."
        )
    if need.skills:
        return "skill", f"Không có đội nào {skilled}."
    return "no_team", "Chưa có đội nào."


def _skilled(need: OpenNeed, skill_names: Mapping[str, str]) -> str:
    if need.protected:
        return "có đủ kỹ năng cần có"
    if not need.skills:
        return "tình nguyện"
    return f"có đủ kỹ năng {listed(need.skills, skill_names)}"


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
