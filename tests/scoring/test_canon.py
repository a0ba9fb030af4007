"""Which events count as a sign of life (design point 1), and which frames are refused."""

from datetime import UTC, datetime

import polars as pl
import pytest

from core.errors import Invalid
from scoring.features.input_frames import contacts_frame, events_frame, is_human

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "direction", "outcome", "human"),
    [
        ("email", "in", None, True),
        ("email", "out", None, False),
        ("email", None, None, False),
        ("sms", "in", None, True),
        ("sms", "out", "completed", False),
        ("form", None, None, True),
        ("call", "in", "no_answer", True),
        ("call", "out", "answered", True),
        ("call", "out", "no_answer", False),
        ("call", "out", None, False),
        ("meeting", "out", "completed", True),
        ("meeting", None, None, True),
        ("meeting", "in", "scheduled", False),
        ("meeting", "in", "no_show", False),
        ("meeting", "in", "cancelled", False),
        ("purchase", None, None, True),
        ("visit", None, None, True),
        ("click", None, None, True),
        ("click", "in", "machine", False),
        ("open", "in", None, False),
        ("open", None, None, False),
        ("note", "in", None, False),
        ("ticket", "in", None, False),
        ("other", "in", None, True),
        ("other", "out", None, False),
        ("carrier pigeon", "in", None, False),
    ],
)
def test_only_what_the_contact_did_counts_s1(
    kind: str, direction: str | None, outcome: str | None, *, human: bool
) -> None:
    events = events_frame(
        pl.DataFrame(
            {
                "contact_id": ["1"],
                "occurred_at": [AT],
                "kind": [kind],
                "direction": [direction],
                "outcome": [outcome],
            },
            schema_overrides={"direction": pl.String, "outcome": pl.String},
        ),
        pl.DataFrame({"contact_id": ["1"]}),
    )
    assert events.select(is_human()).to_series().to_list() == [human]


@pytest.mark.parametrize(
    ("word", "source"),
    [
        ("OFFLINE", "import"),
        ("Bulk CSV import", "import"),
        ("PAID_SEARCH", "paid"),
        ("PAID_SOCIAL", "paid"),
        ("ORGANIC_SEARCH", "organic"),
        ("REFERRALS", "referral"),
        ("DIRECT_TRAFFIC", "direct"),
        ("Spring trade show", "event"),
        ("carrier pigeon", "other"),
        (None, None),
    ],
)
def test_source_words_become_ours(word: str | None, source: str | None) -> None:
    frame = contacts_frame(
        pl.DataFrame(
            {"contact_id": ["1"], "source": [word]}, schema_overrides={"source": pl.String}
        )
    )
    assert frame["source"].to_list() == [source]


def test_absent_columns_are_empty_and_extra_ones_ignored() -> None:
    frame = contacts_frame(pl.DataFrame({"contact_id": ["1"], "favourite_colour": ["red"]}))
    assert "favourite_colour" not in frame.columns
    assert frame["has_email"].to_list() == [False]
    assert frame["created_at"].to_list() == [None]


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pl.DataFrame({"id": ["1"]}), "contact_id"),
        (pl.DataFrame({"contact_id": ["1", "1"]}), "only once"),
        (pl.DataFrame({"contact_id": ["1", None]}), "needs a contact_id"),
        (
            pl.DataFrame({"contact_id": ["1"], "created_at": [AT.replace(tzinfo=None)]}),
            "time zone",
        ),
    ],
)
def test_unusable_contacts_are_refused_with_a_reason(frame: pl.DataFrame, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        contacts_frame(frame)
