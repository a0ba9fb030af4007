"""Finds what no notice told of: what the CRM's own searches say has changed, and who is there or gone."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from connector.patience import patiently
from connector.port.changes import Changes, ReadsChanges
from connector.port.records import Page, ReadsContacts
from core.context import Context
from core.db import chunks, reading
from core.moments import to_millis
from sync.backfill import polls
from sync.backfill.presence import find_differences
from sync.inbox.deliveries import keep, refresh
from sync.mirror import store

AT_ONCE = 200


@runtime_checkable
class Pollable(ReadsChanges, ReadsContacts, Protocol):
    """What a poll takes: searches for changes, and single contacts by id."""


class Polling:
    """One account being asked what has changed."""

    def __init__(self, here: Context, crm: Pollable, account_id: str) -> None:
        self._here = here
        self._engine = here.engine
        self._crm = crm
        self._account_id = account_id
        self._clock = here.wall
        self._pause = here.pause

    def begin(self) -> None:
        """Remember the CRM's time of now, unless there is an earlier one: from there on changes count."""
        with reading(self._engine) as connection:
            if polls.find_poll(connection, self._account_id) is not None:
                return
        begun = patiently(lambda: self._crm.fetch_changes(None), pause=self._pause)
        at = self._here.clock.now()
        with self._engine.begin() as tx:
            polls.record_begun(tx, self._account_id, begun.watermark, now=self._clock.now(), at=at)

    def run(self) -> None:
        """Read again what has changed; contacts that have changed are told of as they are stored.

        The watermark moves on after what it covers is stored: who takes over asks for some of it again.
        """
        at = self._here.clock.now()
        with self._engine.begin() as tx:
            poll = polls.find_poll(tx, self._account_id)
            polls.record_asked(tx, self._account_id, now=self._clock.now(), at=at)
        if poll is None:
            self.begin()
            return
        watermark, more, settled_at = poll.watermark, True, None
        while more:
            changes = self._ask(watermark)
            self._take(changes)
            watermark, more = changes.watermark, changes.more
            settled_at = settled_at or changes.settled_at
            with self._engine.begin() as tx:
                polls.record_watermark(tx, self._account_id, watermark)
        if settled_at is not None:
            self._compare(settled_at, unexplained=poll.unexplained)

    def _ask(self, watermark: str) -> Changes:
        return patiently(lambda: self._crm.fetch_changes(watermark), pause=self._pause)

    def _take(self, changes: Changes) -> None:
        """Store what came whole, and read by id what the mirror does not have as it is by now."""
        with reading(self._engine) as connection:
            moved = store.find_behind(connection, self._account_id, changes.moved)
            replaced = store.find_live(connection, self._account_id, changes.replaced)
        page = Page(len(changes.activities), None, activities=changes.activities)
        keep(self._here, self._account_id, page, asked_at=to_millis(self._clock.now()))
        self._refresh(changes.busy, closely=True)
        read = set(changes.busy)
        self._refresh([i for i in [*moved, *replaced] if i not in read])

    def _compare(self, settled_at: int, *, unexplained: int) -> None:
        """Where the CRM counts others than the mirror has, find who they are, and read those by id."""
        total = patiently(self._crm.count_contacts, pause=self._pause)
        with reading(self._engine) as connection:
            difference = total - store.count_contacts(connection, self._account_id)
        if difference == unexplained:
            return
        with reading(self._engine) as connection:
            known = store.load_created(connection, self._account_id)
        for ids in find_differences(self._crm, known, until=settled_at, pause=self._pause):
            self._refresh(ids)
        self._note_unexplained(settled_at, different=difference != 0)

    def _note_unexplained(self, settled_at: int, *, different: bool) -> None:
        """What is left may be the search's own mistake: it is not looked for again while it stays."""
        span = (0, settled_at)
        rest = 0
        if different:
            counted = patiently(lambda: self._crm.count_contacts(span), pause=self._pause)
            with reading(self._engine) as connection:
                rest = counted - store.count_contacts(connection, self._account_id, created=span)
        with self._engine.begin() as tx:
            polls.record_unexplained(tx, self._account_id, rest)

    def _refresh(self, contact_ids: Sequence[str], *, closely: bool = False) -> None:
        for ids in chunks(contact_ids, AT_ONCE):
            refresh(self._here, self._crm, self._account_id, ids, closely=closely)
