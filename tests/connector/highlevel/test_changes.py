"""How the search for changed opportunities goes on from page to page."""

import orjson

from connector.highlevel.changes import OPPORTUNITIES, following_opportunities


def test_the_next_page_of_opportunities_is_asked_for_in_texts() -> None:
    rows = [{"id": str(n), "sort": [1_800_000_000_000 + n, f"op{n}"]} for n in range(OPPORTUNITIES)]
    cursor = following_opportunities(rows)
    assert cursor is not None
    assert orjson.loads(cursor) == [str(1_800_000_000_099), "op99"]


def test_a_short_page_or_one_without_a_place_is_the_last() -> None:
    assert following_opportunities([{"id": "1", "sort": [1, "op1"]}]) is None
    assert following_opportunities([{"id": str(n)} for n in range(OPPORTUNITIES)]) is None
    assert following_opportunities([]) is None
