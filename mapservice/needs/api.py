"""Needs as JSON: lists and single ones."""

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.needs import service
from mapservice.needs.models import Need
from mapservice.needs.schemas import NeedOut, NeedQuery
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing

bp = Blueprint("needs_api", __name__, tag="Nhu cầu")


@bp.lists("/needs", Action.SEE_RECORDS, NeedOut, NeedQuery, words="Danh sách nhu cầu")
def list_needs(session, filters):
    """The needs of your territory. Of people and protected places: how urgent, and how far."""
    return Listing(service.listed(session, gate.actor(), filters), Need.public_code)


@bp.reads("/needs/<code>", Action.SEE_RECORDS, NeedOut, words="Một nhu cầu")
def read_need(session, code):
    """One need of your territory."""
    return service.read(session, gate.actor(), code)
