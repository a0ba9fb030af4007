"""What an account's own record teaches: its tracks, its rhythms, and its cycle where it has one."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from scoring.dormancy import PLANNED_RATES, dormancy_score, fit_rates, silence_probability
from scoring.features.prepare import Prepared, ScoreSettings, prepare
from scoring.learn.due import since
from scoring.learn.learnt import HORIZON_DAYS, learn_account, visits_of
from scoring.learn.returning import starting_model
from scoring.models import gamma_poisson
from scoring.models.cycle import Cycle
from scoring.models.gamma_poisson import GammaPoisson
from scoring.models.leaving_renewal import LeavingRenewal, p_return
from tests.scoring.people import (
    NOW,
    WITNESS,
    WITNESSED,
    Row,
    contact,
    contacts_of,
    event,
    events_of,
    made_up_account,
)

DEVICES = Cycle(250, 365, 700)


def prepared(events: list[Row], people: list[Row], cycle: Cycle | None = None) -> Prepared:
    contacts, made = contacts_of([*people, WITNESS]), events_of([*events, *WITNESSED])
    return prepare(contacts, made, as_of=NOW, settings=ScoreSettings(cycle=cycle))


def owners(every: float, people: int = 60) -> tuple[list[Row], list[Row]]:
    """Contacts who renew after so many days or so, the last of them anywhere in their cycle."""
    dice = np.random.default_rng(1)
    contacts, events = [], []
    for i in range(people):
        ago = float(dice.uniform(0, every))
        contacts.append(contact(str(i)))
        while ago < 1_950:
            events.append(event(str(i), ago, "purchase", amount=100.0))
            ago += every * float(dice.uniform(0.8, 1.2))
    return events, contacts


def test_a_track_without_people_starts_from_the_published_ones_s2() -> None:
    learnt = learn_account(prepared([event("a", 200)], [contact("a")]))
    assert learnt.returning["customer"] == starting_model(HORIZON_DAYS)
    assert learnt.returning["lead"] != starting_model(HORIZON_DAYS)


def test_people_whose_silence_cannot_be_measured_teach_nothing_s3() -> None:
    people = [contact(str(i), created_at=NOW - timedelta(days=700)) for i in range(40)]
    events = [event(str(i), 100 + 13 * i) for i in range(40)]
    imported = [contact(f"x{i}", source="OFFLINE") for i in range(200)]
    few, many = (learn_account(prepared(events, crowd)) for crowd in (people, people + imported))
    assert many.returning == few.returning


def test_learning_twice_gives_the_same_model() -> None:
    contacts, events = made_up_account(8, 500)
    made = prepare(contacts, events, as_of=NOW, settings=ScoreSettings())
    one, two = learn_account(made), learn_account(made)
    assert (one.returning, one.rates) == (two.returning, two.rates)
    assert one.p_return(made).tolist() == two.p_return(made).tolist()


def test_an_empty_account_can_be_learnt_from_and_foretold() -> None:
    nobody = prepare(contacts_of([]), events_of([]), as_of=NOW, settings=ScoreSettings())
    assert len(learn_account(nobody).p_return(nobody)) == 0


@pytest.mark.parametrize("every", [300.0, 500.0])
def test_the_rhythm_of_renewals_is_learnt_from_the_account_s25_n12(every: float) -> None:
    due = learn_account(prepared(*owners(every), cycle=DEVICES)).returning["customer"].due
    assert due is not None
    median = due.params.scale * np.log(2) ** (1 / due.params.shape)
    assert median == pytest.approx(every, rel=0.06)
    assert due.params.shape > 3  # far more regular than chance


def test_a_cycle_without_history_is_what_the_account_says_it_is() -> None:
    bought = [event("a", 20, "purchase")]
    due = learn_account(prepared(bought, [contact("a")], DEVICES)).returning["customer"].due
    assert due is not None
    assert due.params.scale == pytest.approx(DEVICES.due, rel=0.02)


def test_what_comes_due_counts_from_the_last_purchase_not_from_the_last_word_s10() -> None:
    events, people = owners(365.0)
    calls = [event(who["contact_id"], 15, "call", direction="in") for who in people[::2]]
    made = prepared([*events, *calls], people, DEVICES)
    model, visits = learn_account(made).returning["customer"], visits_of(made)
    assert visits is not None
    alike = since(visits).quiet == since(visits_of(prepared(events, people, DEVICES))).quiet  # type: ignore[arg-type]
    assert alike[:60].all()
    assert model.due is not None
    by_due = model.due.p_return(since(visits), HORIZON_DAYS)[:60]
    ago = since(visits).quiet[:60]
    # Nobody renews within a hundred days, nearly everybody by the end of a cycle.
    assert by_due[ago < 100].max() < 0.2 < by_due[(ago > 250) & (ago < 300)].min()


def test_a_renewal_is_a_chance_of_the_weibull_itself() -> None:
    faithful = LeavingRenewal(4.0, 365.0, a=1e-12, b=1.0)
    found = p_return(faithful, np.array([300.0]), np.zeros(1), 90.0)[0]
    assert found == pytest.approx(1 - np.exp((300 / 365) ** 4 - (390 / 365) ** 4))


def test_rates_of_few_people_stay_near_the_planning_values_and_many_speak_s9() -> None:
    dice = np.random.default_rng(2)
    found = []
    for people in (3, 2_000):
        # Every ten days or so: much more often than is planned for leads who sent a form.
        span = dice.uniform(50, 300, people).astype(np.int32)
        frame = pl.DataFrame(
            {
                "repeats": (span / 10).astype(np.int32),
                "span_days": span,
                "touched": True,
                "track": "lead",
                "interest_level": "medium",
            }
        )
        rates = fit_rates(frame).groups
        assert {name: rates[name] for name in rates if name != "medium"} == {
            name: planned for name, planned in PLANNED_RATES.items() if name != "medium"
        }
        found.append(rates["medium"].r / rates["medium"].alpha)
    planned = PLANNED_RATES["medium"].r / PLANNED_RATES["medium"].alpha
    assert planned < found[0] < found[1]
    assert found[0] < 2.5 * planned
    assert found[1] == pytest.approx(1 / 10, rel=0.15)


def test_the_score_is_the_closed_form_of_the_gamma_mixture() -> None:
    contacts, events = made_up_account(8, 500)
    made = prepare(contacts, events, as_of=NOW, settings=ScoreSettings())
    rates = learn_account(made).rates
    frame = made.frame.with_columns(
        silence=silence_probability(rates), score=dormancy_score(rates)
    ).drop_nulls("gap_days")
    assert frame.height > 300
    for each in frame.iter_rows(named=True):
        group = "customer" if each["track"] == "customer" else each["interest_level"]
        params: GammaPoisson = rates.groups[
            group if each["touched"] or group == "customer" else "none"
        ]
        x, span, gap = (np.array([float(each[n])]) for n in ("repeats", "span_days", "gap_days"))
        expected = float(gamma_poisson.p_silence(params, x, span, gap)[0])
        assert each["silence"] == pytest.approx(expected, rel=1e-6)
        assert abs(each["score"] - 100 * (1 - expected)) <= 0.5 + 1e-6
