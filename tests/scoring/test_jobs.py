"""Scoring and learning as jobs: what is stored, by which model, and that twice is once (S9, S20)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.inline_queue import InlineQueue
from app.schedule import ask_for_due
from core.db import reading
from core.facts import ChampionChanged, ContactsScored
from core.jobs.tables import jobs as asked_for
from scoring import jobs
from scoring.learn import outcomes, versions
from scoring.tables import models, scores
from tests.scoring.mirrored import ACCOUNT, START, Mirrored

pytestmark = pytest.mark.integration


def test_s9_the_first_scoring_makes_a_model_and_every_later_one_uses_it(mirrored: Mirrored) -> None:
    people = mirrored.crowd(120)
    assert mirrored.run(jobs.score_account) == [ContactsScored(ACCOUNT)]
    first = mirrored.scores()
    assert set(first) == set(people)
    (version,) = mirrored.versions()
    assert (version.version, version.state, version.as_of) == (1, "champion", START)
    mirrored.later(1)
    mirrored.run(jobs.score_account)
    assert mirrored.versions() == [version]
    assert {row["model_version"] for row in mirrored.scores().values()} == {1}
    assert {row["pass_no"] for row in mirrored.scores().values()} == {2}
    assert mirrored.scoring()["model_version"] == 1


def test_s9_what_a_score_rests_on_is_stored_with_it(mirrored: Mirrored) -> None:
    mirrored.crowd(120)
    mirrored.know("why", reason="Too expensive", reason_at=mirrored.ago(400), reason_source="lost")
    mirrored.happen(("why", 500, "form"), ("why", 450, "call"))
    mirrored.run(jobs.score_account)
    row = mirrored.scores()["why"]
    assert (row["reason"], row["reason_source"]) == ("budget_or_timing", "field")
    assert 0.5 <= row["reason_confidence"] <= 1
    assert row["uplift"] == pytest.approx(row["likelihood"] - row["p_return"])
    assert (row["plan"], row["likelihood_source"]) == ("email_sms_email", "prior")
    assert round(row["likelihood"], 2) != row["likelihood"], "a chance, not whole percents"
    cuts = mirrored.scoring()["cuts"]
    assert cuts == sorted(cuts, reverse=True)
    assert len(cuts) == 3


def test_who_is_no_longer_in_the_mirror_has_no_score(mirrored: Mirrored) -> None:
    people = mirrored.crowd(60)
    mirrored.run(jobs.score_account)
    with mirrored.engine.begin() as tx:
        tx.execute(sa.text("UPDATE contacts SET archived = true WHERE contact_id < 'c00010'"))
    mirrored.run(jobs.score_account)
    assert set(mirrored.scores()) == set(people[10:])


def test_a_model_that_this_rekindle_cannot_read_is_fitted_anew(mirrored: Mirrored) -> None:
    mirrored.crowd(60)
    mirrored.run(jobs.score_account)
    with mirrored.engine.begin() as tx:
        tx.execute(sa.update(models).values(params={"of": "another time"}))
    mirrored.change("c00001")
    mirrored.run(jobs.score_changed)
    newest, oldest = mirrored.versions()
    assert (newest.state, oldest.state) == ("champion", "retired")
    assert "anew" in newest.note
    assert {row["model_version"] for row in mirrored.scores().values()} == {2}


def test_s20_the_schedule_asks_for_what_is_due_and_two_ask_no_more(mirrored: Mirrored) -> None:
    mirrored.crowd(60)
    mirrored.know("back")
    mirrored.happen(("back", 400, "form"), ("back", 0.1, "visit"))
    mirrored.run(jobs.score_account)
    with mirrored.engine.begin() as tx:
        watched = {"arm": "control", "channels": "email sms"}
        outcomes.open_cohorts(tx, ACCOUNT, [{"contact_id": "back", **watched}], at=START)

    def asked(job: str) -> int:
        """How often two clockworks together ask for a job at this moment."""
        queue = InlineQueue()
        mirrored.queue = queue
        for _clockwork in ("one", "another"):
            ask_for_due(mirrored.context)
        with mirrored.engine.begin() as tx:
            tx.execute(sa.delete(asked_for))
        return queue.waiting().count(job)

    changed, scored = "scoring.jobs.score_changed", "scoring.jobs.score_account"
    learnt, recorded = "scoring.jobs.learn_account", "workflows.jobs.record_outcomes"
    assert [asked(job) for job in (changed, scored, learnt, recorded)] == [0, 0, 0, 0]
    mirrored.later(7)
    assert [asked(job) for job in (changed, scored, learnt)] == [1, 1, 0]
    mirrored.later(24)
    assert asked(learnt) == 1
    mirrored.later(59)
    assert asked(recorded) == 0, "the ninetieth day is not over yet"
    mirrored.later(1)
    assert asked(recorded) == 1


def test_a_champion_that_nobody_has_scored_by_is_asked_for(mirrored: Mirrored) -> None:
    """As when a worker died between the two, or somebody rolled back."""
    mirrored.crowd(60)
    mirrored.run(jobs.score_account)
    with mirrored.engine.begin() as tx:
        champion = versions.find_champion(tx, ACCOUNT)
        assert champion is not None
        versions.record_model(
            tx,
            ACCOUNT,
            champion.params,
            state="champion",
            as_of=START,
            now=START,
            metrics={},
            note="",
        )
    ask_for_due(mirrored.context)
    assert "scoring.jobs.score_account" in mirrored.queue.waiting()
    mirrored.run(jobs.score_account)
    with mirrored.engine.begin() as tx:
        tx.execute(sa.delete(asked_for))
    mirrored.queue = InlineQueue()
    ask_for_due(mirrored.context)
    assert "scoring.jobs.score_account" not in mirrored.queue.waiting()


def test_an_account_without_anybody_is_scored_and_learnt_from(mirrored: Mirrored) -> None:
    assert mirrored.run(jobs.score_account) == [ContactsScored(ACCOUNT)]
    mirrored.later(31)
    assert mirrored.run(jobs.learn_account) == []
    assert [v.state for v in mirrored.versions()] == ["challenger", "champion"]
    assert mirrored.scores() == {}


def test_learning_twice_is_learning_once(mirrored: Mirrored) -> None:
    mirrored.crowd(200)
    assert mirrored.run(jobs.learn_account) == [ChampionChanged(ACCOUNT)]
    assert mirrored.run(jobs.learn_account) == []
    assert [v.version for v in mirrored.versions()] == [1]
    mirrored.later(30)
    assert mirrored.run(jobs.learn_account) == [], "nothing to judge it by"
    assert mirrored.run(jobs.learn_account) == []
    assert [(v.version, v.state) for v in mirrored.versions()] == [
        (2, "challenger"),
        (1, "champion"),
    ]


def test_rows_of_scores_are_those_of_the_frame() -> None:
    """A column that scoring does not give would stay as the last scoring left it."""
    from scoring.score import COLUMNS  # noqa: PLC0415

    ours = {"account_id", "as_of", "scored_at", "model_version", "pass_no"}
    assert {c.name for c in scores.columns} - ours <= set(COLUMNS)


def test_forgetting_somebody_leaves_nothing_of_them(mirrored: Mirrored) -> None:
    from scoring import store  # noqa: PLC0415

    mirrored.crowd(30)
    mirrored.run(jobs.score_account)
    told = {"contact_id": "c00003", "arm": "control", "channels": "email sms"}
    with mirrored.engine.begin() as tx:
        outcomes.open_cohorts(tx, ACCOUNT, [told], at=START)
        store.forget(tx, ACCOUNT, ["c00003"])
    with reading(mirrored.engine) as connection:
        assert outcomes.load_watched(connection, ACCOUNT, ["c00003"]) == set()
        assert outcomes.load_ripe(connection, ACCOUNT, decided_by=START + timedelta(1)) == []
    assert "c00003" not in mirrored.scores()
