"""The tree of areas that people are published in, and what the releases before left behind."""

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mapservice.db import Base, created_now


class PartitionNode(Base):
    """A node of the fixed tree: area (root), cluster of neighbours, commune of today.

    Data (seed/<province>/partition.csv). Only a commune names its unit; the others hold what is
    below them. A commune's need groups are its children by rule and have no row.
    """

    __tablename__ = "partition_node"
    __table_args__ = (
        UniqueConstraint("unit_id"),
        CheckConstraint("code ~ '^[0-9A-Z-]{1,16}$'", name="code"),
        CheckConstraint("level IN ('area', 'cluster', 'commune')", name="level"),
        CheckConstraint("(level = 'commune') = (unit_id IS NOT NULL)", name="unit_of_commune"),
        Index("ix_partition_node_parent_code", "parent_code"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("core.partition_node.code"))
    level: Mapped[str]
    name: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))


class Release(Base):
    """One release; `partitioned`: nodes could be split anew, not only closed."""

    __tablename__ = "release"

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    released_at: Mapped[created_now]
    partitioned: Mapped[bool]
    cells: Mapped[int]


class ReleaseSplit(Base):
    """A node that is split in the current release."""

    __tablename__ = "release_split"

    node: Mapped[str] = mapped_column(ForeignKey("core.partition_node.code"), primary_key=True)
