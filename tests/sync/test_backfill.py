"""Reading a whole account: faults, kills, takeovers and odd servers lose nothing (S27)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.errors import CrmUnavailable
from connector.port import Bounds, ContactRow, IdRange, OrderBroken, Page, Stream
from core.clock import SystemClock
from core.db import reading
from sync import runs
from sync.backfill import Backfill
from sync.store import count_contacts
from sync.tables import contacts, ranges
from sync.tables import runs as run_rows
from tests.house import House

AS_OF = datetime(2026, 11, 16, tzinfo=UTC)
EMPTY = dict.fromkeys(ContactRow.__annotations__)


def row(number: int) -> ContactRow:
    known = {"contact_id": str(number), "archived": False, "fields": "{}", "known": "{}"}
    return {**EMPTY, **known}  # type: ignore[typeddict-item]


@dataclass
class Shelf:
    """A CRM of numbered contacts, pages of ten, that can be told to fail."""

    ids: Sequence[int]
    fail_at: int = 0  # the n-th page request and every one after it fails
    ordered: bool = True
    asked: int = 0
    pages: list[tuple[str | None, str | None]] = field(default_factory=list)

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
        return Page(len(page), following, contacts=[row(i) for i in page])


def read(engine: Engine, shelf: Shelf, *, worker: str = "w1") -> runs.Run:
    return Backfill(
        engine, shelf, "a-1", clock=SystemClock(), pause=lambda _s: None, worker=worker, in_flight=4
    ).run(as_of=AS_OF)


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
    class Killed(BaseException):
        pass

    class Dying(Shelf):
        def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
            if self.asked + 1 >= kill_at:
                raise Killed
            return super().fetch_page(stream, part, cursor)

    with pytest.raises(Killed):
        read(engine, Dying(list(range(1, 700))))
    read(engine, Shelf(list(range(1, 700))), worker="w2")
    assert stored(engine) == set(range(1, 700))


def test_a_worker_that_was_taken_over_can_store_nothing_more(engine: Engine) -> None:
    taken: list[runs.Run] = []

    class Slow(Shelf):
        def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
            if self.asked == 3 and not taken:
                with engine.begin() as tx:
                    taken.append(
                        runs.start_or_take_over(
                            tx, "a-1", worker="w2", as_of=AS_OF, now=SystemClock().now()
                        )
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


def test_a_500_in_the_middle_over_http_is_waited_out(house: House) -> None:
    house.install()
    house.lab.control(
        "faults",
        {
            "method": "GET",
            "path": "/crm/objects/2026-09/contacts",
            "status": 500,
            "after": 1,
            "times": 2,
        },
    )
    house.drain()
    with reading(house.context.engine) as connection:
        read_count = count_contacts(connection, house.account_id)
    assert read_count == house.lab.describe()["counts"]["contacts"]


def test_a_crm_that_stays_down_ends_in_a_clear_message_and_the_next_try_goes_on(
    house: House,
) -> None:
    house.install()
    house.lab.control(
        "faults",
        {"method": "GET", "path": "/crm/objects/2026-09/calls", "status": 502, "times": 999},
    )
    with pytest.raises(CrmUnavailable, match="HubSpot is not available"):
        house.drain()
    with reading(house.context.engine) as connection:
        run = runs.find_latest(connection, house.account_id)
    assert run is not None
    assert run["state"] == "running"
    assert "not available" in run["error"]
    house.lab.control("faults", method="DELETE")
    house.lab.control("counters", method="DELETE")
    house.queue.hurry(house.context)
    house.drain()
    asked = house.lab.control("counters")["requests"]
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
def test_passing_troubles_of_the_crm_lose_nothing(house: House, fault: dict[str, object]) -> None:
    house.install()
    house.lab.control(
        "faults",
        {"method": "GET", "path": "/crm/objects/2026-09/contacts", "after": 1, "times": 1, **fault},
    )
    house.drain()
    with reading(house.context.engine) as connection:
        read_count = count_contacts(connection, house.account_id)
    assert read_count == house.lab.describe()["counts"]["contacts"]
