"""Which part of the province a plan is about, and between whom help is to be even."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Grouping(StrEnum):
    """Between what the share of help is to be even: districts of 2022, or unions' territories."""

    DISTRICT, ORGANISATION = "district", "organisation"

    @classmethod
    def of(cls, config: Mapping[str, object]) -> "Grouping":
        """What the settings say."""
        return cls(str(config.get("FAIRNESS_GROUP", cls.DISTRICT)))


@dataclass(frozen=True)
class Scope:
    """Which part of the province: needs in one of the `units`; needs and teams in `territory`.

    None means no limit; an empty territory holds nothing. `codes` names single needs. `grouping`
    is no limit: it says whose shares are to be even.
    """

    units: Collection[int] | None = None
    territory: Collection[int] | None = None
    codes: Sequence[str] | None = None
    grouping: Grouping = Grouping.DISTRICT

    @property
    def names(self) -> tuple[str, ...]:
        """The clauses of `queries` that this scope asks for."""
        return tuple(self.values)

    @property
    def values(self) -> dict[str, object]:
        """Their parameters."""
        limits = {name: value for name, value in vars(self).items() if name != "grouping"}
        found = {name: value for name, value in limits.items() if value is not None}
        return found | {n: sorted(found[n]) for n in ("territory", "units") if n in found}
