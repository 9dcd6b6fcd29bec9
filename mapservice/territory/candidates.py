"""What an address that could not be decided may mean: for a person to choose from. Pure."""

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from mapservice.territory.evidence import CONTRADICTED, ELSEWHERE, KIND, SPELLING, UNEXPLAINED
from mapservice.territory.lineage import Place
from mapservice.territory.names import Role
from mapservice.territory.parser import Gap
from mapservice.territory.reading import Agreement, Claim, Reader, Reading, Strength

LIMIT = 6
SIMILAR = 72  # of 100; below this a misspelt name is another name
_BY_STRENGTH = {
    Strength.DISTRICT: 0.95,
    Strength.PROVINCE: 0.9,
    Strength.OTHER_KIND: 0.85,
    Strength.MIXED: 0.85,
    Strength.NAME: 0.8,
}
_BY_REFUSAL = {KIND: 0.8, SPELLING: 0.85, UNEXPLAINED: 0.6, CONTRADICTED: 0.55, ELSEWHERE: 0.5}
_OTHER_REFUSAL = 0.6
_OTHER_WORD = 0.9  # the diacritics differ


@dataclass(frozen=True)
class Candidate:
    """A possible meaning; `score` from 0 to 1 orders candidates of one answer, nothing more."""

    era: str
    code_2022: str | None
    name_2022: str | None
    codes_2022: tuple[str, ...]
    district: str | None
    code_2025: str
    name_2025: str
    score: float


def candidates(parts: list[tuple[Reader, list[Reading]]]) -> tuple[Candidate, ...]:
    """The best-scored meanings, one for each place, best first."""
    scored: dict[tuple[str, tuple[str, ...]], Candidate] = {}
    for reader, readings in parts:
        decisive, found = _found(reader, readings)
        for place, score in found if decisive else [*found, *_similar(reader)]:
            candidate = _candidate(place, score)
            identity = (candidate.code_2025, candidate.codes_2022)
            if identity not in scored or scored[identity].score < candidate.score:
                scored[identity] = candidate
    ordered = sorted(scored.values(), key=lambda c: (-c.score, c.code_2025, c.codes_2022))
    return tuple(ordered[:LIMIT])


def _found(reader: Reader, readings: list[Reading]) -> tuple[bool, list[tuple[Place, float]]]:
    """Scored readings, and whether they make looking for similar names needless."""
    names = {
        reading.mention.start
        for reading in readings
        if not reading.refusal and reading.strength < Strength.NAME
    }
    relevant = [
        reading
        for reading in readings
        if not names or reading.mention.start in names or _nearly(reading)
        if reading.mention.marker or reading.mention.key not in reader.gazetteer.provinces
    ]
    return bool(names), [(reading.place, _score(reading)) for reading in relevant or readings]


def _nearly(reading: Reading) -> bool:
    """Whether only a name in front speaks against a commune of today in its province."""
    supported = reading.place.current and reading.strength is Strength.PROVINCE
    return supported and reading.refusal == CONTRADICTED


def _score(reading: Reading) -> float:
    if not reading.refusal:
        return _BY_STRENGTH[reading.strength]
    score = _BY_REFUSAL.get(reading.refusal, _OTHER_REFUSAL)
    return score * _OTHER_WORD if reading.agreement is Agreement.DIFFERENT else score


def _candidate(place: Place, score: float) -> Candidate:
    single = place.formers[0] if len(place.formers) == 1 else None
    return Candidate(
        era=place.era,
        code_2022=single.code if single else None,
        name_2022=single.name if single else None,
        codes_2022=tuple(former.code for former in place.formers),
        district=place.district,
        code_2025=place.code_2025,
        name_2025=place.name_2025,
        score=round(score, 2),
    )


def _similar(reader: Reader) -> list[tuple[Place, float]]:
    """Places whose names are spelt nearly like something in the address."""
    claims, end = _known_rest(reader)
    found = []
    for text in _guesses(reader, end):
        close = process.extract(
            text, reader.gazetteer.communes.keys(), scorer=fuzz.ratio, score_cutoff=SIMILAR
        )
        for key, ratio, _index in close:
            for place in reader.gazetteer.communes[key]:
                found.append((place, ratio / 100 * _support(place, claims)))
    return found


def _known_rest(reader: Reader) -> tuple[tuple[Claim, ...], int]:
    """What the end of the address says about the district and province, and where it begins."""
    for start in range(len(reader.words)):
        if options := reader.coverages(start):
            return options[0], start
    return (), len(reader.words)


def _support(place: Place, claims: tuple[Claim, ...]) -> float:
    wide = {Role.DISTRICT: place.wide_districts, Role.PROVINCE: place.wide_provinces}
    named = [claim for claim in claims if claim.role in wide]
    if not named:
        return 0.8
    return 0.9 if all(claim.key in wide[claim.role] for claim in named) else 0.5


def _guesses(reader: Reader, end: int) -> set[str]:
    """Runs of words before `end` that may be meant as a commune's name."""
    texts = set()
    begin = 0
    breaks = {i for i in range(end) if reader.words[i].gap is Gap.STRONG}
    breaks |= {mark.start for mark in reader.marks.values()}
    breaks |= {mark.end for mark in reader.marks.values()}
    for stop in (*sorted(b for b in breaks if 0 < b < end), end):
        run = [word.key for word in reader.words[begin:stop]]
        texts.add(" ".join(run[:5]))
        texts |= {" ".join(run[-length:]) for length in (2, 3) if len(run) > length}
        begin = stop
    return {text for text in texts if len(text) > 2}
