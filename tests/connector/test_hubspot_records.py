"""Ranges of records: split at will, checked on every page, cut where they end."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.hubspot.ranges import PAGE, check_order, cut, halve
from connector.hubspot.records import streams
from connector.port.records import IdRange, OrderBroken, Stream

ids = st.integers(0, 10**12)


def records(*numbers: object) -> list[dict[str, Any]]:
    return [{"id": str(n)} for n in numbers]


@given(lower=ids, width=st.integers(0, 10**9), read=st.none() | st.integers(0, 10**9))
def test_halves_are_what_was_left_without_gap_or_overlap(
    lower: int, width: int, read: int | None
) -> None:
    part = IdRange(str(lower), str(lower + width))
    cursor = None if read is None else str(lower + min(read, width))
    halves = halve(part, cursor)
    begun = int(cursor or lower)
    if lower + width - begun <= 2 * PAGE:
        assert halves is None
        return
    assert halves is not None
    first, second = halves
    assert first.lower == str(begun)
    assert first.upper == second.lower
    assert second.upper == part.upper
    assert begun < int(first.upper or 0) < lower + width


@pytest.mark.parametrize(
    ("part", "cursor"),
    [
        (IdRange("0", None), None),
        (IdRange(None, None), "opaque"),
        (IdRange("0", "200"), None),
        (IdRange("0", "100000"), "99900"),
        (IdRange("500", "100"), None),
    ],
)
def test_open_and_narrow_ranges_are_not_split(part: IdRange, cursor: str | None) -> None:
    assert halve(part, cursor) is None


@pytest.mark.parametrize(
    ("numbers", "after", "following"),
    [
        ((1, 2, 3), None, "3"),
        ((1, 2, 3), "0", "4"),
        ((5, 9), "4", None),
        ((5,), "4", "5"),
        ((), "4", None),
        ((), None, None),
        ((9, 10), "8", "10"),  # as numbers, not as texts
    ],
)
def test_pages_in_order_pass(
    numbers: tuple[int, ...], after: str | None, following: str | None
) -> None:
    check_order(records(*numbers), after, following)


@pytest.mark.parametrize(
    ("numbers", "after", "following"),
    [
        ((1, 3, 2), None, None),
        ((1, 1), None, None),
        ((3, 4), "3", None),
        ((2, 4), "3", None),
        ((1, 2), None, "1"),
        ((1, 2), None, "9"),
        ((1, 2), None, "NTI1Cg%3D%3D"),
        ((1, "a2"), None, None),
        (("-1",), None, None),
        (("",), None, None),
        ((), "4", "4"),  # would be followed for ever
        ((), "4", "9"),
    ],
)
def test_pages_out_of_order_are_noticed(
    numbers: tuple[object, ...], after: str | None, following: str | None
) -> None:
    with pytest.raises(OrderBroken):
        check_order(records(*numbers), after, following)


@pytest.mark.parametrize(
    ("numbers", "following", "upper", "kept", "cursor"),
    [
        ((1, 2, 3), "3", None, 3, "3"),
        ((1, 2, 3), "3", "9", 3, "3"),
        ((1, 2, 3), "3", "3", 3, None),
        ((1, 2, 3), "4", "3", 3, None),
        ((1, 2, 3), "3", "2", 2, None),
        ((1, 2, 3), None, "9", 3, None),
        ((5, 6), "6", "4", 0, None),
        ((), None, "4", 0, None),
        ((9, 10), "10", "9", 1, None),
    ],
)
def test_a_page_is_cut_where_its_range_ends(
    numbers: tuple[int, ...],
    following: str | None,
    upper: str | None,
    kept: int,
    cursor: str | None,
) -> None:
    inside, rest = cut(records(*numbers), following, upper)
    assert len(inside) == kept
    assert rest == cursor


@given(
    present=st.sets(st.integers(1, 2_000), max_size=300),
    cuts=st.lists(st.integers(1, 2_000), max_size=4),
)
def test_ranges_read_one_by_one_give_every_record_once(present: set[int], cuts: list[int]) -> None:
    stored = sorted(present)
    marks = ["0", *map(str, sorted(set(cuts))), None]
    seen: list[int] = []
    for lower, upper in pairwise(marks):
        cursor: str | None = lower
        while cursor is not None:
            after = int(cursor)
            rest = [n for n in stored if n > after]
            page = rest[:PAGE]
            following = str(page[-1]) if len(rest) > PAGE else None
            check_order(records(*page), cursor, following)
            inside, cursor = cut(records(*page), following, upper)
            seen += [int(r["id"]) for r in inside]
    assert seen == stored


def test_streams_need_their_scopes_s27() -> None:
    assert streams(frozenset()) == ()
    contacts = streams(frozenset({"crm.objects.contacts.read"}))
    assert contacts == (Stream.CONTACTS, Stream.MEETINGS, Stream.CALLS, Stream.MESSAGES)
    assert Stream.EMAILS in streams(frozenset({"sales-email-read"}))
    assert Stream.TICKETS in streams(frozenset({"tickets"}))


def test_notes_are_read_only_for_their_text_s7() -> None:
    scopes = frozenset({"crm.objects.contacts.read"})
    assert Stream.NOTES in streams(scopes, texts=True)
    assert Stream.NOTES not in streams(scopes, texts=False)
    assert Stream.NOTES not in streams(frozenset({"tickets"}), texts=True)
