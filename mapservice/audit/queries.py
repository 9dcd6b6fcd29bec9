"""What the trail is asked."""

from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, cast, func


def current_actor() -> ColumnElement[UUID | None]:
    """Who acts in this transaction (the setting `mapservice.actor`); null for the system."""
    return cast(func.nullif(func.current_setting("mapservice.actor", True), ""), Uuid)
