"""Registering addresses: what others call. Flushes; the caller commits."""

from mapservice.registration.persons import change as change_person
from mapservice.registration.persons import register as register_person
from mapservice.registration.places import change as change_place
from mapservice.registration.places import register as register_place

__all__ = ["change_person", "change_place", "register_person", "register_place"]
