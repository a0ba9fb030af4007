"""S7: the reason for going cold comes from the most trustworthy source, with its confidence, or not at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.reasons import BY_MODEL, REASONS
from scoring.features.reason import SOURCES, resolve_reasons

pytestmark = pytest.mark.integration

AS_OF = datetime(2026, 11, 1, 12, tzinfo=UTC)
MOMENT = pl.Datetime("ms", "UTC")
CONTACTS: dict[str, Any] = {"contact_id": pl.String, "reason": pl.String, "reason_at": MOMENT}
EVENTS: dict[str, Any] = {
    "contact_id": pl.String,
    "occurred_at": MOMENT,
    "kind": pl.String,
    "direction": pl.String,
    "outcome": pl.String,
    "reason": pl.Enum(list(REASONS)),
    "reason_confidence": pl.Float64,
    "reason_source": pl.Enum([BY_MODEL]),
}
QUIET = 200.0  # days since the last sign of life


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


def event(days: float, kind: str, reason: str | None = None, **more: Any) -> dict[str, Any]:
    sure = {"reason": reason, "reason_confidence": 0.7 if reason else None}
    return {"contact_id": "1", "occurred_at": ago(days), "kind": kind, **sure, **more}


def resolve(
    *events: dict[str, Any],
    field: str | None = None,
    field_age: float | None = 10.0,
    quiet: float | None = QUIET,
) -> tuple[str | None, str | None, float | None]:
    """What is said of one contact."""
    at = None if field_age is None else ago(field_age)
    contacts = pl.DataFrame([("1", field, at), ("2", None, None)], schema=CONTACTS, orient="row")
    seen = [("1", None if quiet is None else ago(quiet)), ("2", None)]
    last = pl.DataFrame(
        seen, schema={"contact_id": pl.String, "last_human_at": MOMENT}, orient="row"
    )
    frame = pl.DataFrame([{**dict.fromkeys(EVENTS), **e} for e in events], schema=EVENTS)
    found = resolve_reasons(contacts, frame, last, as_of=AS_OF)
    assert found["contact_id"].to_list() == ["1", "2"]
    assert found.row(1) == ("2", None, None, None, None)
    _, reason, source, confidence, known_at = found.row(0)
    assert (known_at is None) == (reason is None)
    assert known_at is None or known_at <= AS_OF
    return reason, source, confidence


FIELD = {"field": "Price"}
DEAL = event(150, "lost_deal", "moved")
TICKET = event(QUIET + 3, "ticket", outcome="closed")
SURVEY = event(QUIET + 3, "feedback", outcome="negative")
REFUND = event(QUIET - 3, "refund")
NOTE = event(QUIET - 5, "note", "distraction")


@pytest.mark.parametrize(
    ("events", "more", "said"),
    [
        ([NOTE, REFUND, SURVEY, TICKET, DEAL], FIELD, ("budget_or_timing", "field", 0.9)),
        ([NOTE, REFUND, SURVEY, TICKET, DEAL], {}, ("moved", "deal", 0.7)),
        ([NOTE, REFUND, SURVEY, TICKET], {}, ("service_issue", "ticket", 0.75)),
        ([NOTE, REFUND, SURVEY], {}, ("service_issue", "feedback", 0.75)),
        ([NOTE, REFUND], {}, ("service_issue", "refund", 0.75)),
        ([NOTE], {}, ("distraction", "note", 0.7)),
        ([], {}, (None, None, None)),
    ],
)
def test_s7_sources_in_order_of_trust(
    events: list[dict[str, Any]], more: dict[str, Any], said: tuple[Any, ...]
) -> None:
    assert resolve(*events, **more) == said


@pytest.mark.parametrize("value", ["No answer", "", "Duplicate", "no budget issues"])
def test_s7_a_field_that_means_none_of_our_words_is_no_reason(value: str) -> None:
    assert resolve(field=value) == (None, None, None)
    assert resolve(NOTE, field=value) == ("distraction", "note", 0.7)


@pytest.mark.parametrize(("age", "source"), [(0.0, "field"), (-0.01, "note"), (None, "note")])
def test_s7_only_what_the_field_said_by_as_of_is_known(age: float | None, source: str) -> None:
    assert resolve(NOTE, field="Price", field_age=age)[1] == source


def test_s7_a_field_of_free_words_is_less_sure_than_a_value_of_the_list() -> None:
    _, source, confidence = resolve(field="They went with another clinic downtown")
    assert (source, confidence) == ("field", 0.7)


def test_s7_the_last_lost_deal_counts_and_says_nothing_where_it_has_no_reason() -> None:
    older, newer = event(400, "lost_deal", "moved"), event(210, "lost_deal", "competitor")
    assert resolve(newer, older)[:2] == ("competitor", "deal")
    assert resolve(event(210, "lost_deal"), older) == (None, None, None)


def test_s7_who_bought_since_did_not_leave_over_that_deal() -> None:
    assert resolve(DEAL, event(140, "purchase"), quiet=140) == (None, None, None)
    assert resolve(DEAL, event(160, "purchase"), quiet=160)[:2] == ("moved", "deal")


@pytest.mark.parametrize("kind", ["ticket", "feedback", "refund"])
@pytest.mark.parametrize(
    ("days", "counts"),
    [(QUIET + 30, True), (QUIET + 30.01, False), (QUIET, True), (QUIET - 150, True), (0, True)],
)
def test_s7_trouble_counts_around_the_beginning_of_the_silence_and_in_it(
    kind: str, days: float, *, counts: bool
) -> None:
    said = resolve(event(days, kind, outcome="negative"))
    assert said == (("service_issue", kind, 0.75) if counts else (None, None, None))


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [("negative", True), ("neutral", False), ("positive", False), (None, False)],
)
def test_s7_only_a_bad_survey_is_trouble(outcome: str | None, *, counts: bool) -> None:
    said = resolve(event(QUIET, "feedback", outcome=outcome))
    assert (said[0] == "service_issue") is counts


def test_s7_trouble_of_somebody_who_never_did_anything_else_counts() -> None:
    assert resolve(event(500, "ticket"), quiet=None)[:2] == ("service_issue", "ticket")


@pytest.mark.parametrize(
    ("kind", "more", "source"),
    [
        ("note", {}, "note"),
        ("email", {"direction": "in"}, "email"),
        ("sms", {"direction": "in"}, "message"),
        ("other", {"direction": "in"}, "message"),
        ("note", {"reason_source": BY_MODEL}, "llm"),
    ],
)
def test_s7_a_text_says_where_it_was_heard(kind: str, more: dict[str, Any], source: str) -> None:
    assert resolve(event(QUIET, kind, "moved", **more)) == ("moved", source, 0.7)


def test_s7_the_last_thing_said_counts() -> None:
    first = event(QUIET + 2, "email", "budget_or_timing", reason_confidence=0.85)
    assert resolve(first, event(QUIET - 2, "note", "competitor"))[0] == "competitor"
    assert resolve(event(QUIET - 2, "note", "competitor"), first)[0] == "competitor"


@pytest.mark.parametrize(("days", "counts"), [(QUIET + 90, True), (QUIET + 90.01, False)])
def test_s7_what_was_said_long_before_was_got_over(days: float, *, counts: bool) -> None:
    assert (resolve(event(days, "note", "moved"))[0] == "moved") is counts


def test_s7_what_is_less_than_half_sure_is_not_said() -> None:
    assert resolve(event(QUIET, "note", "moved", reason_confidence=0.49)) == (None, None, None)
    assert resolve(event(QUIET, "note", "moved", reason_confidence=0.5))[2] == 0.5


def test_s7_frames_without_the_new_columns_say_nothing() -> None:
    contacts = pl.DataFrame({"contact_id": ["1"], "reason": ["Price"]})
    events = pl.DataFrame(
        {"contact_id": ["1"], "occurred_at": [ago(3)], "kind": ["visit"]},
        schema={"contact_id": pl.String, "occurred_at": MOMENT, "kind": pl.String},
    )
    last = pl.DataFrame({"contact_id": ["1"], "last_human_at": [ago(3)]})
    found = resolve_reasons(contacts, events, last.cast({"last_human_at": MOMENT}), as_of=AS_OF)
    assert found.row(0) == ("1", None, None, None, None)


def test_s7_kinds_may_be_a_closed_set() -> None:
    kinds = pl.Enum(
        ["visit", "purchase", "note", "sms", "lost_deal", "ticket", "feedback", "refund"]
    )
    events = pl.DataFrame(
        [{**dict.fromkeys(EVENTS), **event(QUIET, "sms", "moved")}], schema=EVENTS
    ).with_columns(pl.col("kind").cast(kinds))
    contacts = pl.DataFrame({"contact_id": ["1"]})
    last = pl.DataFrame({"contact_id": ["1"], "last_human_at": [ago(QUIET)]})
    found = resolve_reasons(contacts, events, last.cast({"last_human_at": MOMENT}), as_of=AS_OF)
    assert found.row(0) == ("1", "moved", "message", 0.7, ago(QUIET))


_kinds = st.sampled_from(["lost_deal", "ticket", "feedback", "refund", "note", "email", "visit"])
_events = st.builds(
    event,
    days=st.floats(0, 900),
    kind=_kinds,
    reason=st.sampled_from([None, *REASONS]),
    outcome=st.sampled_from([None, "negative", "positive"]),
)


@given(
    events=st.lists(_events, max_size=8),
    field=st.sampled_from([None, "Price", "No answer", "moved"]),
    quiet=st.none() | st.floats(0, 900),
)
def test_s7_a_reason_always_has_its_source_and_confidence(
    events: list[dict[str, Any]], field: str | None, quiet: float | None
) -> None:
    reason, source, confidence = resolve(*events, field=field, quiet=quiet)
    if reason is None:
        assert source is None
        assert confidence is None
        return
    assert reason in REASONS
    assert source in SOURCES
    assert confidence is not None
    assert 0.5 <= confidence <= 0.9
    assert resolve(*reversed(events), field=field, quiet=quiet)[0] == reason or len(events) > 1
