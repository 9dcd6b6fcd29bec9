"""Addresses as JSON: lists and single ones."""

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.addresses import service
from mapservice.addresses.models import Address
from mapservice.addresses.schemas import AddressOut, AddressQuery
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing

bp = Blueprint("addresses_api", __name__, tag="Địa chỉ")


@bp.lists("/addresses", Action.SEE_RECORDS, AddressOut, AddressQuery, words="Danh sách địa chỉ")
def list_addresses(session, filters):
    """The addresses of your territory. Of people and protected places: group and commune."""
    return Listing(service.listed(session, gate.actor(), filters), Address.public_code)


@bp.reads("/addresses/<code>", Action.SEE_RECORDS, AddressOut, words="Một địa chỉ")
def read_address(session, code):
    """One address of your territory."""
    return service.read(session, gate.actor(), code)
