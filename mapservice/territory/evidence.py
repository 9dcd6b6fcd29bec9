"""Every reading of an address with what speaks for it and what forbids it. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from mapservice.territory.lineage import Former, Place
from mapservice.territory.names import CURRENT, FORMER, Role
from mapservice.territory.reading import Agreement, Claim, Mention, Reader, Reading, Strength

LARGER = frozenset({Role.COMMUNE, Role.DISTRICT, Role.PROVINCE})
UNEXPLAINED, ELSEWHERE, KIND = "unexplained", "elsewhere", "kind"
POSITION, SPELLING, CONTRADICTED = "position", "spelling", "contradicted"


class Before(NamedTuple):
    """What the words before a reading add: claims, what remains possible, a contradiction."""

    claims: tuple[Claim, ...]
    formers: tuple[Former, ...]
    contradicted: bool
    begin: int


def readings(reader: Reader) -> list[Reading]:
    """Each name that may be the commune, in each of its meanings; refused ones say why."""
    return [
        _best(reader, mention, place)
        for mention in reader.mentions
        if not mention.abbreviated
        if mention.marker is None or mention.marker.role is Role.COMMUNE
        for place in _meanings(reader, mention)
    ]


def _meanings(reader: Reader, mention: Mention) -> list[Place]:
    """The places of this name; "cũ" behind it rules out today's, "mới" all others."""
    places = reader.gazetteer.communes.get(mention.key, [])
    if mention.end < len(reader.words):
        word = reader.words[mention.end].key
        if word == FORMER:
            return [place for place in places if not place.current]
        if word == CURRENT:
            return [place for place in places if place.current]
    return places


def _best(reader: Reader, mention: Mention, place: Place) -> Reading:
    options = [_reading(reader, mention, place, claims) for claims in reader.coverages(mention.end)]
    if not options:
        agreement = reader.agreement(mention, place)
        begin = mention.begin
        return Reading(
            mention, place, Strength.NAME, agreement, place.formers, (), begin, UNEXPLAINED
        )
    return min(options, key=lambda reading: (reading.refusal is not None, reading.strength))


def _reading(reader: Reader, mention: Mention, place: Place, claims: tuple[Claim, ...]) -> Reading:
    before = _before(reader, mention, place, claims)
    agreement = reader.agreement(mention, place)
    strength = _strength(reader, place, (*claims, *before.claims))
    refusal = None
    if strength is None:
        strength, refusal = Strength.NAME, ELSEWHERE
    elif before.contradicted:
        refusal = CONTRADICTED
    elif mention.marker and mention.marker.kind != place.kind:
        if strength is Strength.DISTRICT:
            strength = Strength.OTHER_KIND
        else:
            refusal = KIND
    if refusal is None and _misplaced(reader, mention, strength, claims):
        refusal = POSITION
    if refusal is None and agreement is Agreement.DIFFERENT:
        refusal = SPELLING
    formers = _in_claimed_district(place, before.formers, (*claims, *before.claims))
    return Reading(mention, place, strength, agreement, formers, claims, before.begin, refusal)


def _strength(reader: Reader, place: Place, claims: tuple[Claim, ...]) -> Strength | None:
    """None where a claim says that the commune lies elsewhere."""
    claims = tuple(claim for claim in claims if claim.role in LARGER)
    if not claims:
        return Strength.NAME
    mixed = False
    for claim in claims:
        own = _own(place, claim)
        if not own and not _related(reader, place, claim):
            return None
        mixed = mixed or not own
    if mixed:
        return Strength.MIXED
    return (
        Strength.DISTRICT
        if any(claim.role is Role.DISTRICT for claim in claims)
        else Strength.PROVINCE
    )


def _own(place: Place, claim: Claim) -> bool:
    """Whether the claim names the place's own district or province."""
    if claim.role is Role.DISTRICT:
        return claim.key in place.districts
    return claim.role is Role.PROVINCE and claim.key in place.provinces


def _related(reader: Reader, place: Place, claim: Claim) -> bool:
    """Whether the claim holds in another era: a former district, the commune it became."""
    if claim.role is Role.DISTRICT:
        return claim.key in place.wide_districts
    if claim.role is Role.PROVINCE:
        return claim.key in place.wide_provinces
    return not place.current and _became(reader, place, claim.key)


def _became(reader: Reader, place: Place, key: str) -> bool:
    return any(
        other.current and other.code_2025 == place.code_2025
        for other in reader.gazetteer.communes.get(key, ())
    )


def _in_claimed_district(
    place: Place, formers: tuple[Former, ...], claims: tuple[Claim, ...]
) -> tuple[Former, ...]:
    """A commune of today with a district named: only its parts from there remain possible."""
    keys = {claim.key for claim in claims if claim.role is Role.DISTRICT}
    if not place.current or not keys:
        return formers
    return tuple(former for former in formers if former.district_key in keys) or formers


def _misplaced(
    reader: Reader, mention: Mention, strength: Strength, claims: tuple[Claim, ...]
) -> bool:
    """Whether the name stands where it may be part of a hamlet's, street's or other name."""
    if mention.marker:
        return _marker_is_a_name(reader, mention)
    if any(claim.role not in LARGER for claim in claims):
        return True
    syllables = mention.end - mention.start
    if mention.start in reader.starts:
        return syllables == 1 and strength is Strength.NAME
    ruler = reader.governed[mention.start]
    if ruler and (ruler.marker.role is Role.STREET or ruler.end == mention.start):
        return True
    if strength is not Strength.DISTRICT or reader.separated or syllables == 1:
        return True
    return any(
        other.end == mention.end and other.start < mention.start for other in reader.mentions
    )


def _marker_is_a_name(reader: Reader, mention: Mention) -> bool:
    """Whether the marker may end another name: "vu xa luc nam" is Vũ Xá, not xã Lục Nam."""
    return not reader.words[mention.begin].accented and any(
        other.start < mention.begin < other.end and other.key in reader.gazetteer.communes
        for other in reader.mentions
    )


def _before(reader: Reader, mention: Mention, place: Place, claims: tuple[Claim, ...]) -> Before:
    """Weigh the names that stand before the reading."""
    has_district = any(claim.role is Role.DISTRICT for claim in claims)
    contradicted = _unknown_commune(reader, mention) or _second(reader, mention, claims)
    before = Before((), place.formers, contradicted, mention.begin)
    for other in _named_before(reader, mention):
        begin = min(before.begin, other.begin)
        if claim := _claim_before(reader, other, place):
            before = before._replace(claims=(*before.claims, claim), begin=begin)
        elif other.marker and (parts := _narrowed(reader, other, place)) is not None:
            before = before._replace(formers=parts, begin=begin)
        elif other.marker or _doubtful(reader, other, mention, place, has_district):
            before = before._replace(contradicted=True)
    return before


def _named_before(reader: Reader, mention: Mention) -> Iterator[Mention]:
    """Names with a marker, and names that fill a segment of their own; the longest of each."""
    last = None
    for other in (*reader.marked, *reader.bare_segments):
        if other.end <= mention.begin and (last is None or other.start != last):
            yield other
            last = other.start


def _claim_before(reader: Reader, other: Mention, place: Place) -> Claim | None:
    """The name as a true statement on the place's district or province, if it is one.

    "Bắc Giang" is a commune's own province rather than the district of a later era.
    """
    roles = reader.roles(other.key, other.marker)
    claims = [Claim(role, other.key) for role in roles if role is not Role.COMMUNE]
    own = [claim for claim in claims if _own(place, claim)]
    related = [claim for claim in claims if _related(reader, place, claim)]
    return next(iter([*own, *related]), None)


def _narrowed(reader: Reader, other: Mention, place: Place) -> tuple[Former, ...] | None:
    """ "xã Vĩnh An, xã Sơn Động": of today's commune only that part; None: a contradiction."""
    if other.marker.role is not Role.COMMUNE:
        return None
    if other.key == place.key:
        return place.formers
    if not place.current:
        return None
    parts = [
        former
        for part in reader.gazetteer.communes.get(other.key, ())
        if not part.current and part.code_2025 == place.code_2025
        for former in part.formers
    ]
    return tuple(dict.fromkeys(parts)) or None


def _doubtful(
    reader: Reader, other: Mention, mention: Mention, place: Place, has_district: bool
) -> bool:
    """Whether a bare name before may be the true commune, or a district that contradicts."""
    if has_district or other.key == place.key:
        return False
    roles = reader.roles(other.key, None)
    if Role.DISTRICT in roles or Role.PROVINCE in roles:
        return True
    return not mention.marker and not _became_part(reader, other, place)


def _second(reader: Reader, mention: Mention, claims: tuple[Claim, ...]) -> bool:
    """Whether another commune of the same district is named before a bare name, as bare as it.

    "An Bá - An Châu - Sơn Động": a hamlet's or a commune's name, nobody can tell.
    """
    districts = {claim.key for claim in claims if claim.role is Role.DISTRICT}
    ends = {*reader.starts, mention.begin}
    return not mention.marker and any(
        not other.marker
        and other.start in reader.starts
        and other.end in ends
        and other.end <= mention.begin
        and other.key != mention.key
        and any(districts & p.wide_districts for p in reader.gazetteer.communes.get(other.key, ()))
        for other in reader.mentions
    )


def _became_part(reader: Reader, other: Mention, place: Place) -> bool:
    return place.current and any(
        part.code_2025 == place.code_2025 for part in reader.gazetteer.communes.get(other.key, ())
    )


def _unknown_commune(reader: Reader, mention: Mention) -> bool:
    """Whether "xã" (with its diacritics) stands before, in front of a name we do not know."""
    return any(
        mark.end <= mention.begin
        and reader.words[mark.start].accented
        and reader.words[mark.end].gap < 2
        and reader.words[mark.end].key != "hoi"  # "nhà ở xã hội"
        and not reader.names_at(mark.end)
        for mark in reader.marks.values()
        if mark.marker.role is Role.COMMUNE and mark.end < len(reader.words)
    )
