"""The union's tree with its territories, and the accounts that work in it.

Every name is visibly invented. No account has a password until `sign_ins.give` sets one.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, text

from mapservice.demo import queries
from mapservice.demo.calendar import Calendar
from mapservice.demo.communes import Commune
from mapservice.demo.copying import Copier
from mapservice.demo.randomness import Stream
from mapservice.territory.names import fold

SHUT = "!"  # in place of a password's hash: nothing verifies against it
MAIL = "@demo.invalid"  # .invalid is reserved: such an address exists nowhere
DISTRICT_UNIONS = {"Thành phố": "Thành đoàn", "Thị xã": "Thị đoàn"}


@dataclass
class Offices:
    """Ids of organisations and accounts: of the province, by district code, by commune code."""

    province: UUID
    admin: UUID
    viewer: UUID
    district: dict[str, UUID] = field(default_factory=dict)
    officer: dict[str, UUID] = field(default_factory=dict)
    commune: dict[str, UUID] = field(default_factory=dict)
    registrar: dict[str, UUID] = field(default_factory=dict)
    logins: dict[UUID, str] = field(default_factory=dict)


class Founder:
    """Writes organisations, their territories and accounts."""

    def __init__(self, stream: Stream, calendar: Calendar, copier: Copier):
        self._stream, self._calendar, self._copier = stream, calendar, copier
        self._logins: dict[UUID, str] = {}

    def found(self, connection: Connection, province: str, communes: Sequence[Commune]) -> Offices:
        """The province's union, one of each district, one of each commune of the former era."""
        rows = connection.execute(text(queries.PROVINCES), {"province": province}).all()
        top = self._organisation(
            f"TD-{province}", f"Tỉnh đoàn {rows[0].short_name}", "province", None
        )
        self._territory(top, [row.id for row in rows])
        offices = Offices(
            top,
            self.account("admin", "Quản trị viên Mẫu", top, "admin"),
            self.account("nguoixem", "Người xem Mẫu", top, "viewer"),
            logins=self._logins,
        )
        today = _todays_communes(communes)
        for commune in communes:
            if commune.district_code not in offices.district:
                self._found_district(offices, commune, today[commune.district_code])
            self._found_commune(offices, commune)
        return offices

    def account(self, name: str, shown: str, organisation: UUID, role: str) -> UUID:
        """Add an account `name`@demo.invalid; its id."""
        account_id = self._stream.uuid()
        login = name + MAIL
        if login in self._logins.values():
            raise ValueError(f"{login} is given twice")
        self._logins[account_id] = login
        made = self._calendar.moment(self._stream, self._stream.randint(720, 800))
        self._copier.add(
            "core.user_account",
            id=account_id,
            login=login,
            password_hash=SHUT,
            name=shown,
            organisation_id=organisation,
            role=role,
            created_at=made,
        )
        return account_id

    def _found_district(self, offices: Offices, commune: Commune, current: list[int]) -> None:
        union = DISTRICT_UNIONS.get(commune.district_kind, "Huyện đoàn")
        code, name = commune.district_code, f"{union} {commune.district_short}"
        made = self._organisation(f"HD-{code}", name, "district", offices.province)
        self._territory(made, [commune.district_id, *current])
        offices.district[code] = made
        offices.officer[code] = self.account(
            f"{slug(union)}.{slug(commune.district_short)}",
            f"Cán bộ Mẫu {commune.district_short}",
            made,
            "officer",
        )

    def _found_commune(self, offices: Offices, commune: Commune) -> None:
        parent = offices.district[commune.district_code]
        made = self._organisation(
            f"XD-{commune.code}", f"Đoàn {commune.in_text}", "commune", parent
        )
        self._territory(made, [commune.id])
        offices.commune[commune.code] = made
        # The code tells apart communes of one name in two districts.
        offices.registrar[commune.code] = self.account(
            f"doan{slug(commune.kind)}.{slug(commune.short_name)}.{commune.code}",
            f"Người đăng ký Mẫu {commune.short_name}",
            made,
            "registrar",
        )

    def _organisation(self, code: str, name: str, level: str, parent: UUID | None) -> UUID:
        made = self._stream.uuid()
        self._copier.add(
            "core.organisation", id=made, code=code, name=name, level=level, parent_id=parent
        )
        return made

    def _territory(self, organisation: UUID, units: list[int]) -> None:
        for unit in sorted(set(units)):
            self._copier.add("core.organisation_unit", organisation_id=organisation, unit_id=unit)


def union_in_text(commune: Commune) -> str:
    """The commune's union inside a sentence."""
    return f"Đoàn {commune.in_text}"


def slug(name: str) -> str:
    """Letters and digits only, without diacritics: "Sơn Động" -> "sondong"."""
    return "".join(letter for letter in fold(name) if letter.isalnum())


def _todays_communes(communes: Sequence[Commune]) -> dict[str, list[int]]:
    """District code -> communes of today that lie in it, by the larger part of their area."""
    areas: dict[int, Counter[str]] = defaultdict(Counter)
    for commune in communes:
        areas[commune.current_id][commune.district_code] += commune.area_km2
    found: dict[str, list[int]] = defaultdict(list)
    for unit in sorted(areas):
        found[areas[unit].most_common(1)[0][0]].append(unit)
    return found
