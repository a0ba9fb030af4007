"""Where an account stands, read from its database: what has moved since the last look, and what is still to do."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

# What moves when the account gets on; a sign of life alone (a lease, a try counted) is not progress.
_MOVES = {
    "installations": ("status", "installed_at"),
    "runs": ("state", "stream", "read_count"),
    "ranges": ("done",),
    "scorings": ("pass_no",),
    "unscored": (),
    "contacts": ("archived",),
    "decisions": ("status", "decided_at"),
    "plans": ("state",),
    "plan_writes": ("state",),
    "enrollments": ("state",),
    "jobs": ("job", "state"),
}
# Rows that say of themselves that something is still to be done.
_OPEN = {
    "runs": "state = 'running'",
    "unscored": "1 = 1",
    "plans": "state = 'approved'",
    "enrollments": "state = 'starting'",
    "deliveries": "handled_at is null",
    "jobs": "state <> 'given_up'",
}


@dataclass(slots=True)
class Database:
    """A look into the product's database, which it shares no code with."""

    engine: Engine
    account_id: str
    columns: dict[str, set[str]] = field(default_factory=dict)

    def moves(self) -> dict[str, Any]:
        """A picture that differs from an earlier one when the account got on in between."""
        picture: dict[str, Any] = {}
        with self.engine.connect() as connection:
            tables = self._tables(connection)
            for table, names in _MOVES.items():
                if table in tables:
                    picture[table] = self._grouped(connection, table, names, tables[table])
            picture["notices"] = self._count(connection, "deliveries", "handled_at is not null")
        return picture

    def open_work(self) -> dict[str, int]:
        """What is still to do, by table; nothing is in it when the account is at rest."""
        with self.engine.connect() as connection:
            tables = self._tables(connection)
            found = {
                table: self._count(connection, table, condition)
                for table, condition in _OPEN.items()
                if table in tables
            }
        return {table: number for table, number in found.items() if number}

    def given_up(self) -> list[str]:
        """Jobs that are not tried again, with the error they were given up for."""
        rows = self.all("select job, error_code from jobs where state = 'given_up' order by 1, 2")
        return [f"{job} was given up for {code}" for job, code in rows]

    def one(self, query: str, **values: Any) -> Any:
        """The first value of a query about this account, or None."""
        rows = self.all(query, **values)
        return rows[0][0] if rows else None

    def all(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            given = {"account": self.account_id, **values}
            return [tuple(row) for row in connection.execute(sa.text(query), given)]

    def holding(self, contact_id: str, *, but: Iterable[str]) -> list[str]:
        """The tables that have a row of this contact, apart from those named."""
        found = []
        with self.engine.connect() as connection:
            for table, columns in sorted(self._tables(connection).items()):
                if "contact_id" in columns and table not in set(but):
                    query = f"select count(*) from {table} where contact_id = :contact"  # noqa: S608
                    rows = connection.execute(sa.text(query), {"contact": contact_id})
                    found += [table] if rows.scalar_one() else []
        return found

    def integrity(self) -> str:
        """What SQLite says of its own file; PostgreSQL checks itself."""
        if self.engine.dialect.name != "sqlite":
            return "ok"
        with self.engine.connect() as connection:
            return str(connection.execute(sa.text("PRAGMA integrity_check")).scalar_one())

    def write_out(self, path: Path) -> None:
        """Every row of every table as JSON, for somebody who looks for a reason."""
        with self.engine.connect() as connection:
            rows = {
                table: [
                    dict(row)
                    for row in connection.execute(
                        sa.text(f"select * from {table}")  # noqa: S608  our own tables
                    ).mappings()
                ]
                for table in self._tables(connection)
            }
        path.write_text(json.dumps(rows, indent=1, default=str), encoding="utf-8")

    def _tables(self, connection: Connection) -> dict[str, set[str]]:
        """Table → its columns, looked up once: the schema stays while a round is played."""
        if not self.columns:
            inspector = sa.inspect(connection)
            for name in inspector.get_table_names():
                self.columns[name] = {str(c["name"]) for c in inspector.get_columns(name)}
        return self.columns

    def _grouped(
        self, connection: Connection, table: str, names: tuple[str, ...], columns: set[str]
    ) -> list[tuple[Any, ...]]:
        known = [name for name in names if name in columns]
        shown = ", ".join([*known, "count(*)"])
        group = f" group by {', '.join(known)}" if known else ""
        query = f"select {shown} from {table}{group}"  # noqa: S608  names of our own tables
        return sorted((tuple(r) for r in connection.execute(sa.text(query))), key=repr)

    def _count(self, connection: Connection, table: str, condition: str) -> int:
        query = f"select count(*) from {table} where {condition}"  # noqa: S608  our own words
        return int(connection.execute(sa.text(query)).scalar_one())
