"""Registering and changing places, people and their needs as JSON."""

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.addresses import service as addresses
from mapservice.addresses.models import Nature
from mapservice.addresses.schemas import AddressOut
from mapservice.needs import service as needs
from mapservice.needs.schemas import NeedOut
from mapservice.registration import persons, places, records, single_needs
from mapservice.registration.schemas import NeedInput, PersonInput, PlaceInput
from mapservice.registration.texts import Day, Line, Number, Paragraphs
from mapservice.rest.operations import Blueprint
from mapservice.rest.schemas import loose

KINDS = {
    Line: ("string", None),
    Paragraphs: ("string", None),
    Number: ("number", None),
    Day: ("string", "date"),
}
bp = Blueprint("registration_api", __name__, tag="Đăng ký", kinds=KINDS)

# Whether a need is one of a place or of a person its address tells; a new one has no id.
OURS = ("id", "version", "remove")
NeedGiven = loose("NeedGiven", NeedInput, required=("category", "urgency"), without=OURS)
NeedChange = loose("NeedChange", NeedInput, without=OURS)
PlaceChange = loose("PlaceChange", PlaceInput)
PersonChange = loose("PersonChange", PersonInput)

PLACE = {
    "kind": "school",
    "title": "Trường Tiểu học An Lạc, điểm trường Biểng",
    "summary": "Điểm trường xa trung tâm, phòng máy tính chưa có.",
    "commune": "07645@2022",
    "lng": 106.9693,
    "lat": 21.3282,
    "programme_year": 2026,
    "children": 85,
}
PERSON = {
    "person_kind": "elderly",
    "commune": "07645@2022",
    "programme_year": 2026,
    "name": "Người Mẫu Thử",
    "birth_year": 1948,
    "consent_register": ["person"],
    "channel": "spoken",
    "reason": "doubles",
}
NEED = {
    "category": "education",
    "title": "Dạy tin học trong hè",
    "quantity": 12,
    "parts": 2,
    "people_per_part": 4,
    "urgency": 3,
    "wanted_from": "2026-06-15",
    "wanted_until": "2026-07-31",
}


def _address(session, code):
    return addresses.read(session, gate.actor(), code)


def _need(session, code):
    return needs.read(session, gate.actor(), code)


@bp.creates(
    "/addresses/places",
    Action.REGISTER,
    PlaceInput,
    AddressOut,
    show=_address,
    at="/addresses",
    words="Đăng ký một địa điểm",
    example=PLACE,
    follow=("read_address", "change_place", "submit_address", "create_need"),
)
def create_place(session, values):
    """A place of your organisation, as a draft. The contact is sealed and never shown again here.

    Where it may be registered already (`confirm_duplicate`), or the point lies outside the commune
    (`confirm_outside`), 422 names what to confirm.
    """
    return places.register(session, gate.actor(), values, []).public_code


@bp.creates(
    "/addresses/persons",
    Action.REGISTER,
    PersonInput,
    AddressOut,
    show=_address,
    at="/addresses",
    words="Đăng ký một người hoặc hộ gia đình",
    example=PERSON,
    follow=("read_address", "change_person", "submit_address", "create_need"),
)
def create_person(session, values):
    """A person or household, as a draft, with the consents that were given.

    What identifies them is sealed: no operation of this API shows it again. `reason`: why the
    province, which must say so, compares records.
    """
    return persons.register(session, gate.actor(), values, []).public_code


@bp.changes(
    "/addresses/places/<code>",
    Action.REGISTER,
    PlaceChange,
    AddressOut,
    words="Sửa một địa điểm",
    example={"title": "Trường Tiểu học An Lạc", "children": 90},
)
def change_place(session, values, seen, code):
    """Change what is given of a place; a contact's name stays unless another one is given.

    In a public place a new text that reads like a name, a number or a door answers 422
    (`names-found`): to call it harmless is done by a person, on the page.
    """
    actor = gate.actor()
    place = records.find(session, actor, code, nature=Nature.PLACE)
    whole = PlaceInput().load(places.typed(session, place) | values)
    places.change(session, actor, code, seen, whole, [])
    return _address(session, code)


@bp.changes(
    "/addresses/persons/<code>",
    Action.REGISTER,
    PersonChange,
    AddressOut,
    words="Sửa hồ sơ một người hoặc hộ gia đình",
    example={"severity": 3},
)
def change_person(session, values, seen, code):
    """Change what is given of a person; private fields that are left out stay as they are."""
    actor = gate.actor()
    person = records.find(session, actor, code, nature=Nature.PERSON)
    whole = PersonInput().load(persons.typed(session, person) | values)
    persons.change(session, actor, code, seen, whole, [])
    return _address(session, code)


@bp.creates(
    "/addresses/<code>/needs",
    Action.REGISTER,
    NeedGiven,
    NeedOut,
    show=_need,
    at="/needs",
    words="Thêm một nhu cầu",
    example=NEED,
    follow=("read_need", "change_need", "submit_need"),
)
def create_need(session, values, code):
    """A need of this address, as a draft: also of one that is published, where it is submitted and
    verified by itself. Of a person it has no title, words, unit or counts.
    """
    return single_needs.add(session, gate.actor(), code, values).public_code


@bp.changes(
    "/needs/<code>",
    Action.REGISTER,
    NeedChange,
    NeedOut,
    words="Sửa một nhu cầu",
    example={"urgency": 4},
)
def change_need(session, values, seen, code):
    """Change what is given of a need; a public one's texts are looked at as a place's."""
    single_needs.change(session, gate.actor(), code, seen, values)
    return _need(session, code)
