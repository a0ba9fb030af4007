"""Who is in which segment: the same over columns and for one contact, unknown is unknown, tracks apart (S2, S8)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.choose import choices, choose_columns, choose_one, column_of, fields_of, inputs_of
from playbooks.conditions import Condition
from playbooks.fields import BY_NAME, FIELDS, FieldKind
from playbooks.library import GENERAL, find_line, packaged
from playbooks.line import Playbook, Segment, Track
from playbooks.reading import read_line
from tests.playbooks.small import SMALL

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
KINDS: dict[FieldKind, Any] = {
    FieldKind.CHOICE: pl.String,
    FieldKind.TEXT: pl.String,
    FieldKind.NUMBER: pl.Float64,
    FieldKind.FLAG: pl.Boolean,
    FieldKind.MOMENT: pl.Datetime("ms", "UTC"),
}
TEXTS = ["", "  ", "Hearing Test", "hearing", "ÄRGER", "ärger im Büro"]


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def values(name: str) -> st.SearchStrategy[Any]:
    field = BY_NAME[name]
    some: dict[FieldKind, st.SearchStrategy[Any]] = {
        FieldKind.CHOICE: st.sampled_from(list(field.words or ("none",))),
        FieldKind.TEXT: st.sampled_from(TEXTS),
        FieldKind.NUMBER: st.sampled_from([0.0, 1.0, 89.5, 90.0, float("nan")]),
        FieldKind.FLAG: st.booleans(),
        FieldKind.MOMENT: st.sampled_from([ago(d) for d in (-30, -1, 0, 1, 89.99, 90, 1_096)]),
    }
    return st.none() | some[field.kind]


NAMES = ("band", "quiet_days", "booked", "last_appointment_at", "tags", "likelihood")
ASKED: dict[FieldKind, list[dict[str, Any]]] = {
    FieldKind.CHOICE: [{"is": ["never", "active"]}, {"is_not": ["never"]}, {"known": False}],
    FieldKind.TEXT: [{"is": "hearing test"}, {"contains": ["Ärger", "test"]}, {"known": True}],
    FieldKind.NUMBER: [{"at_least": 90}, {"below": 90, "above": 0}, {"is": 1}, {"at_most": 1}],
    FieldKind.FLAG: [{"is": True}, {"is": False}, {"known": False}],
    FieldKind.MOMENT: [{"older_than": "90 days"}, {"within": 90}, {"coming_within": "1 week"}],
}


def questions() -> st.SearchStrategy[dict[str, Any]]:
    single = st.sampled_from(NAMES).flatmap(
        lambda name: st.sampled_from(ASKED[BY_NAME[name].kind]).map(lambda q: {"field": name, **q})
    )
    return st.recursive(
        single,
        lambda inner: st.dictionaries(
            st.sampled_from(["all", "any", "none"]),
            st.lists(inner, min_size=1, max_size=3),
            min_size=1,
        ),
        max_leaves=6,
    )


ROWS = st.lists(
    st.fixed_dictionaries(
        {name: values(name) for name in NAMES} | {"track": st.sampled_from(list(Track))}
    ),
    min_size=1,
    max_size=12,
)


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    columns = {column_of(n): [r.get(n) for r in rows] for n in NAMES}
    schema = {column_of(n): KINDS[BY_NAME[n].kind] for n in NAMES}
    tracks = pl.Series("track", [str(r["track"]) for r in rows], dtype=pl.String)
    return pl.DataFrame(columns, schema=schema).with_columns(tracks)


@settings(max_examples=40, deadline=None)
@given(first=questions(), second=questions(), rows=ROWS)
def test_columns_and_one_contact_are_of_one_mind(
    first: dict[str, Any], second: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    base = read_line(SMALL).playbooks[0]
    segments = tuple(
        Segment.model_validate(
            {"key": key, "label": key, "definition": "", "when": when, "priors": {"respond": 0.1}}
        )
        for key, when in (("first", first), ("second", second))
    )
    playbooks = (base.model_copy(update={"segments": segments}),)
    table = frame(rows)
    found = table.select(choose_columns(playbooks, table.columns, at=NOW)).to_series().to_list()
    each = [choose_one(playbooks, row, at=NOW) for row in rows]
    assert found == [choice.segment.key if choice else None for choice in each]


def ask(question: dict[str, Any], **facts: Any) -> bool:
    leads = read_line(SMALL).playbooks[0]
    segment = leads.segments[0].model_copy(update={"when": Condition.model_validate(question)})
    playbook = leads.model_copy(update={"segments": (segment,)})
    return choose_one((playbook,), {"track": "lead", **facts}, at=NOW) is not None


@pytest.mark.parametrize(
    "question",
    [
        {"field": "band", "is_not": "never"},
        {"field": "quiet_days", "below": 90},
        {"field": "last_appointment_at", "older_than": "1 day"},
    ],
)
def test_what_is_not_known_meets_nothing_but_not_known(question: dict[str, Any]) -> None:
    assert not ask(question)
    assert ask({"none": [question]})
    assert ask({"field": question["field"], "known": False})


def test_the_original_concern_and_the_stage_are_keys_of_segments_s8() -> None:
    question = {
        "all": [
            {"field": "concern", "contains": ["noise", "price"]},
            {"field": "stage", "is": "opportunity"},
        ]
    }
    assert ask(question, concern="Background NOISE in restaurants", stage="opportunity")
    assert not ask(question, concern="Background noise", stage="lead")
    assert not ask(question, stage="opportunity")


def segment_of(line: str, **facts: Any) -> tuple[str, str] | None:
    own = packaged()[line].playbooks
    playbooks = (*own, *find_line(GENERAL).playbooks)
    choice = choose_one(playbooks, facts, at=NOW)
    return None if choice is None else (choice.playbook.key, choice.segment.key)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"track": "lead", "quiet_days": 200, "interest_level": "medium", "booked": False},
            ("audiology_leads", "inquired_never_scheduled"),
        ),
        (
            {"track": "lead", "quiet_days": 200, "interest_level": "high", "booked": True, "missed": False},
            ("audiology_leads", "tested_not_purchased"),
        ),
        (
            {"track": "lead", "quiet_days": 200, "interest_level": "high", "booked": True, "missed": True},
            ("lead_reactivation", "high_intent_lead"),
        ),
        (
            {"track": "customer", "fitting_at": ago(4 * 365), "days_since_purchase": 30},
            ("audiology_customers", "upgrade_due"),
        ),
        (
            {"track": "customer", "purchases": 1, "days_since_purchase": 400},
            ("customer_winback", "one_time_customer_lapsed"),
        ),
        ({"track": "lead", "band": "never"}, ("lead_reactivation", "never_engaged")),
    ],
)  # fmt: skip
def test_audiology_has_three_segments_and_the_rest_falls_to_those_of_any_business_s25(
    facts: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert segment_of("audiology", **facts) == expected


@pytest.mark.parametrize("line", list(packaged()))
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_nobody_is_in_a_playbook_of_the_other_track_and_everybody_is_in_one_s2(
    line: str, data: st.DataObject
) -> None:
    own = packaged()[line].playbooks
    playbooks: tuple[Playbook, ...] = (*own, *find_line(GENERAL).playbooks)
    facts = {name: data.draw(values(name)) for name in fields_of(playbooks)}
    for track in Track:
        choice = choose_one(playbooks, {**facts, "track": str(track)}, at=NOW)
        assert choice is not None
        assert choice.playbook.track is track


def test_inputs_are_known_by_their_kind() -> None:
    assert set(inputs_of(packaged()["audiology"].playbooks)) >= {"fitting_at"}
    assert len({column_of(field.name) for field in FIELDS}) == len(FIELDS)
    assert [c.segment.key for c in choices(read_line(SMALL).playbooks)] == ["asked"]
