"""Which records belong to a history, and what the trail tells of them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, func, select, text

from mapservice.accounts.models import Organisation, UserAccount
from mapservice.audit.models import AuditEvent
from mapservice.office.history_words import RECORDS, UNTOLD
from mapservice.territory.models import AdminUnit

_PROTECTED = "(a.nature = 'person' OR a.sensitive)"

# (id, label) of an address, its needs, their assignments, its photos. A label says of protected
# records nothing; a team's name is no secret of theirs.
OF_ADDRESS = text(f"""
    SELECT a.id, CASE WHEN {_PROTECTED} THEN a.public_code ELSE a.title END AS label
    FROM core.address AS a WHERE a.id = :id
    UNION ALL
    SELECT n.id, CASE WHEN NOT {_PROTECTED} THEN coalesce(n.title, c.name) END
    FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
      JOIN core.need_category AS c ON c.code = n.category
    WHERE n.address_id = :id
    UNION ALL
    SELECT x.id, t.name
    FROM core.assignment AS x JOIN core.need AS n ON n.id = x.need_id
      JOIN core.team AS t ON t.id = x.team_id
    WHERE n.address_id = :id
    UNION ALL
    SELECT p.id, NULL FROM core.photo AS p WHERE p.address_id = :id""")

# The same of a team and its assignments; those at protected needs only for :people.
OF_TEAM = text(f"""
    SELECT t.id, NULL AS label FROM core.team AS t WHERE t.id = :id
    UNION ALL
    SELECT x.id, CASE WHEN NOT {_PROTECTED} THEN coalesce(n.title, c.name) END
    FROM core.assignment AS x JOIN core.need AS n ON n.id = x.need_id
      JOIN core.need_category AS c ON c.code = n.category
      JOIN core.address AS a ON a.id = n.address_id
    WHERE x.team_id = :id AND (:people OR NOT {_PROTECTED})""")

# The same of an assignment, its reports and their photos.
OF_ASSIGNMENT = text("""
    SELECT x.id, t.name AS label
    FROM core.assignment AS x JOIN core.team AS t ON t.id = x.team_id WHERE x.id = :id
    UNION ALL
    SELECT r.id, NULL FROM core.field_report AS r WHERE r.assignment_id = :id
    UNION ALL
    SELECT p.id, NULL FROM core.photo AS p JOIN core.field_report AS r ON r.id = p.field_report_id
    WHERE r.assignment_id = :id""")

# A record to which nothing else belongs: what its page is of.
ITSELF = text("SELECT CAST(:id AS uuid) AS id, NULL AS label")

# An account and the codes that its programs sign in with; where it signed in is its owner's.
OF_ACCOUNT = text("""
    SELECT CAST(:id AS uuid) AS id, NULL AS label
    UNION ALL
    SELECT k.id, NULL FROM core.api_token AS k WHERE k.account_id = :id""")


def events(record_ids: Collection[UUID]) -> Select:
    """(event, the actor's name, that of its organisation), the newest first."""
    return (
        select(AuditEvent, UserAccount.name, Organisation.name)
        .outerjoin(UserAccount, UserAccount.id == AuditEvent.actor_id)
        .outerjoin(Organisation, Organisation.id == UserAccount.organisation_id)
        .where(*_told(record_ids))
        .order_by(AuditEvent.id.desc())
    )


def count(record_ids: Collection[UUID]) -> Select[tuple[int]]:
    """How many events `events` has."""
    return select(func.count()).select_from(AuditEvent).where(*_told(record_ids))


def organisation_names(ids: Collection[UUID]) -> Select[tuple[UUID, str]]:
    return (
        select(Organisation.id, Organisation.name)
        .where(Organisation.id.in_(ids))
        .order_by(Organisation.id)
    )


def unit_names(ids: Collection[int]) -> Select[tuple[int, str]]:
    return select(AdminUnit.id, AdminUnit.name).where(AdminUnit.id.in_(ids)).order_by(AdminUnit.id)


def _told(record_ids: Collection[UUID]) -> tuple:
    return (
        AuditEvent.record_id.in_(record_ids),
        AuditEvent.table_name.in_(RECORDS),
        AuditEvent.action.not_in(UNTOLD),
    )
