"""A free-text address -> the commune in both eras, or candidates; never a guess. Pure."""

from dataclasses import asdict, dataclass

from mapservice.territory import names, parser
from mapservice.territory.candidates import Candidate, candidates
from mapservice.territory.evidence import CONTRADICTED, readings
from mapservice.territory.gazetteer import Gazetteer
from mapservice.territory.lineage import Former, only
from mapservice.territory.names import Role
from mapservice.territory.parser import Gap, Token
from mapservice.territory.reading import Agreement, Reader, Reading, Strength

PUNCTUATION = " ,;:.-–—/|(\n\t"


@dataclass(frozen=True)
class Match:
    """One commune of today and the communes of 2022 that the address may mean.

    `code_2022` is null where several remain possible, or none (outside the former province).
    `era` is the one the address speaks of.
    """

    era: str
    code_2022: str | None
    name_2022: str | None
    codes_2022: tuple[str, ...]
    district: str | None
    code_2025: str
    name_2025: str


@dataclass(frozen=True)
class Resolution:
    """The answer for one address; `detail` is what stands before the commune (the hamlet)."""

    query: str
    match: Match | None
    candidates: tuple[Candidate, ...] = ()
    detail: str | None = None


@dataclass(frozen=True)
class _Found:
    """What one part of an address came to: chosen readings (none: undecided) and all others."""

    reader: Reader
    sound: list[Reading]
    every: list[Reading]
    chosen: list[Reading]


def as_dict(found: Resolution) -> dict[str, object]:
    """The answer as JSON has it: `query`, `match` or null, `candidates`, `detail`."""
    return asdict(found)


def resolve(gazetteer: Gazetteer, query: str) -> Resolution:
    """Find the commune that an address names. Any text is an address, most find nothing."""
    text = parser.clean(query)
    words = parser.without_phone(parser.tokens(text))
    if not words:
        return Resolution(query, None)
    parts = [_find(gazetteer, part) for part in _eras(words)]
    named = [part for part in parts if part.every]
    if any(part.reader.is_foreign() for part in parts):
        return Resolution(query, None)
    if named and all(part.chosen for part in named):
        first = named[0]
        if only({part.chosen[0].place.code_2025 for part in named}):
            begin = first.reader.words[min(reading.begin for reading in first.chosen)].start
            return Resolution(query, _answer(first), detail=text[:begin].strip(PUNCTUATION) or None)
    return Resolution(query, None, candidates([(part.reader, part.every) for part in parts]))


def _eras(words: list[Token]) -> list[list[Token]]:
    """ "xã Vĩnh An, Sơn Động, nay là xã Sơn Động, Bắc Ninh" is two addresses of one place."""
    for i in range(1, len(words) - 2):
        if (words[i].key, words[i + 1].key) in names.NOW_IS:
            today = [words[i + 2]._replace(gap=Gap.STRONG), *words[i + 3 :]]
            return [words[:i], today]
    return [words]


def _find(gazetteer: Gazetteer, words: list[Token]) -> _Found:
    reader = Reader(gazetteer, words)
    every = readings(reader)
    sound = [reading for reading in every if reading.refusal is None]
    return _Found(reader, sound, every, _choose(reader, sound, every))


def _choose(reader: Reader, sound: list[Reading], every: list[Reading]) -> list[Reading]:
    """The strongest readings, if they agree on today's commune and nothing speaks against."""
    if not sound:
        return []
    strength = min(reading.strength for reading in sound)
    top = [reading for reading in sound if reading.strength is strength]
    if any(reading.agreement is Agreement.EXACT for reading in top):
        top = [reading for reading in top if reading.agreement is Agreement.EXACT]
    rivals = []
    if strength is Strength.PROVINCE:
        rivals = [reading for reading in sound if reading.strength is Strength.MIXED]
    if not only({reading.place.code_2025 for reading in (*top, *rivals)}):
        return []
    if all(_rather_larger(reader, reading) for reading in top):
        return []
    return [] if _rather_a_hamlet(top, every) else top


def _rather_a_hamlet(top: list[Reading], every: list[Reading]) -> bool:
    """Whether the name may be a hamlet of the commune that is named behind it.

    "An Lạc, Sơn Động, Bắc Ninh": a former commune and district, or a hamlet in the new commune.
    "Liên Chung - Phúc Hòa - Tân Yên": a part of today's Phúc Hòa, or a hamlet in the former one.
    """
    if top[0].strength is not Strength.MIXED or any(reading.mention.marker for reading in top):
        return False
    codes = {reading.place.code_2025 for reading in top}
    return any(
        reading.strength is Strength.DISTRICT
        or (
            reading.strength is Strength.PROVINCE
            and reading.place.current
            and reading.place.code_2025 not in codes
        )
        for reading in every
        if reading.refusal == CONTRADICTED
    )


def _rather_larger(reader: Reader, reading: Reading) -> bool:
    """Whether a bare name is as well a district or province, so that no commune is named.

    "Sơn Động, Bắc Giang" is the district; "Sơn Động, Bắc Ninh" can only be the commune of today.
    """
    key, known = reading.mention.key, reader.gazetteer
    if reading.mention.marker or reading.strength is Strength.DISTRICT:
        return False
    if reading.place.current and reading.strength is Strength.PROVINCE:
        return False
    if key in known.provinces or key in known.foreign:
        return True
    provinces = {claim.key for claim in reading.claims if claim.role is Role.PROVINCE}
    return key in known.districts and provinces <= known.districts[key]


def _answer(found: _Found) -> Match:
    chosen = _of_one_era(found.chosen)
    formers = tuple(dict.fromkeys(former for reading in chosen for former in reading.formers))
    formers = _with_older_names(found, formers)
    # Where eras are mixed, the meaning that leaves most possible is the one we are sure of.
    place = max(chosen, key=lambda reading: len(reading.formers)).place
    return Match(
        era=place.era,
        code_2022=formers[0].code if len(formers) == 1 else None,
        name_2022=formers[0].name if len(formers) == 1 else None,
        codes_2022=tuple(sorted(former.code for former in formers)),
        district=place.district
        if place.era == "2025h1" or not formers
        else only({former.district for former in formers}),
        code_2025=place.code_2025,
        name_2025=place.name_2025,
    )


def _of_one_era(chosen: list[Reading]) -> list[Reading]:
    """With the district or province named, the name is taken as the lists of one era had it."""
    if chosen[0].strength in {Strength.MIXED, Strength.NAME}:
        return chosen
    for era in ("2022", "2025", "2025h1"):
        if same := [reading for reading in chosen if reading.place.era == era]:
            return same
    return chosen


def _with_older_names(found: _Found, formers: tuple[Former, ...]) -> tuple[Former, ...]:
    """An older commune named before the newer one that holds it narrows or widens the answer.

    With "xã" in front it is that commune; bare it may as well be a hamlet.
    """
    begin = min(reading.mention.begin for reading in found.chosen)
    code = found.chosen[0].place.code_2025
    for reading in found.sound:
        older = reading.strength is Strength.MIXED and reading.mention.end <= begin
        if older and reading.place.code_2025 == code:
            if reading.mention.marker:
                return reading.formers
            formers = tuple(dict.fromkeys((*formers, *reading.formers)))
    return formers
