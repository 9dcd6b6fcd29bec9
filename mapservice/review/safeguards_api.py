"""What protects a record, as JSON: a person's consents, and the words that may name somebody.

Who a person is stays on the page that shows it once: no answer to a program tells it.
"""

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.rest.operations import Blueprint
from mapservice.review import checks, privacy
from mapservice.review.api_schemas import ConsentsOut, TextChecksOut
from mapservice.review.schemas import ConsentForm, TicksForm, WithdrawForm

bp = Blueprint("safeguards_api", __name__, tag="Đồng ý và kiểm tra lời")
CONSENTS, CHECKS = "/addresses/<code>/consents", "/addresses/<code>/text-checks"


@bp.reads(CONSENTS, Action.REGISTER, ConsentsOut, words="Sự đồng ý của một người")
def read_consents(session, code):
    """For each purpose who has to agree, what is read to them today, and who agreed until when.

    Nobody has to for a place: then there are no purposes.
    """
    return privacy.standing(session, gate.actor(), code)


def _consents(session, name):
    return privacy.standing(session, gate.actor(), name.split("/")[0])


@bp.creates(
    CONSENTS,
    Action.REGISTER,
    ConsentForm,
    ConsentsOut,
    show=_consents,
    at="/addresses",
    words="Ghi sự đồng ý",
    example={"purpose": "share_with_team", "givers": ["person"], "channel": "paper"},
)
def give_consent(session, values, code):
    """Somebody agreed just now, to the wording of today, which was read out to them.

    `givers`: everybody whom this age asks for, no more and no fewer. 409 for a place.
    """
    privacy.give(session, gate.actor(), code, **values)
    return f"{code}/consents"


@bp.steps(
    f"{CONSENTS}/withdraw",
    Action.REGISTER,
    ConsentsOut,
    given=WithdrawForm,
    words="Rút sự đồng ý",
    example={"purpose": "share_with_team"},
)
def withdraw_consent(session, values, seen, code):
    """Somebody took consent back, which holds at once.

    Without consent to be registered (`register`) all that is known of the person is erased for
    good: `sure` says that this is understood.
    """
    actor = gate.actor()
    erased = privacy.take_back(session, actor, code, version=seen, **values)
    return privacy.ERASED | {"address": code} if erased else privacy.standing(session, actor, code)


@bp.reads(CHECKS, Action.REVIEW, TextChecksOut, words="Lời giống tên người, số điện thoại, số nhà")
def read_text_checks(session, code):
    """What in the texts of a place and its needs reads like a name, a number or a door.

    What is not `harmless` holds the record back from the map (422 `names-found`).
    """
    return checks.found(session, gate.actor(), code)


@bp.steps(
    CHECKS,
    Action.REVIEW,
    TextChecksOut,
    given=TicksForm,
    words="Ghi: các lời này không nêu tên ai",
    example={"checked": ["0" * 64]},
)
def tick_texts(session, values, seen, code):
    """Call these finds harmless, by their marks; each was looked at. 409 where one is gone."""
    actor = gate.actor()
    checks.tick(session, actor, code, version=seen, **values)
    return checks.found(session, actor, code)
