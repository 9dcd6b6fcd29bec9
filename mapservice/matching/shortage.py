"""Why nobody (or too few) go to a need: facts and Vietnamese sentences, as in `explain`. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mapservice.matching import covers, explain
from mapservice.matching.pairs import Pair
from mapservice.matching.problem import OpenNeed, Problem, ReadyTeam


@dataclass(frozen=True, slots=True)
class Unmet:
    """A need with parts that nobody got: how many, the deciding rule and a sentence."""

    need: OpenNeed
    parts: int
    why: str
    reason: str


def unmet(
    problem: Problem,
    chosen: Sequence[Pair],
    hindrances: Mapping[str, Sequence[Mapping]],
    skill_names: Mapping[str, str],
) -> list[Unmet]:
    """Needs with parts left, most urgent first; `hindrances` of those without any candidate."""
    served = Counter(pair.need for pair in chosen)
    taken = explain.taken_needs(problem, chosen)
    found = []
    for index, need in enumerate(problem.needs):
        left = need.parts - served[index]
        if left <= 0:
            continue
        if problem.candidates[index]:
            why, reason = _used_up(problem, index, taken, skill_names)
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


def _used_up(
    problem: Problem, index: int, taken: list[explain.Taken], skill_names: Mapping[str, str]
) -> tuple[str, str]:
    candidates = problem.candidates[index]
    whys = Counter(explain.why_not(problem, pair, taken) for pair in candidates)
    if problem.needs[index].joint:
        return "together", _not_brought(problem, index, taken, skill_names)
    if problem.needs[index].together:
        return "together", _not_enough(problem.needs[index], whys)
    own = whys.pop("holds", 0)
    if not whys:
        return "few", f"Chỉ có {own} đội phù hợp, đều đã được đề nghị cho nhu cầu này."
    words = [f"{whys[why]} đội cho {phrase}" for why, phrase in _USES.items() if whys[why]]
    if len(words) == 1:
        words = [f"dành cho {_USES[next(iter(whys))]}"]
    used = ", ".join(words)
    if index in problem.cut:
        return "taken", (
            f"Các đội phù hợp đều hết chỗ trong phương án; {whys.total()} đội đã xét: {used}."
        )
    return "taken", f"{whys.total()} đội phù hợp đều hết chỗ trong phương án: {used}."


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


def _not_brought(
    problem: Problem, index: int, taken: list[explain.Taken], skill_names: Mapping[str, str]
) -> str:
    """Of a need whose teams bring skills and people between them: what nobody brings."""
    need, pairs = problem.needs[index], problem.candidates[index]
    lacking = _lacking(need, [problem.teams[pair.team] for pair in pairs], skill_names)
    if lacking:
        return f"Trong {len(pairs)} đội phù hợp, {lacking}."
    ready = [p for p in pairs if explain.why_not(problem, p, taken) == "not_chosen"]
    lacking = _lacking(need, [problem.teams[pair.team] for pair in ready], skill_names)
    left = f"trong {len(ready)} đội còn chỗ, {lacking or 'có thể chọn bằng tay'}"
    if not ready:
        left = f"{len(pairs)} đội phù hợp đều hết chỗ trong phương án"
    wanted = f"{need.parts} đội góp lại" if need.parts > 1 else "thêm 1 đội"
    return f"Cần {wanted} mà không lấy đội của nhu cầu khác: {left}."


def _lacking(
    need: OpenNeed, teams: Sequence[ReadyTeam], skill_names: Mapping[str, str]
) -> str | None:
    """What these teams cannot bring between them; None when so many of them can."""
    joint, has = need.joint, {skill for team in teams for skill in team.skills}
    nobodys = [skill for skill in joint.skills if skill not in has]
    if nobodys and need.protected:
        return "không đội nào góp được một kỹ năng cần có"
    if nobodys:
        return f"không đội nào góp được kỹ năng {explain.listed(nobodys, skill_names)}"
    if len(teams) < need.parts:
        return f"chưa đủ {need.parts} đội"
    most = covers.most_people((), need.parts, teams)
    if most < joint.people:
        return f"{need.parts} đội đông nhất góp được {most} người, còn thiếu {joint.people - most}"
    most = covers.most_people(joint.skills, need.parts, teams)
    if most is None:
        return f"không có {need.parts} đội nào góp lại đủ kỹ năng"
    if most < joint.people:
        return f"{need.parts} đội đủ kỹ năng góp được {most} người, còn thiếu {joint.people - most}"
    return None


# Rules that a team with the skills, in reach, may fail: from the last obstacle to the first.
_STAGES = {
    "asked": "hôm nay đã được hỏi đủ số lần",
    "full": "đã kín việc",
    "declined": "đã từ chối hoặc trả lại trong 60 ngày qua",
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
        return "past", "Thời gian cần đã qua" + (
            "." if need.protected else f" ({explain.window(need)})."
        )
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
        radius = explain.number(float(row["radius_km"]))
        return "radius", (
            f"Không đội nào {skilled} có bán kính vươn tới; gần nhất là {row['team']}, "
            f"cách {explain.kilometres(row['metres'])}, bán kính {radius} km."
        )
    if need.skills:
        return "skill", f"Không có đội nào {skilled}."
    return "no_team", "Chưa có đội nào."


def _skilled(need: OpenNeed, skill_names: Mapping[str, str]) -> str:
    if need.protected:
        return "có đủ kỹ năng cần có"
    if not need.skills:
        return "tình nguyện"
    return f"có đủ kỹ năng {explain.listed(need.skills, skill_names)}"
