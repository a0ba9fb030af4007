"""A pass over what has changed: every record is told, whatever their times are, and little of it twice."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import pytest

from connector.changes import OVERLAP_MS, Part, Sighting, Sightings, begin, walk
from connector.port.changes import Changes

pytestmark = pytest.mark.integration

START = 1_800_000_000_000
PAGE = 200


@dataclass
class Search:
    """Records with a time of change, in pages by id; `now` is the CRM's clock, None where it tells none."""

    changed: dict[int, int] = field(default_factory=dict)
    now: int | None = START
    asked: int = 0

    def page(self, since: int, cursor: str | None) -> Sightings:
        self.asked += 1
        later = sorted(self.changed)
        later = later[bisect_right(later, int(cursor or 0)) :]
        found = list(islice((i for i in later if self.changed[i] >= since), PAGE + 1))
        rows = [Sighting(str(i), self.changed[i], moved=self.changed[i]) for i in found[:PAGE]]
        following = rows[-1].record_id if len(found) > PAGE else None
        return Sightings(rows, following, self.now)


def tell(sightings: Sequence[Sighting]) -> Changes:
    return Changes(moved={s.record_id: s.moved for s in sightings})


def a_pass(search: Search, watermark: str) -> tuple[list[str], str]:
    told: list[str] = []
    more = True
    while more:
        page = walk([Part("records", search.page, tell)], (), watermark)
        told += page.moved
        watermark, more = page.watermark, page.more
    return told, watermark


def begun(at: int = START) -> str:
    return begin([Part("records", Search().page, tell)], at).watermark


def test_25_000_records_with_one_and_the_same_time_are_all_told_once() -> None:
    search = Search(dict.fromkeys(range(1, 25_001), START + 5), now=START + 10)
    told, watermark = a_pass(search, begun())
    assert len(told) == len(set(told)) == 25_000
    again, _ = a_pass(search, watermark)
    assert len(again) <= 23_000, "most of what the overlap shows again is known"


def test_what_the_index_shows_late_is_told_by_the_next_pass() -> None:
    search = Search({1: START + 1_000}, now=START + 2_000)
    told, watermark = a_pass(search, begun())
    assert told == ["1"]
    search.changed[2] = START + 1_500  # before the last pass, and not shown until now
    search.now = START + 60_000
    told, watermark = a_pass(search, watermark)
    assert told == ["2"]
    search.changed[1] = START + 70_000
    search.now = START + 80_000
    assert a_pass(search, watermark)[0] == ["1"]


def test_a_change_behind_the_page_that_is_being_read_is_the_next_passs() -> None:
    search = Search(dict.fromkeys(range(1, 500), START + 1), now=START + 10)
    first = walk([Part("records", search.page, tell)], (), begun())
    assert first.more
    search.changed[3] = START + 20
    rest, watermark = a_pass(search, first.watermark)
    assert "3" not in rest
    search.now = START + 30
    assert a_pass(search, watermark)[0] == ["3"]


def test_without_a_clock_of_its_own_the_newest_change_is_the_crms_time() -> None:
    search = Search({1: START + 1_000}, now=None)
    told, watermark = a_pass(search, begun())
    assert told == ["1"]
    page = walk([Part("records", search.page, tell)], (), watermark)
    assert page.settled_at == START + 1_000 - OVERLAP_MS


def test_other_searches_take_turns_and_no_pass_asks_more_than_two() -> None:
    parts = {name: Search({1: START + 1}) for name in ("always", "deals", "tickets")}
    always = [Part("always", parts["always"].page, tell)]
    turning = [Part(name, parts[name].page, tell) for name in ("deals", "tickets")]
    watermark = begin([*always, *turning], START).watermark
    for _ in range(4):
        more = True
        while more:
            page = walk(always, turning, watermark)
            watermark, more = page.watermark, page.more
    assert {name: search.asked for name, search in parts.items()} == {
        "always": 4,
        "deals": 2,
        "tickets": 2,
    }
