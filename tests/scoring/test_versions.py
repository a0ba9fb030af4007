"""Champion and challenger: a better model takes over only where it was better out of time (S9, C6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from app.reports import model_versions as versions_for_people
from core.db import reading
from core.errors import Conflict, NotFound
from core.facts import ChampionChanged
from core.moments import to_millis
from oauth.account_settings.fields import AccountSettings
from scoring import jobs
from scoring.features.prepare import prepare
from scoring.learn import outcomes, versions
from scoring.learn.certainty import Sureness
from scoring.learn.cohort import CONTROL, foretell
from scoring.learn.learnt import Learnt, learn_account
from scoring.learn.metrics import log_loss
from scoring.learn.responding import Term, learn
from scoring.learn.returning import Returning
from scoring.learn.rhythm import Rhythm
from scoring.learn.stored_models import from_json, to_json
from scoring.learning import OUTCOME_COLUMNS, History, judge_responses, learn_history
from scoring.loading import find_champion, load_history, settings_of
from scoring.models.logistic import Belief
from scoring.models.mbg_nbd import MbgNbd
from scoring.plans import PLAN_HOUR
from scoring.score import with_chances
from sync.mirror.tables import activities
from tests.scoring.mirrored import ACCOUNT, START, Mirrored

pytestmark = pytest.mark.integration

SETTINGS = settings_of(AccountSettings(timezone="US/Eastern"))


def history_of(mirrored: Mirrored, as_of: datetime | None = None) -> History:
    when = as_of or mirrored.clock.now()
    return load_history(mirrored.context, ACCOUNT, SETTINGS, as_of=when)


def reign(mirrored: Mirrored, learnt: Learnt, *, as_of: datetime, note: str = "") -> int:
    """Make a model the champion, fitted to the record up to `as_of`."""
    with mirrored.engine.begin() as tx:
        return versions.record_model(
            tx,
            ACCOUNT,
            to_json(learnt),
            state="champion",
            as_of=as_of,
            now=as_of,
            metrics={},
            note=note,
        )


def fitted(mirrored: Mirrored, as_of: datetime) -> Learnt:
    history = history_of(mirrored, as_of)
    return learn_account(history.at(as_of))


def sanguine(learnt: Learnt) -> Learnt:
    """A model that expects everybody back within weeks."""
    eager = Rhythm(1.0, MbgNbd(5.0, 10.0, 0.1, 50.0))
    returning = {
        track: Returning(model.horizon, model.pace, eager)
        for track, model in learnt.returning.items()
    }
    return replace(learnt, returning=returning)


# A version as JSON.


def test_a_model_foretells_the_same_after_it_was_stored(mirrored: Mirrored) -> None:
    mirrored.crowd(150)
    mirrored.run(jobs.score_account)
    history = history_of(mirrored)
    prepared = history.at(START)
    learnt = learn_account(prepared)
    with reading(mirrored.engine) as connection:
        stored = find_champion(connection, ACCOUNT)
    assert stored is not None
    assert to_json(stored.learnt) == to_json(learnt)
    assert (stored.learnt.p_return(prepared) == learnt.p_return(prepared)).all()


@pytest.mark.parametrize(
    "spoilt",
    [
        {},
        {"terms": ["constant"]},
        {"responding": {"keys": ["customer"], "mean": [0.0] * 4, "outcomes": 0}},
        {"returning": {}},
        {"rates": "often"},
    ],
)
def test_what_another_rekindle_stored_is_not_predicted_with(
    mirrored: Mirrored, spoilt: dict[str, Any]
) -> None:
    mirrored.crowd(40)
    good = to_json(fitted(mirrored, START))
    assert from_json(good) is not None
    assert from_json({**good, **spoilt} if spoilt else {}) is None


def test_how_sure_a_model_is_is_stored_with_it(mirrored: Mirrored) -> None:
    mirrored.crowd(40)
    before = fitted(mirrored, START)
    model, dice = before.responding, np.random.default_rng(1)
    given = [Term(key, key, dice.normal(size=200)) for key in model.keys]
    chance, both = np.full(200, 0.1), dice.random(200) < 0.5
    taught = learn(
        model,
        given,
        p_return=chance,
        planned=chance,
        treated=both,
        responded=dice.random(200) < 0.3,
    )
    for learnt in (model, taught):
        stored = from_json(to_json(replace(before, responding=learnt)))
        assert stored is not None
        assert stored.responding.chances(given, chance, chance)[1] == pytest.approx(
            learnt.chances(given, chance, chance)[1]
        )
        asked = given, chance, chance + 0.1, chance
        kept, was = (Sureness(one, model).of(*asked) for one in (stored.responding, learnt))
        assert kept.own == pytest.approx(was.own, abs=1e-3)
        assert kept.high == pytest.approx(was.high, abs=1e-3)
        assert stored.responding.outcomes == learnt.outcomes


# Who wins.


def test_s9_a_better_model_takes_over_from_a_worse_one(mirrored: Mirrored) -> None:
    mirrored.crowd(400)
    bad = sanguine(fitted(mirrored, START - timedelta(days=120)))
    reign(mirrored, bad, as_of=START - timedelta(days=120))
    assert mirrored.run(jobs.learn_account) == [ChampionChanged(ACCOUNT)]
    newest, oldest = mirrored.versions()
    assert (newest.state, oldest.state) == ("champion", "retired")
    told = newest.metrics["returns"]
    assert told["challenger"] < told["champion"]
    assert told["gap"] > 2 * told["error"]
    assert newest.metrics["against"] == 1


def test_s9_a_model_that_is_no_better_is_rejected_with_both_numbers(mirrored: Mirrored) -> None:
    """The champion knows the record of 120 days ago, the challenger's stand-in that of 90: much the same."""
    mirrored.crowd(400, seed=1)
    good = fitted(mirrored, START - timedelta(days=120))
    reign(mirrored, good, as_of=START - timedelta(days=120))
    assert mirrored.run(jobs.learn_account) == []
    newest, oldest = mirrored.versions()
    assert (newest.state, oldest.state) == ("rejected", "champion")
    told = newest.metrics["returns"]
    assert told["people"] > 300
    assert 0 < told["challenger"] < 1
    assert 0 < told["champion"] < 1


def test_s9_times_that_change_make_the_newer_model_the_better_one(mirrored: Mirrored) -> None:
    """Half a year ago everybody came ten times as often: who learnt then expects too much now."""
    mirrored.crowd(300, pace=12)
    a = activities.c
    late = (a.occurred_at > mirrored.ago(300), sa.cast(a.activity_id, sa.Integer) % 12 > 0)
    with mirrored.engine.begin() as tx:
        tx.execute(sa.delete(activities).where(*late))  # of what came after, little is left
    early = fitted(mirrored, START - timedelta(days=310))
    reign(mirrored, early, as_of=START - timedelta(days=310))
    mirrored.run(jobs.learn_account)
    assert [v.state for v in mirrored.versions()] == ["champion", "retired"]


def test_nothing_that_the_champion_knew_is_held_against_the_challenger(mirrored: Mirrored) -> None:
    """A champion of last month has seen a part of the last 90 days: that is no test for either."""
    mirrored.crowd(400, ahead=100)
    bad = sanguine(fitted(mirrored, START))
    reign(mirrored, bad, as_of=START - timedelta(days=31))
    assert mirrored.run(jobs.learn_account) == []
    waiting = mirrored.versions()[0]
    assert (waiting.state, waiting.metrics) == ("challenger", {"against": 1})
    mirrored.later(60)
    mirrored.run(jobs.learn_account)
    states = [v.state for v in mirrored.versions()]
    assert states == ["champion", "rejected", "retired"], "who was not judged makes room"


# Outcomes of outreach.


def pilot(
    mirrored: Mirrored, people: list[str], *, respond: Callable[[str], float], seed: int = 0
) -> None:
    """Half of them started, half left alone, as of now; who of them responds is in the mirror already."""
    dice = np.random.default_rng(seed)
    at = mirrored.clock.now()
    arms = {i: CONTROL if dice.random() < 0.5 else "email_sms_email" for i in people}
    rows = [{"contact_id": i, "arm": arm, "channels": "email sms"} for i, arm in arms.items()]
    came = [i for i, arm in arms.items() if dice.random() < (respond(arm))]
    with mirrored.engine.begin() as tx:
        outcomes.open_cohorts(tx, ACCOUNT, rows, at=at)
    mirrored.happen(*((i, -float(dice.uniform(1, 80)), "email") for i in came))


def mature(mirrored: Mirrored) -> None:
    """What workflows' daily job does, by the mirror alone."""
    at = mirrored.clock.now()
    with mirrored.engine.begin() as tx:
        ripe = outcomes.load_ripe(tx, ACCOUNT, decided_by=at - timedelta(days=90))
        found = []
        for contact_id, decided_at in ripe:
            start = to_millis(decided_at)
            a = activities.c
            query = sa.select(a.contact_id).where(
                a.contact_id == contact_id,
                a.occurred_at > start,
                a.occurred_at <= start + 90 * 86_400_000,
            )
            found.append((contact_id, decided_at, tx.execute(query).first() is not None))
        outcomes.record_outcomes(tx, ACCOUNT, found, at=at)


def dormant(mirrored: Mirrored, size: int) -> list[str]:
    """People who were in touch and then quiet for long, beside a crowd that makes the account's record."""
    mirrored.crowd(150, ahead=200)
    people = [f"d{i:04d}" for i in range(size)]
    mirrored.know(*people)
    mirrored.happen(
        *((i, 600 - n % 300, "form") for n, i in enumerate(people)),
        *((i, 560 - n % 300, "call") for n, i in enumerate(people)),
    )
    return people


def test_s9_the_first_outcomes_take_over_from_planning_values(mirrored: Mirrored) -> None:
    people = dormant(mirrored, 400)
    mirrored.run(jobs.score_account)
    assert mirrored.versions()[0].state == "champion"
    pilot(mirrored, people, respond=lambda arm: 0.1 if arm == CONTROL else 0.35)
    mirrored.later(91)
    mature(mirrored)
    mirrored.run(jobs.learn_account)
    newest = mirrored.versions()[0]
    assert newest.state == "champion"
    assert "responses" in newest.metrics
    with reading(mirrored.engine) as connection:
        champion = find_champion(connection, ACCOUNT)
    assert champion is not None
    assert champion.learnt.responding.outcomes == 400
    mirrored.run(jobs.score_account)
    foretold = [row for row in mirrored.scores().values() if row["likelihood"] is not None]
    # Of most of them the account's own outcomes say more by now than what was believed before.
    own = [row["own_share"] > 0.5 for row in foretold]
    assert [row["likelihood_source"] == "model" for row in foretold] == own
    assert sum(own) > len(own) / 2


def test_s9_outcomes_that_turn_out_otherwise_are_learnt(mirrored: Mirrored) -> None:
    """A champion that is sure of an effect meets cohorts that show none."""
    people = dormant(mirrored, 600)
    believer = fitted(mirrored, START)
    mean = believer.responding.belief.mean.copy()
    mean[len(mean) // 2] = 3.0  # the plan's own effect
    belief = Belief(mean, believer.responding.belief.precision)
    responding = replace(believer.responding, belief=belief, outcomes=500)
    reign(mirrored, replace(believer, responding=responding), as_of=START)
    for first in (0, 200, 400):
        pilot(mirrored, people[first : first + 200], respond=lambda _arm: 0.15, seed=first)
        mirrored.later(7)
    mirrored.later(91)
    mature(mirrored)
    assert mirrored.run(jobs.learn_account) == [ChampionChanged(ACCOUNT)]
    told = mirrored.versions()[0].metrics["responses"]
    assert told["people"] == 600
    assert told["challenger"] < told["champion"]


def test_an_outcome_is_judged_by_what_had_matured_when_it_was_decided(mirrored: Mirrored) -> None:
    """A week after the first of them nobody knows yet how the first will turn out."""
    people = dormant(mirrored, 200)
    champion = fitted(mirrored, START)
    for first in (0, 100):
        pilot(mirrored, people[first : first + 100], respond=lambda _arm: 0.8, seed=first)
        mirrored.later(7)
    mirrored.later(91)
    mature(mirrored)
    history = history_of(mirrored)
    contest = judge_responses(history, champion, fitted_to=START - timedelta(days=1))
    untaught = learn_account(history.at(START))
    said = [
        foretell(with_chances(d.prepared, untaught), untaught, d.cohort, hour=PLAN_HOUR)
        for d in history.decisions()
    ]
    chances, responded = (np.concatenate(parts) for parts in zip(*said, strict=True))
    assert contest is not None
    assert contest.people == 200
    assert contest.challenger == pytest.approx(log_loss(responded, chances))


def test_nothing_that_came_after_a_decision_is_known_of_it(mirrored: Mirrored) -> None:
    """What a cohort is learnt from is what was on record at the decision, whatever has happened since."""
    people = dormant(mirrored, 40)
    pilot(mirrored, people, respond=lambda _arm: 0.5)
    then = prepare_now(mirrored, people)
    mirrored.later(91)
    mature(mirrored)
    mirrored.happen(
        *((i, 40.0, "meeting") for i in people), *((i, 30.0, "purchase") for i in people)
    )
    (decided,) = history_of(mirrored).decisions()
    frame = decided.prepared.frame
    for name in ("quiet_days", "human_events", "purchases", "track", "signal", "answered", "band"):
        seen = frame.sort("contact_id")[name].to_list()
        assert seen == then.sort("contact_id")[name].to_list(), name


def prepare_now(mirrored: Mirrored, people: list[str]) -> pl.DataFrame:
    now = mirrored.clock.now()
    history = history_of(mirrored)
    found = prepare(history.contacts, history.events, as_of=now, settings=SETTINGS)
    return found.frame.filter(pl.col("contact_id").is_in(people))


def test_learning_without_outcomes_is_learning_from_the_record_alone(mirrored: Mirrored) -> None:
    mirrored.crowd(80)
    history = history_of(mirrored)
    assert history.cohorts.schema == pl.Schema(OUTCOME_COLUMNS)
    learnt = learn_history(history, as_of=START)
    assert to_json(learnt) == to_json(fitted(mirrored, START))


# The way back.


def test_a_roll_back_scores_by_the_earlier_version_until_a_better_one_comes(
    mirrored: Mirrored,
) -> None:
    mirrored.crowd(400)
    bad = sanguine(fitted(mirrored, START - timedelta(days=120)))
    reign(mirrored, bad, as_of=START - timedelta(days=120))
    mirrored.run(jobs.learn_account)
    mirrored.run(jobs.score_account)
    good = {i: row["p_return"] for i, row in mirrored.scores().items()}
    mirrored.facts.clear()
    versions_for_people.roll_back(mirrored.context, ACCOUNT, 1)
    assert mirrored.facts == [ChampionChanged(ACCOUNT)]
    assert [v.state for v in mirrored.versions()] == ["retired", "champion"]
    mirrored.run(jobs.score_account)
    assert {row["model_version"] for row in mirrored.scores().values()} == {1}
    assert {i: row["p_return"] for i, row in mirrored.scores().items()} != good
    mirrored.later(30)
    mirrored.run(jobs.learn_account)
    assert [v.state for v in mirrored.versions()] == ["champion", "retired", "retired"]


@pytest.mark.parametrize(("version", "error"), [(9, NotFound), (2, Conflict), (1, Conflict)])
def test_only_a_former_champion_can_be_champion_again(
    mirrored: Mirrored, version: int, error: type[Exception]
) -> None:
    mirrored.crowd(200)
    mirrored.run(jobs.learn_account)
    mirrored.later(30)
    mirrored.run(jobs.learn_account)
    with pytest.raises(error):
        versions_for_people.roll_back(mirrored.context, ACCOUNT, version)
    assert mirrored.facts == [ChampionChanged(ACCOUNT)]


def test_versions_in_words_and_as_json(mirrored: Mirrored) -> None:
    mirrored.crowd(400)
    bad = sanguine(fitted(mirrored, START - timedelta(days=120)))
    reign(mirrored, bad, as_of=START - timedelta(days=120), note="Made by hand.")
    mirrored.run(jobs.learn_account)
    newest, oldest = versions_for_people.list_versions(mirrored.context, ACCOUNT)
    first, judged = versions_for_people.lines(newest)
    assert first.split()[:3] == ["2", "champion", "2026-06-01"]
    assert "who comes back: log-loss 0." in judged
    assert "of version 1" in judged
    assert versions_for_people.lines(oldest) == ["   1  retired     2026-02-01  Made by hand."]
    told_of = versions_for_people.to_json(newest)
    assert told_of["out_of_time"]["returns"]["champion"] > 0
    with pytest.raises(NotFound):
        versions_for_people.list_versions(mirrored.context, "hubspot-2")
