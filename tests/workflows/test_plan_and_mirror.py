"""What is worth writing and what is news: planning again after applying gives nothing (S28)."""

from typing import Any, cast

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.port.records import ContactRow
from sync.mirror.changes import Stored, compare, content_hash
from sync.outbox.changes import Limits, ValueRule, is_same, plan_changes, reason_to_wait

pytestmark = pytest.mark.integration

RULES = {
    "score": ValueRule("number", 2.0),
    "worth": ValueRule("number", 1.0, 0.25),
    "letter": ValueRule("choice", order=("", "0", "1", "3")),
    "count": ValueRule("number"),
    "at": ValueRule("moment"),
    "track": ValueRule("choice"),
    "held": ValueRule("flag"),
    "why": ValueRule("text", rides_along=True),
    "seen": ValueRule("moment", rides_along=True),
}
texts = (
    st.sampled_from(["", "0", "1", "1.0", "-0", "3", "nan", "inf", "-inf", "Infinity", "1e400",
                     "true", "2026-11-22", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00.000Z",
                     "2026-11-22T01:00:00+01:00"])
    | st.text(max_size=4)
)  # fmt: skip
values = st.fixed_dictionaries(dict.fromkeys(RULES, texts))
accounts = st.dictionaries(st.sampled_from("abcde"), values)
partial = st.dictionaries(
    st.sampled_from("abcde"), st.dictionaries(st.sampled_from(list(RULES)), texts)
)


@given(wanted=accounts, known=partial)
def test_planning_again_after_applying_gives_nothing_s28(
    wanted: dict[str, dict[str, str]], known: dict[str, dict[str, str]]
) -> None:
    changes = list(plan_changes(wanted, known, RULES))
    after = {c: {**known[c]} for c in known}
    for change in changes:
        after[change.contact_id] |= change.new
    assert list(plan_changes(wanted, after, RULES)) == []


@given(wanted=accounts, known=partial)
def test_a_change_says_what_was_and_touches_only_what_differs_s28(
    wanted: dict[str, dict[str, str]], known: dict[str, dict[str, str]]
) -> None:
    for change in plan_changes(wanted, known, RULES):
        assert change.contact_id in known
        assert change.new.keys() == change.old.keys()
        assert any(not RULES[name].rides_along for name in change.new)
        for name, value in change.new.items():
            assert value == wanted[change.contact_id][name]
            assert change.old[name] == known[change.contact_id].get(name, "")
            assert change.old[name] != value


@given(rule=st.sampled_from(list(RULES.values())), one=texts, other=texts)
def test_sameness_is_reflexive_symmetric_and_never_fails(
    rule: ValueRule, one: str, other: str
) -> None:
    assert is_same(rule, one, one)
    assert is_same(rule, one, other) == is_same(rule, other, one)


@pytest.mark.parametrize(
    ("name", "known", "wanted", "same"),
    [
        ("score", "50", "51.9", True),
        ("score", "50", "52", False),
        ("score", "50", "48", False),
        ("score", "", "0", False),
        ("score", "0", "", False),
        ("score", "high", "50", False),
        ("count", "5", "5.0", True),
        ("count", "5", "6", False),
        ("count", "0", "-0", True),
        ("at", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00.000Z", True),
        ("at", "2026-11-22T01:00:00+01:00", "2026-11-22T00:00:00Z", True),
        ("at", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00.001Z", False),
        ("at", "2026-11-22", "2026-11-22T00:00:00Z", False),  # one has a zone, one has none
        ("at", "soon", "2026-11-22T00:00:00Z", False),
        ("track", "lead", "Lead", False),
        ("held", "true", "false", False),
    ],
)
def test_when_values_are_the_same(name: str, known: str, wanted: str, *, same: bool) -> None:
    assert is_same(RULES[name], known, wanted) is same


def test_what_only_rides_along_is_no_reason_to_write() -> None:
    known = {"a": {"track": "lead", "why": "old", "seen": "2026-01-01T00:00:00Z"}}
    rider = {"a": {"track": "lead", "why": "new", "seen": "2026-02-01T00:00:00Z"}}
    assert list(plan_changes(rider, known, RULES)) == []
    (change,) = plan_changes({"a": {**rider["a"], "track": "customer"}}, known, RULES)
    assert change.new.keys() == {"track", "why", "seen"}


def test_who_is_not_known_is_not_written() -> None:
    assert list(plan_changes({"gone": {"track": "lead"}}, {}, RULES)) == []


@pytest.mark.parametrize(
    ("is_first", "touched", "contacts", "waits"),
    [
        (True, 0, 0, True),
        (True, 1, 10_000, True),
        (False, 100, 100, False),  # few are few, whatever their share
        (False, 101, 100, True),
        (False, 3_000, 10_000, False),
        (False, 3_001, 10_000, True),
        (False, 5, 0, False),
    ],
)
def test_a_large_plan_and_the_first_wait_for_a_person_d12(
    touched: int, contacts: int, *, is_first: bool, waits: bool
) -> None:
    reason = reason_to_wait(Limits(), is_first=is_first, touched=touched, contacts=contacts)
    assert (reason is not None) is waits


# The mirror.


def row(contact_id: str = "1", **more: Any) -> ContactRow:
    empty = dict.fromkeys(ContactRow.__annotations__)
    given_row = {"contact_id": contact_id, "archived": False, "fields": "{}", "known": "{}"}
    return cast("ContactRow", {**empty, **given_row, **more})


def stored(*rows: ContactRow) -> dict[str, Stored]:
    return {r["contact_id"]: Stored(content_hash(r), r["known"], r["archived"]) for r in rows}


contents = st.fixed_dictionaries(
    {
        "email": st.none() | st.text(max_size=5),
        "email_opt_out": st.none() | st.booleans(),
        "created_at": st.none() | st.integers(-(2**50), 2**50),
        "archived": st.booleans(),
        "fields": st.dictionaries(st.text(max_size=3), st.text(max_size=3)).map(
            lambda d: orjson.dumps(d).decode()
        ),
    }
)


@given(content=contents, known=st.text(max_size=5), updated=st.integers())
def test_our_own_properties_alone_are_stored_but_no_news(
    content: dict[str, Any], known: str, updated: int
) -> None:
    before = row(**content)
    after = row(**content, known=known, updated_at=updated % 2**40)
    difference = compare(stored(before), [after])
    assert difference.changed == []
    if known == before["known"]:
        assert (difference.to_store, difference.unchanged) == ([], ["1"])
    else:
        assert (difference.to_store, difference.unchanged) == ([(after, content_hash(after))], [])


@given(one=contents, other=contents)
def test_any_other_difference_is_news(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = row(**one), row(**other)
    difference = compare(stored(before), [after])
    assert (difference.changed == ["1"]) is (one != other)
    assert (difference.unchanged == ["1"]) is (one == other)


@given(rows=st.lists(st.tuples(st.sampled_from("abc"), contents), max_size=8))
def test_what_was_stored_is_unchanged_the_next_time(
    rows: list[tuple[str, dict[str, Any]]],
) -> None:
    incoming = [row(contact_id, **content) for contact_id, content in rows]
    first = compare({}, incoming)
    assert sorted(first.changed) == sorted({r["contact_id"] for r in incoming})
    assert first.unchanged == []
    last = {r["contact_id"]: r for r in incoming}
    assert {r["contact_id"]: r for r, _ in first.to_store} == last  # of two, the last counts
    second = compare(stored(*last.values()), list(last.values()))
    assert (second.to_store, second.changed) == ([], [])


def test_erasing_or_restoring_a_contact_is_news() -> None:
    assert compare(stored(row(archived=True)), [row(archived=False)]).changed == ["1"]
    assert compare({}, []).to_store == []
