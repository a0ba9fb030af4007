"""Reading a whole account: faults, kills, takeovers and odd servers lose nothing (S27)."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.errors import CrmUnavailable
from connector.port.records import Bounds, ContactRow, IdRange, OrderBroken, Page, Stream
from core.clock import SystemClock
from core.db import reading
from sync.backfill import runs
from sync.backfill.reading import Backfill
from sync.backfill.tables import ranges
from sync.backfill.tables import runs as run_rows
from sync.inbox.deliveries import refresh
from sync.mirror.store import archive_contacts, count_contacts, save_contacts
from sync.mirror.tables import contacts
from sync.mirror.unscored import load_unscored
from tests.rekindle import Rekindle
from tests.scoring.mirrored import Mirrored

pytestmark = pytest.mark.integration

AS_OF = datetime(2026, 11, 16, tzinfo=UTC)
EMPTY = dict.fromkeys(ContactRow.__annotations__)


def row(number: int, **more: object) -> ContactRow:
    known = {"contact_id": str(number), "archived": False, "fields": "{}", "known": "{}"}
    return {**EMPTY, **known, **more}  # type: ignore[typeddict-item]


@dataclass
class Shelf:
    """A CRM of numbered contacts, pages of ten, that can be told to fail."""

    ids: Sequence[int]
    fail_at: int = 0  # the n-th page request and every one after it fails
    ordered: bool = True
    asked: int = 0
    pages: list[tuple[str | None, str | None]] = field(default_factory=list)
    asked_by_id: list[str] = field(default_factory=list)
    changed: dict[int, int] = field(default_factory=dict)  # number → when, as the CRM counts

    def row(self, number: int) -> ContactRow:
        at = self.changed.get(number)
        return row(number, updated_at=at or 0, email=f"{at}@example.com" if at else None)

    def fetch_contacts(self, contact_ids: Sequence[str], *, closely: bool = False) -> Page:
        del closely
        self.asked_by_id += contact_ids
        found = [self.row(int(i)) for i in contact_ids if int(i) in self.ids]
        return Page(len(found), None, contacts=found)

    def streams(self) -> tuple[Stream, ...]:
        return (Stream.CONTACTS,)

    def bounds(self, stream: Stream) -> Bounds:
        if not self.ids:
            return Bounds((IdRange(None, None),), 0)
        top = str(max(self.ids))
        return Bounds((IdRange("0", top), IdRange(top, None)), len(self.ids))

    def halve(self, part: IdRange, cursor: str | None) -> tuple[IdRange, IdRange] | None:
        lower, upper = int(cursor or part.lower or 0), int(part.upper or 0)
        if part.upper is None or upper - lower <= 20:
            return None
        middle = str((lower + upper) // 2)
        return IdRange(str(lower), middle), IdRange(middle, part.upper)

    def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        self.asked += 1
        if self.fail_at and self.asked >= self.fail_at:
            raise CrmUnavailable("down", retry_after=0.0)
        if not self.ordered and part != IdRange(None, None):
            raise OrderBroken
        self.pages.append((part.lower, cursor))
        after = int(cursor or part.lower or 0)
        upper = int(part.upper) if part.upper else 10**12
        found = sorted(i for i in self.ids if after < i <= upper)
        page = found[:10]
        following = str(page[-1]) if len(found) > 10 else None
        return Page(len(page), following, contacts=[self.row(i) for i in page])


def read(engine: Engine, shelf: Shelf) -> runs.Run:
    here = Mirrored(engine, "a-1").context
    return Backfill(here, shelf, "a-1", in_flight=4).run(as_of=AS_OF)


def stored(engine: Engine) -> set[int]:
    query = sa.select(contacts.c.contact_id).where(contacts.c.archived.is_(False))
    with reading(engine) as connection:
        return {int(r.contact_id) for r in connection.execute(query)}


@pytest.mark.parametrize(
    "ids",
    [
        [],
        [7],
        range(1, 11),
        range(1, 500),
        range(5, 90_000, 97),
        [*range(1, 60), *range(1_000_000, 1_000_300)],
    ],
)
def test_every_contact_is_read_whatever_the_ids_look_like(engine: Engine, ids: list[int]) -> None:
    read(engine, Shelf(list(ids)))
    assert stored(engine) == set(ids)


def test_pages_are_in_flight_in_several_ranges(engine: Engine) -> None:
    shelf = Shelf(list(range(1, 2_000)))
    read(engine, shelf)
    with reading(engine) as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(ranges)).scalar_one()
    assert count > 4
    assert shelf.asked < 260, "splitting must not ask much more than 200 pages"


def test_a_crm_whose_ids_come_out_of_order_is_read_as_one_range(engine: Engine) -> None:
    shelf = Shelf(list(range(1, 300)), ordered=False)
    read(engine, shelf)
    assert stored(engine) == set(range(1, 300))


def test_s27_a_failure_in_the_middle_keeps_what_was_read_and_goes_on_from_there(
    engine: Engine,
) -> None:
    broken = Shelf(list(range(1, 1_000)), fail_at=30)
    with pytest.raises(CrmUnavailable):
        read(engine, broken)
    kept = stored(engine)
    assert 0 < len(kept) < 999
    mended = Shelf(list(range(1, 1_000)))
    read(engine, mended)
    assert stored(engine) == set(range(1, 1_000))
    assert mended.asked <= 100 + 30 - len(kept) // 10, "what was read is not read again"
    with reading(engine) as connection:
        states = [r.state for r in connection.execute(sa.select(run_rows.c.state))]
    assert states == ["done"]


@pytest.mark.parametrize("kill_at", [1, 2, 3, 5, 8, 13, 40, 69])
def test_a_worker_killed_anywhere_loses_nothing(engine: Engine, kill_at: int) -> None:
    class Dying(Shelf):
        def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
            if self.asked + 1 >= kill_at:
                raise Killed
            return super().fetch_page(stream, part, cursor)

    with pytest.raises(Killed):
        read(engine, Dying(list(range(1, 700))))
    read(engine, Shelf(list(range(1, 700))))
    assert stored(engine) == set(range(1, 700))


def test_a_worker_that_was_taken_over_can_store_nothing_more(engine: Engine) -> None:
    taken: list[runs.Run] = []

    class Slow(Shelf):
        def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
            if self.asked == 3 and not taken:
                with engine.begin() as tx:
                    taken.append(
                        runs.start_or_take_over(tx, "a-1", as_of=AS_OF, now=SystemClock().now())
                    )
            return super().fetch_page(stream, part, cursor)

    with pytest.raises(runs.RunTakenOver):
        read(engine, Slow(list(range(1, 700))))


def test_contacts_that_are_gone_are_archived_by_the_next_reading(engine: Engine) -> None:
    read(engine, Shelf([1, 2, 3]))
    read(engine, Shelf([1, 3, 4]))
    assert stored(engine) == {1, 3, 4}
    with reading(engine) as connection:
        assert count_contacts(connection, "a-1") == 3


class Busy(Shelf):
    """While its pages are turned, people change and come, and notices of it are handled elsewhere."""

    engine: Engine
    lock: threading.Lock
    busy_at: list[int]
    dies_at: int = 0

    def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        page = super().fetch_page(stream, part, cursor)
        with self.lock:
            if self.busy_at and self.asked >= self.busy_at[0]:
                self.change_some(self.busy_at.pop(0))
        if 0 < self.dies_at <= self.asked:
            raise Killed
        return page

    def change_some(self, at: int) -> None:
        """20 known people and one who has just come are changed, and read again by id at once."""
        some = [*((at + n * 29) % 600 + 1 for n in range(20)), 600 + at]
        self.ids = [*self.ids, 600 + at]
        self.changed |= dict.fromkeys(some, at)
        ids = [str(n) for n in some]
        refresh(Mirrored(self.engine, "a-1").context, self, "a-1", ids)
        self.asked_by_id.clear()


class Killed(BaseException):
    pass


def busy_shelf(engine: Engine) -> Busy:
    shelf = Busy(list(range(1, 601)))
    shelf.engine, shelf.lock, shelf.busy_at = engine, threading.Lock(), [5, 30, 60]
    return shelf


def mirrored(engine: Engine) -> dict[int, str | None]:
    query = sa.select(contacts.c.contact_id, contacts.c.email).where(contacts.c.archived.is_(False))
    with reading(engine) as connection:
        return {int(r.contact_id): r.email for r in connection.execute(query)}


@pytest.mark.parametrize("dies_at", [0, 25, 55])
def test_nobody_who_changes_or_comes_during_a_reading_is_archived(
    engine: Engine, dies_at: int
) -> None:
    """60 people change, at the beginning, in the middle and at the end; the reading may change hands."""
    read(engine, Shelf(list(range(1, 601))))
    shelf = busy_shelf(engine)
    shelf.dies_at = dies_at
    if dies_at:
        with pytest.raises(Killed):
            read(engine, shelf)
        shelf.dies_at = 0
    read(engine, shelf)
    assert len(shelf.changed) >= 60
    assert mirrored(engine) == {n: shelf.row(n)["email"] for n in shelf.ids}


def test_a_suspect_who_is_there_after_all_is_stored_and_not_archived(engine: Engine) -> None:
    """Whom no page showed, as when records move while the pages are turned, is asked for by id."""

    class Hiding(Shelf):
        def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
            page = super().fetch_page(stream, part, cursor)
            shown = [c for c in page.contacts if c["contact_id"] not in {"4", "7"}]
            return Page(page.count, page.cursor, contacts=shown)

    read(engine, Shelf(list(range(1, 31))))
    shelf = Hiding([n for n in range(1, 31) if n != 9], changed={4: 3})
    read(engine, shelf)
    assert mirrored(engine)[4] == "3@example.com"
    assert set(mirrored(engine)) == set(range(1, 31)) - {9}
    assert sorted(shelf.asked_by_id) == ["4", "7", "9"], "only suspects are asked for by id"
    with reading(engine) as connection:
        marked = set(load_unscored(connection, "a-1"))
    assert marked == {"4", "9"}, "the change and the loss reach scoring"


def test_a_page_older_than_what_is_known_by_then_changes_nothing(engine: Engine) -> None:
    newer = row(1, updated_at=200, email="new@example.com")
    with engine.begin() as tx:
        save_contacts(tx, "a-1", [newer, row(2)], asked_at=2_000)
        archive_contacts(tx, "a-1", ["2"], asked_at=2_000)
        late = [row(1, updated_at=100, email="old@example.com"), row(2)]
        assert save_contacts(tx, "a-1", late, asked_at=1_000) == []
    assert mirrored(engine) == {1: "new@example.com"}
    with engine.begin() as tx:
        again = [row(1, updated_at=200, email="same@example.com"), row(2, updated_at=None)]
        assert save_contacts(tx, "a-1", again, asked_at=3_000) == ["1", "2"]
    assert mirrored(engine) == {1: "same@example.com", 2: None}


def test_a_500_in_the_middle_over_http_is_waited_out(rekindle: Rekindle) -> None:
    rekindle.install()
    rekindle.lab.control(
        "faults",
        {
            "method": "GET",
            "path": "/crm/objects/2026-09/contacts",
            "status": 500,
            "after": 1,
            "times": 2,
        },
    )
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        read_count = count_contacts(connection, rekindle.account_id)
    assert read_count == rekindle.lab.describe()["counts"]["contacts"]


def test_a_crm_that_stays_down_ends_in_a_clear_message_and_the_next_try_goes_on(
    rekindle: Rekindle,
) -> None:
    rekindle.install()
    rekindle.lab.control(
        "faults",
        {"method": "GET", "path": "/crm/objects/2026-09/calls", "status": 502, "times": 999},
    )
    with pytest.raises(CrmUnavailable, match="HubSpot is not available"):
        rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        run = runs.find_latest(connection, rekindle.account_id)
    assert run is not None
    assert run["state"] == "running"
    assert "not available" in run["error"]
    rekindle.lab.control("faults", method="DELETE")
    rekindle.lab.control("counters", method="DELETE")
    rekindle.queue.hurry(rekindle.context)
    rekindle.drain()
    asked = rekindle.lab.control("counters")["requests"]
    lists = [r for r in asked if r["method"] == "GET" and "/objects/2026-09/contacts" in r["path"]]
    assert lists == [], "the contacts had been read and are not read again"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 423},
        {"status": 477},
        {"kind": "drop"},
        {"kind": "truncate"},
    ],
)
def test_passing_troubles_of_the_crm_lose_nothing(
    rekindle: Rekindle, fault: dict[str, object]
) -> None:
    rekindle.install()
    rekindle.lab.control(
        "faults",
        {"method": "GET", "path": "/crm/objects/2026-09/contacts", "after": 1, "times": 1, **fault},
    )
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        read_count = count_contacts(connection, rekindle.account_id)
    assert read_count == rekindle.lab.describe()["counts"]["contacts"]
