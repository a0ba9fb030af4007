"""What was decided, said and done about each person of a trial: our log and ledger beside what the CRM holds."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import httpx2
import orjson

from app.lab.deployment import Deployment
from connector.registry import DEFAULT_PROVIDER
from core.db import reading
from workflows.enrollment.rounds import load_asked, load_rounds
from workflows.handoff import store as handoffs
from workflows.log import store as decision_log

Row = dict[str, Any]


class Histories:
    """The people of one account who were ever started."""

    def __init__(self, deployed: Deployment, crm: str, account_id: str, remote_id: str) -> None:
        self._here = deployed.context
        self._account_id = account_id
        self._sandbox = httpx2.Client(base_url=deployed.sandbox, timeout=600)
        own = "" if crm == DEFAULT_PROVIDER else f"/{crm}"
        self._path = f"/control{own}/contacts/{remote_id}"

    def counters(self) -> Row:
        """What the sandbox has counted."""
        found: Row = self._sandbox.get("/control/counters").raise_for_status().json()
        return found

    @cached_property
    def rounds(self) -> dict[str, list[Row]]:
        """Contact → their rounds that began."""
        with reading(self._here.engine) as connection:
            rows = load_rounds(connection, self._account_id)
        return _by_contact(row for row in rows if row["started_at"] is not None)

    @cached_property
    def asked(self) -> dict[str, list[Row]]:
        """Contact → the messages that the CRM was asked for."""
        with reading(self._here.engine) as connection:
            return _by_contact(load_asked(connection, self._account_id))

    @cached_property
    def handoffs(self) -> dict[str, list[Row]]:
        """Contact → what became of their answers."""
        with reading(self._here.engine) as connection:
            return handoffs.load_of(connection, self._account_id, self.rounds)

    @cached_property
    def held(self) -> dict[str, Row]:
        """Contact → messages, tasks and workflows as the CRM holds them; none of whom a merge has ended."""
        found = {}
        for contact_id in self.rounds:
            answer = self._sandbox.get(f"{self._path}/{contact_id}")
            if answer.is_success:
                found[contact_id] = answer.json()
        return found

    def each(self) -> Iterator[Row]:
        """Everything of one person after the other."""
        for contact_id, rounds in self.rounds.items():
            with reading(self._here.engine) as connection:
                decided = decision_log.load_entries(
                    connection, self._account_id, contact_ids=[contact_id]
                )
            yield {
                "contact": contact_id,
                "rounds": rounds,
                "asked": self.asked.get(contact_id, []),
                "handoffs": self.handoffs.get(contact_id, []),
                "decided": decided,
                "crm": self.held.get(contact_id),
            }


def as_line(history: Row) -> bytes:
    """One person as JSON; names of columns are more to the database's library than text."""
    return orjson.dumps(history, default=str, option=orjson.OPT_NON_STR_KEYS)


def _by_contact(rows: Any) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["contact_id"], []).append(dict(row))
    return found
