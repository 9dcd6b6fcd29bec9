"""The audit trail: it only grows, and its chain shows every change made behind its back."""

from uuid import uuid4

from sqlalchemy import select, text

from mapservice.audit import service
from mapservice.audit.models import AuditEvent


def test_an_event_names_the_actor_of_its_transaction(office):
    actor, record = uuid4(), uuid4()
    office.execute(text("SELECT set_config('mapservice.actor', :a, true)"), {"a": str(actor)})
    service.record(
        office, "reveal", table_name="address", record_id=record, detail={"fields": ["name"]}
    )
    event = office.scalars(select(AuditEvent).where(AuditEvent.record_id == record)).one()
    assert (event.actor_id, event.action) == (actor, "reveal")
    assert event.detail == {"fields": ["name"]}


def test_an_event_without_detail_holds_sql_null_and_nobody(office):
    record = uuid4()
    service.record(office, "search", table_name="address", record_id=record)
    where = text(
        "SELECT actor_id IS NULL AND detail IS NULL FROM core.audit_event WHERE record_id = :id"
    )
    assert office.scalar(where, {"id": record})
