"""The form as the page sends it: one flat list of fields, an address and its needs in it.

Fields of needs are named `needs-N-field`. What is of the page and not of the record (the draft it
is kept in, the versions it shows, what was chosen between two versions) is its frame.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import request
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import MultiDict

from mapservice import forms
from mapservice.addresses.models import Nature
from mapservice.conflicts import TAKE
from mapservice.errors import DomainError, Invalid
from mapservice.forms import Filled
from mapservice.geo import Box
from mapservice.registration import coordinates, needs
from mapservice.registration.schemas import (
    MOST_NEEDS,
    NeedInput,
    PersonInput,
    PersonNeedInput,
    PlaceInput,
)

NEED = re.compile(r"needs-(\d{1,3})-([a-z_]{1,30})")
SCHEMAS = {Nature.PLACE: (PlaceInput, NeedInput), Nature.PERSON: (PersonInput, PersonNeedInput)}
SAVING = ("save", "submit")  # the second sends the record to be verified, too
ACTS = (*SAVING, "add_need", "open", "mine", "theirs")
PASTED = "pasted"


class FrameForm(Schema):
    """`seen`: what was stored when the page was opened (conflicts.seen); `clash`: fields between
    whose two versions somebody has to choose; `nature`, `address`: what the draft is of;
    `harmless`: marks of finds in public texts that were looked at."""

    act = fields.Str(load_default="save", validate=validate.OneOf(ACTS))
    draft = fields.UUID(load_default=None)
    draft_version = fields.Int(load_default=0, validate=validate.Range(0, 2**31 - 1))
    writer = fields.Str(load_default="", validate=validate.Length(max=40))
    version = fields.Int(load_default=None, validate=validate.Range(1, 2**31 - 1))
    nature = fields.Str(load_default=None, validate=validate.Length(max=6))
    address = fields.Str(load_default=None, validate=validate.Length(max=8))
    seen = fields.Str(load_default="", validate=validate.Length(max=20_000))
    clash = fields.List(fields.Str(validate=validate.Length(max=60)), load_default=list)
    harmless = fields.List(
        fields.Str(validate=validate.Regexp(r"^[0-9a-f]{64}$", error="Đánh dấu lại từng chỗ.")),
        load_default=list,
    )


@dataclass(frozen=True)
class Sheet:
    """A form that was read. `numbers`: the needs on it, in their order."""

    nature: Nature
    form: Filled
    frame: Mapping[str, object]
    numbers: Sequence[int]
    wanted: Sequence[Mapping[str, object]] = ()
    takes: Mapping[str, str] = field(default_factory=dict)

    def refused(self, refusal: DomainError) -> "Sheet":
        """The same with what a service had against it; needs are named by their place on the
        page (services count those they are given)."""
        return replace(self, form=self.form.refused(_renumbered(refusal, self.numbers)))

    def over(self, given: MultiDict) -> "Sheet":
        """The same page with these texts in its fields; nothing is said against them."""
        return replace(self, form=Filled(given), numbers=numbers_in(given))

    def with_need(self) -> "Sheet":
        """One more empty need; nothing is said against what is not finished yet."""
        shown = numbers_in(self.form.given)
        number = max(shown, default=-1) + 1
        return replace(self, numbers=[*shown, number], form=Filled(self.form.given))


def blank(nature: Nature, **given: object) -> Sheet:
    """A form nobody has typed into, with the needs that are given, or an empty one."""
    form = forms.shown(given)
    return Sheet(nature, form, FrameForm().load({}), numbers_in(form.given) or [0])


def typed(nature: Nature, pairs: Sequence[tuple[str, str]]) -> Sheet:
    """A form as it was left: nothing is checked, nothing is refused."""
    given = MultiDict([(name, value) for name, value in pairs if name != "act"])
    return Sheet(nature, Filled(given), FrameForm().load({}), numbers_in(given))


def read(nature: Nature, province: Box) -> Sheet:
    """The form of this request. A pasted position becomes latitude and longitude."""
    return of(nature, request.form, province)


def of(nature: Nature, body: MultiDict, province: Box) -> Sheet:
    """The form in `body`, read through the schemas of its parts."""
    given, said = _placed(MultiDict(body.items(multi=True)), province)
    return _read(nature, given, said, SCHEMAS[nature][0]())


def of_need(nature: Nature, body: MultiDict) -> Sheet:
    """The form in `body` that holds one need, under the number 0, and nothing of its address."""
    given = MultiDict(body.items(multi=True))
    known = replace(_read(nature, given, {}, Schema()), numbers=[0])
    return known if known.wanted else replace(known, form=_read_blank(nature, given))


def _read_blank(nature: Nature, given: MultiDict) -> Filled:
    """What is missing in a need that nobody has begun."""
    found = forms.read(SCHEMAS[nature][1](), MultiDict())
    return Filled(given, {}, {needs.name(0, name): said for name, said in found.errors.items()})


def _read(
    nature: Nature, given: MultiDict, said: Mapping[str, Sequence[str]], address_schema: Schema
) -> Sheet:
    frame, address, wanted, takes = _parted(given)
    need_schema = SCHEMAS[nature][1]()
    framed = forms.read(FrameForm(), frame)
    own = forms.read(address_schema, address)
    errors = dict(own.errors) | dict(framed.errors) | dict(said)
    read_needs = []
    for number, part in wanted.items():
        found = forms.read(need_schema, part)
        # What is to go need not be right.
        removed = part.get("remove") and part.get("id")
        read_needs.append(dict(found.values) if found.good else _removal(part) if removed else {})
        if not found.good and not removed:
            errors |= {needs.name(number, name): said for name, said in found.errors.items()}
    if len(wanted) > MOST_NEEDS:
        errors["_schema"] = [f"Một địa chỉ có nhiều nhất {MOST_NEEDS} nhu cầu."]
    numbers = list(wanted)
    for name in forms.OURS:
        given.poplist(name)
    values = {} if errors else own.values
    frame_values = framed.values or FrameForm().load({})
    return Sheet(nature, Filled(given, values, errors), frame_values, numbers, read_needs, takes)


def numbers_in(given: MultiDict) -> list[int]:
    """The numbers of the needs a form holds, in order."""
    return sorted({int(found[1]) for name in given if (found := NEED.fullmatch(name))})


def _parted(given: MultiDict) -> tuple[MultiDict, MultiDict, dict[int, MultiDict], dict[str, str]]:
    """(frame, address, needs by number, choices between versions)."""
    frame, address, takes = MultiDict(), MultiDict(), {}
    wanted = {number: MultiDict() for number in numbers_in(given)}
    for name, value in given.items(multi=True):
        if found := NEED.fullmatch(name):
            wanted[int(found[1])].add(found[2], value)
        elif name in FrameForm._declared_fields:
            frame.add(name, value)
        elif name.startswith(TAKE):
            takes[name.removeprefix(TAKE)] = value
        elif name != PASTED:
            address.add(name, value)
    # A need that nobody has begun is none.
    return frame, address, {n: part for n, part in wanted.items() if _begun(part)}, takes


def _begun(part: MultiDict) -> bool:
    """Whether anything was typed into a need; what comes filled in says nothing."""
    filled_in = {"quantity", "parts", "people_per_part"}
    return any(v.strip() for name, v in part.items(multi=True) if name not in filled_in)


def _removal(part: MultiDict) -> dict[str, object]:
    plain = {"category": "other", "urgency": "1", "title": "Bỏ nhu cầu này", "remove": "1"}
    named = {name: part[name] for name in ("id", "version") if name in part}
    return dict(NeedInput().load(plain | named))


def _placed(given: MultiDict, province: Box) -> tuple[MultiDict, dict[str, list[str]]]:
    """The form with what was pasted in the two fields of the point, and what is wrong with it."""
    pasted = given.get(PASTED, "").strip()
    if not pasted:
        return given, {}
    try:
        found = coordinates.parse(pasted, province)
    except Invalid as refusal:
        return given, dict(refusal.fields)
    given["lat"], given["lng"], given[PASTED] = f"{found.lat:.6f}", f"{found.lng:.6f}", ""
    return given, {}


def _renumbered(refusal: DomainError, numbers: Sequence[int]) -> DomainError:
    def placed(name: str) -> str:
        found = NEED.fullmatch(name)
        return needs.name(numbers[int(found[1])], found[2]) if found else name

    named = {placed(name): said for name, said in refusal.fields.items()}
    return type(refusal)(refusal.detail, code=refusal.code, fields=named)
