"""Lines of business: planning values that hold at first, and the cycle in which customers come due (S25)."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import polars as pl
import pytest

from core.errors import Invalid
from core.settings import Settings
from scoring.features.prepare import ScoreSettings
from scoring.score import score_contacts
from scoring.verticals import GENERAL, VERTICALS, find_vertical

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
CONTACTS = pl.DataFrame(
    {
        "contact_id": ["owner", "witness"],
        "created_at": [NOW - timedelta(days=1_500)] * 2,
        "has_email": [True, True],
    }
)
EVENTS = pl.DataFrame(
    {
        "contact_id": ["owner", "owner", "witness"],
        "occurred_at": [NOW - timedelta(days=days) for days in (1_400, 1_300, 3)],
        "kind": ["purchase", "form", "visit"],
        "amount": [4_000.0, None, None],
    }
)


def owner(settings: ScoreSettings) -> dict[str, object]:
    frame = score_contacts(CONTACTS, EVENTS, as_of=NOW, settings=settings).frame
    return frame.row(by_predicate=pl.col("contact_id") == "owner", named=True)


@pytest.mark.parametrize("vertical", VERTICALS.values(), ids=lambda v: v.key)
def test_every_vertical_stays_within_what_is_published(vertical: object) -> None:
    found = VERTICALS[getattr(vertical, "key", "")]
    assert 0.25 * found.response <= 0.25  # N5: up to 25 in 100
    assert 0 < found.booked * found.shown * found.sold <= 0.5
    assert found.cycle is None or found.cycle.min < found.cycle.due < found.cycle.max


def test_a_device_of_four_years_is_due_in_audiology_and_in_no_other_business_s25_n12() -> None:
    audiology = owner(ScoreSettings(vertical=find_vertical("audiology")))
    assert (audiology["signal"], owner(ScoreSettings())["signal"]) == ("due", None)
    until = audiology["signal_until"]
    assert isinstance(until, datetime)
    assert NOW < until <= NOW - timedelta(days=1_400) + timedelta(days=7 * 366)


def test_what_a_business_expects_scales_likelihood_and_value() -> None:
    general, cautious = owner(ScoreSettings()), owner(ScoreSettings(vertical=VERTICALS["b2b"]))
    assert float(str(cautious["likelihood"])) < float(str(general["likelihood"]))
    buys = GENERAL.booked * GENERAL.shown * GENERAL.sold
    expected = float(str(general["uplift"])) * buys * 4_000
    assert float(str(general["expected_value"])) == pytest.approx(expected, abs=0.2)


def test_the_setting_knows_every_business_and_no_other() -> None:
    assert get_args(Settings.model_fields["vertical"].annotation) == tuple(VERTICALS)


def test_an_unknown_business_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="audiology"):
        find_vertical("hearing aids")
