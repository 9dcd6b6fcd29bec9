"""What the address of a list may ask; a page leaves out what it does not know."""

from enum import StrEnum

from marshmallow import EXCLUDE, Schema, fields, validate

from mapservice.accounts.models import InvitationState, OrganisationLevel, Role
from mapservice.addresses.models import AddressStatus, Nature
from mapservice.embed.queries import ALLOWED, REMOVED
from mapservice.imports.models import BatchKind, BatchStatus
from mapservice.inbox.models import OfferKind, OfferStatus, SuggestionStatus
from mapservice.inbox.queries import OFFER, SUGGESTION
from mapservice.matching.models import AssignmentStatus, PlanStatus
from mapservice.needs.models import NeedStatus
from mapservice.office.account_queries import ACTIVE, DISABLED
from mapservice.teams.models import TeamKind, TeamState

CODE = validate.Length(1, 40)
PAGES = 100_000  # beyond the last page the last one is shown
FORMATS = ("xlsx", "csv", "print")
ROLE = fields.Enum(Role, by_value=True)
YEAR = fields.Int(validate=validate.Range(2000, 2100))
TICKED = validate.Equal(True)  # a box that is not ticked asks nothing


class TakingReason(StrEnum):
    """Why somebody takes a file that tells of persons: a code, as of every look at one of them."""

    REPORT = "report"
    REVIEW = "review"
    PLANNING = "planning"
    VISIT = "visit"
    REQUEST = "request"


class _Shown(Schema):
    """How the rows of every list are found and shown. `reason`: why its file is taken."""

    class Meta:
        unknown = EXCLUDE

    q = fields.Str(validate=validate.Length(1, 100))
    sort = fields.Str(validate=CODE)
    page = fields.Int(validate=validate.Range(1, PAGES))
    format = fields.Str(validate=validate.OneOf(FORMATS))
    reason = fields.Enum(TakingReason, by_value=True)


class _ListQuery(_Shown):
    """What every list of things that lie somewhere is filtered by."""

    unit = fields.Str(validate=CODE)


class _OfOffices(_ListQuery):
    organisation = fields.Str(validate=CODE)


class _OfNeeds(_OfOffices):
    category = fields.Str(validate=CODE)
    year = YEAR


class AddressesQuery(_OfNeeds):
    """`due`: to be checked within so many days; `mine`: registered by who asks."""

    status = fields.Enum(AddressStatus, by_value=True)
    nature = fields.Enum(Nature, by_value=True)
    kind = fields.Str(validate=CODE)
    due = fields.Int(validate=validate.Range(1, 90))
    mine = fields.Bool(validate=TICKED)


class NeedsQuery(_OfNeeds):
    """`open`: a team may still come or is there."""

    status = fields.Enum(NeedStatus, by_value=True)
    urgency = fields.Int(validate=validate.Range(1, 4))
    open = fields.Bool(validate=TICKED)


class AssignmentsQuery(_OfNeeds):
    """`open`: somebody has still to do something."""

    status = fields.Enum(AssignmentStatus, by_value=True)
    urgency = fields.Int(validate=validate.Range(1, 4))
    open = fields.Bool(validate=TICKED)


class HistoryQuery(Schema):
    """Which page; beyond the last one the last."""

    class Meta:
        unknown = EXCLUDE

    page = fields.Int(load_default=1, validate=validate.Range(1, PAGES))


class LettersQuery(_ListQuery):
    """`kind`: offers or suggestions, or one kind of them; `open`: nobody has answered yet."""

    kind = fields.Str(validate=validate.OneOf((OFFER, SUGGESTION, *OfferKind, *Nature)))
    status = fields.Str(validate=validate.OneOf({*OfferStatus, *SuggestionStatus}))
    category = fields.Str(validate=CODE)
    year = YEAR
    open = fields.Bool(validate=TICKED)


class UsersQuery(_OfOffices):
    role = ROLE
    state = fields.Str(validate=validate.OneOf((ACTIVE, DISABLED)))


class InvitationsQuery(_OfOffices):
    role = ROLE
    state = fields.Enum(InvitationState, by_value=True)


class OrganisationsQuery(_OfOffices):
    """`organisation`: with all below it; `bare`: without a territory."""

    level = fields.Enum(OrganisationLevel, by_value=True)
    bare = fields.Bool(validate=TICKED)


class ImportsQuery(_OfOffices):
    """`unit`: of an office there; `year`: uploaded in it; `open`: not yet at an end."""

    kind = fields.Enum(BatchKind, by_value=True)
    status = fields.Enum(BatchStatus, by_value=True)
    year = YEAR
    open = fields.Bool(validate=TICKED)


class PlansQuery(_OfOffices):
    """`unit`: made for some of it; `year`: made in it."""

    status = fields.Enum(PlanStatus, by_value=True)
    year = YEAR


class SitesQuery(_Shown):
    """Of sites that may show the map in a frame."""

    status = fields.Str(validate=validate.OneOf((ALLOWED, REMOVED)))


class EmbedViewsQuery(_Shown):
    """`days`: the last so many."""

    days = fields.Int(validate=validate.Range(1, 3660))


class TeamsQuery(_OfOffices):
    """`verified`: yes or no; `unsure`: not verified, or changed since and to be looked at again."""

    kind = fields.Enum(TeamKind, by_value=True)
    state = fields.Enum(TeamState, by_value=True)
    verified = fields.Bool()
    unsure = fields.Bool(validate=TICKED)
