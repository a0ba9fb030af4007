"""Lines of business: planning values that hold at first, and the cycle in which customers come due (S25)."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from core.errors import Invalid
from playbooks.library import packaged_text
from playbooks.line import Line
from playbooks.reading import read_line
from playbooks.seasons import lift_of
from scoring.features.prepare import ScoreSettings
from scoring.features.segment_columns import planned_likelihood
from scoring.score import score_contacts
from scoring.verticals import GENERAL, VERTICALS, find_vertical, vertical_of

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


def test_an_unknown_business_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="audiology"):
        find_vertical("hearing aids")


def test_the_segments_of_a_line_of_business_come_first_with_their_planning_values_s8_s25() -> None:
    audiology = owner(ScoreSettings(vertical=find_vertical("audiology")))
    assert (audiology["segment"], audiology["playbook"]) == ("upgrade_due", "audiology_customers")
    general = owner(ScoreSettings())
    assert (general["segment"], general["playbook"]) == (
        "one_time_customer_lapsed",
        "customer_winback",
    )
    assert float(str(audiology["likelihood"])) > float(str(general["likelihood"]))
    buys = 0.40 * 0.80 * 0.50
    expected = float(str(audiology["uplift"])) * buys * 4_000
    assert float(str(audiology["expected_value"])) == pytest.approx(expected, abs=0.2)


def test_who_is_active_belongs_to_no_playbook() -> None:
    frame = score_contacts(CONTACTS, EVENTS, as_of=NOW, settings=ScoreSettings()).frame
    witness = frame.row(by_predicate=pl.col("contact_id") == "witness", named=True)
    assert (witness["segment"], witness["playbook"]) == ("recent_lead", None)


def test_an_input_that_a_playbook_looks_at_decides_the_segment_s8() -> None:
    line = changed("retail_regulars", "{field: fitting_at, older_than: 4 years}")
    setting = ScoreSettings(vertical=vertical_of(line))
    assert owner(setting)["segment"] == "retail_few_orders"
    told = CONTACTS.with_columns(input_fitting_at=pl.lit(NOW - timedelta(days=1_500)))
    frame = score_contacts(told, EVENTS, as_of=NOW, settings=setting).frame
    assert frame.filter(contact_id="owner")["segment"].item() == "retail_regulars"


def test_a_playbook_may_ask_about_the_chance_of_an_answer() -> None:
    likely = owner(ScoreSettings(vertical=find_vertical("retail")))["likelihood"]
    for least, segment in ((0.01, "retail_regulars"), (0.9, "retail_few_orders")):
        line = changed("retail_regulars", f"{{field: likelihood, at_least: {least}}}")
        assert owner(ScoreSettings(vertical=vertical_of(line)))["segment"] == segment
    assert likely is not None


def changed(segment: str, when: str) -> Line:
    """The packaged playbooks of shops, with another condition for a segment."""
    text = packaged_text("retail")
    before = text[: text.index(f"key: {segment}")]
    after = text[len(before) :]
    line = next(line for line in after.splitlines() if line.strip().startswith("when:"))
    return read_line(before + after.replace(line.strip(), f"when: {when}", 1))


def test_a_season_lifts_those_concerned_and_nobody_else() -> None:
    dental = find_vertical("dental")
    autumn, spring = datetime(2026, 11, 3, tzinfo=UTC), datetime(2026, 4, 3, tzinfo=UTC)
    lifts = [
        lift_of(dental.seasons, track=track, segment=key, at=at)
        for track, key in (("customer", "dental_recall_due"), ("lead", "dental_inquired"))
        for at in (autumn, spring)
    ]
    assert lifts == [1.15, 1.0, 1.0, 1.0]
    for at in (autumn, spring):
        frame = pl.DataFrame({"segment": ["dental_recall_due"], "band": ["90_179"]})
        planned = frame.select(planned_likelihood(dental, at)).item()
        assert planned == pytest.approx(0.18 * (1.15 if at is autumn else 1.0))


def test_a_planned_sale_stands_in_until_there_are_sales_and_in_its_own_currency_alone() -> None:
    value = "value: {typical_sale: 60, currency: EUR}"
    text = packaged_text("retail").replace("sold: 0.70}", f"sold: 0.70, {value}}}", 1)
    vertical = vertical_of(read_line(text))
    unpaid = EVENTS.with_columns(amount=pl.lit(None, dtype=pl.Float64))
    for currency, sale in (("EUR", 60.0), ("USD", None)):
        setting = ScoreSettings(vertical=vertical, currency=currency)
        scored = score_contacts(CONTACTS, unpaid, as_of=NOW, settings=setting)
        assert scored.frame["typical_sale"][0] == sale
        basis = scored.yardstick.basis
        assert (basis.told(str) if basis else None) == (
            "planning value of the playbook; no sale is on record" if sale else None
        )
    paid = owner(ScoreSettings(vertical=vertical, currency="EUR"))
    assert paid["typical_sale"] == 4_000.0
