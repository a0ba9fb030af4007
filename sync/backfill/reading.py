"""Reads a whole account: many pages in flight, one checkpoint for each page, safe to stop anywhere."""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from connector.errors import CrmForbidden
from connector.patience import patiently
from connector.port.records import (
    Bounds,
    IdRange,
    OrderBroken,
    Page,
    ReadsContacts,
    ReadsRecords,
    Stream,
)
from connector.port.team import ListsTeam
from core.context import Context
from core.db import chunks, reading
from core.facts import ContactsMerged
from core.moments import to_millis
from sync.backfill import runs
from sync.backfill.runs import Checkpoint, Run
from sync.inbox.deliveries import refresh
from sync.mirror import store
from sync.mirror.merging import settle_page
from sync.mirror.scanners import remember_scanners
from sync.mirror.sessions import date_sessions
from sync.mirror.team import learn_team

IN_FLIGHT = 8
SUSPECTS = 100  # asked for by id at once


@runtime_checkable
class ReadsAll(ReadsRecords, ReadsContacts, Protocol):
    """What reading a whole account takes: its streams, and single contacts by id."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A page, and when it was asked for (ms)."""

    page: Page
    asked_at: int


class Backfill:
    """One worker's reading of one account."""

    def __init__(
        self, here: Context, crm: ReadsAll, account_id: str, *, in_flight: int = IN_FLIGHT
    ) -> None:
        self._here = here
        self._engine = here.engine
        self._crm = crm
        self._account_id = account_id
        self._clock = here.wall
        self._pause = here.pause
        self._in_flight = in_flight

    def run(self, *, as_of: datetime) -> Run:
        """Read all streams from where the last try stopped; raises CrmError, RunTakenOver, ReadingPaused.

        A stream beside the contacts that may not be read is noted as missing, and the others are read.
        """
        with self._engine.begin() as tx:
            run = runs.start_or_take_over(tx, self._account_id, as_of=as_of, now=self._clock.now())
        streams = list(self._crm.streams())
        with self._engine.begin() as tx:
            runs.record_streams(tx, run, streams)
        for stream in streams:
            try:
                self._read_stream(run, stream)
                self._note_done(run, stream)
            except CrmForbidden as error:
                if stream is Stream.CONTACTS:
                    raise
                with self._engine.begin() as tx:
                    runs.record_missing(tx, run, stream, error.scopes)
                self._note_done(run, stream)
        if isinstance(self._crm, ListsTeam):
            learn_team(self._here, self._crm, self._account_id)
        self._confirm_missing(run)
        with self._engine.begin() as tx:
            runs.finish(tx, run, now=self._clock.now())
        return run

    def _note_done(self, run: Run, stream: Stream) -> None:
        with self._engine.begin() as tx:
            runs.note_part(tx, run, stream, {"done": True})

    def _confirm_missing(self, run: Run) -> None:
        """Ask by id for whom nobody has met since the reading began: only who is not there is archived.

        A contact that was made, changed or moved while the pages were turned may be on none of them.
        """
        since, after = to_millis(run.started_at), ""
        while True:
            with reading(self._engine) as connection:
                suspects = store.load_unread(
                    connection, self._account_id, since=since, after=after, limit=SUSPECTS
                )
            if not suspects:
                return
            refresh(self._here, self._crm, self._account_id, suspects)
            after = suspects[-1]
            with self._engine.begin() as tx:
                runs.record_beat(tx, run, now=self._clock.now())

    def _read_stream(self, run: Run, stream: Stream) -> None:
        waiting = self._checkpoints(run, stream)
        try:
            self._read_ranges(run, stream, waiting)
        except OrderBroken:
            # Its ids do not come in order: read it as one range, from the start, by its own cursors.
            whole = Bounds((IdRange(None, None),))
            with self._engine.begin() as tx:
                runs.begin_stream(tx, run, stream, whole, now=self._clock.now(), replace=True)
            self._read_ranges(run, stream, [Checkpoint(0, whole.ranges[0], None)])

    def _checkpoints(self, run: Run, stream: Stream) -> list[Checkpoint]:
        with self._engine.begin() as tx:
            found = runs.load_checkpoints(tx, run, stream)
        if found is not None:
            return found
        bounds = patiently(lambda: self._crm.bounds(stream), pause=self._pause)
        with self._engine.begin() as tx:
            runs.begin_stream(tx, run, stream, bounds, now=self._clock.now())
        return [Checkpoint(n, part, None) for n, part in enumerate(bounds.ranges)]

    def _read_ranges(self, run: Run, stream: Stream, waiting: list[Checkpoint]) -> None:
        """Keep up to `in_flight` pages under way; a finished page makes room, or is split to fill it."""
        next_number = self._ranges_ever(run, stream)
        flying: dict[Future[_Fetched], Checkpoint] = {}
        pool = ThreadPoolExecutor(self._in_flight, thread_name_prefix="page")
        try:
            while waiting or flying:
                while waiting and len(flying) < self._in_flight:
                    checkpoint = waiting.pop(0)
                    flying[pool.submit(self._fetch, stream, checkpoint)] = checkpoint
                done, _ = wait(flying, return_when=FIRST_COMPLETED)
                for future in done:
                    checkpoint = flying.pop(future)
                    idle = self._in_flight - len(flying) - len(waiting) - 1
                    rest = self._keep(
                        run, stream, checkpoint, future.result(), idle=idle, number=next_number
                    )
                    next_number += len(rest) > 1
                    waiting += rest
                if self._here.must_pause():
                    raise runs.ReadingPaused("Others are let in first.")
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _fetch(self, stream: Stream, checkpoint: Checkpoint) -> _Fetched:
        asked_at = to_millis(self._clock.now())
        page = patiently(
            lambda: self._crm.fetch_page(stream, checkpoint.part, checkpoint.cursor),
            pause=self._pause,
        )
        return _Fetched(page, asked_at)

    def _keep(
        self,
        run: Run,
        stream: Stream,
        checkpoint: Checkpoint,
        fetched: _Fetched,
        *,
        idle: int,
        number: int,
    ) -> list[Checkpoint]:
        """Store a page and its checkpoint together; answers what is left of the range, split if threads are idle."""
        with self._here.begin() as tx:
            page, merged = settle_page(
                tx, self._account_id, fetched.page, asked_at=fetched.asked_at
            )
            page = date_sessions(
                tx, self._account_id, remember_scanners(tx, self._account_id, page)
            )
            for ids in chunks(merged):
                self._here.publish(tx, ContactsMerged(self._account_id, tuple(ids)))
            store.save_contacts(tx, self._account_id, page.contacts, asked_at=fetched.asked_at)
            store.save_activities(tx, self._account_id, page.activities)
            store.save_deals(tx, self._account_id, page.deals)
            runs.record_page(
                tx,
                run,
                stream,
                checkpoint,
                cursor=page.cursor,
                count=page.count,
                now=self._clock.now(),
            )
            if page.cursor is None:
                return []
            halves = self._crm.halve(checkpoint.part, page.cursor) if idle > 0 else None
            if halves is None:
                return [Checkpoint(checkpoint.range_no, checkpoint.part, page.cursor)]
            return list(runs.record_split(tx, run, stream, checkpoint, halves, number))

    def _ranges_ever(self, run: Run, stream: Stream) -> int:
        with self._engine.begin() as tx:
            return runs.count_ranges(tx, run, stream)
