"""Scoring a few again: the same as scoring everybody would say, nobody else touched, nothing lost (S10, S20)."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import scoring.score
from core.db import reading
from core.facts import ContactsScored
from oauth.account_settings.fields import AccountSettings
from scoring import jobs, store
from scoring.features.prepare import prepare
from scoring.loading import find_learnt, settings_of, yardstick_of
from scoring.score import (
    COLUMNS,
    Scored,
    ScoreSettings,
    Yardstick,
    described,
    rescore_contacts,
    score_contacts,
    with_chances,
    with_value,
)
from scoring.value import with_priority
from sync.frames import load_frames
from tests.scoring.mirrored import ACCOUNT, Mirrored
from tests.scoring.people import NOW, contact, contacts_of, event, events_of

pytestmark = pytest.mark.integration

_KINDS = st.sampled_from(["form", "email", "sms", "visit", "call", "meeting", "purchase", "open"])
_PERSON = st.fixed_dictionaries(
    {
        "created": st.integers(0, 1_500),
        "email": st.booleans(),
        "consent": st.sampled_from([True, False, None]),
        "events": st.lists(st.tuples(st.integers(0, 1_400), _KINDS), max_size=6),
    }
)
_CROWD = [
    event(f"c{i}", float(days), kind, amount=100.0 + i if kind == "purchase" else None)
    for i, (days, kind) in enumerate(
        (d, k)
        for d in (5, 95, 130, 200, 260, 410, 700)
        for k in ("form", "visit", "purchase", "call")
    )
]


_UNREACHED: dict[str, Any] = {"created": 0, "email": False, "consent": True, "events": []}


def account_of(people: list[dict[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The people drawn, among a crowd that gives the account its models and measures."""
    contacts = [contact(f"c{i}") for i in range(len(_CROWD))]
    events = list(_CROWD)
    for number, person in enumerate(people):
        made = NOW - timedelta(days=person["created"])
        told = {"created_at": made, "has_email": person["email"], "has_phone": True}
        contacts.append(contact(f"p{number}", sms_consent=person["consent"], **told))
        for days, kind in person["events"]:
            amount = {"amount": 80.0} if kind == "purchase" else {}
            direction = {"direction": "in"} if kind in {"email", "sms", "call"} else {}
            events.append(event(f"p{number}", float(days), kind, **amount, **direction))
    return contacts_of(contacts), events_of(events)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people=st.lists(_PERSON, min_size=1, max_size=8), seed=st.integers(0, 99))
# Whoever stands just at a priority's edge stands there by the last digit, which differs between few and many rows.
@example(
    people=[*[_UNREACHED] * 3, _UNREACHED | {"events": [(2, "form"), (301, "purchase")]}], seed=4
)
def test_s9_scoring_a_few_says_what_scoring_everybody_says(
    people: list[dict[str, Any]], seed: int
) -> None:
    contacts, events = account_of(people)
    whole = score_contacts(contacts, events, as_of=NOW, settings=ScoreSettings())
    dice = np.random.default_rng(seed)
    chosen = contacts.filter(pl.Series(dice.random(contacts.height) < 0.3))
    some = rescore_contacts(
        chosen,
        events.filter(pl.col("contact_id").is_in(chosen["contact_id"].implode())),
        as_of=NOW,
        settings=ScoreSettings(),
        learnt=whole.learnt,
        yardstick=whole.yardstick,
    )
    expected = whole.frame.join(some.select("contact_id"), on="contact_id", how="semi")
    assert_same(some, expected)


def assert_same(some: pl.DataFrame, expected: pl.DataFrame) -> None:
    assert some["contact_id"].to_list() == expected["contact_id"].to_list()
    for name in COLUMNS:
        if some.schema[name].is_float():
            same = np.allclose(some[name].to_numpy(), expected[name].to_numpy(), equal_nan=True)
            assert same, name
        else:
            assert some[name].to_list() == expected[name].to_list(), name


def by_hand(mirrored: Mirrored) -> dict[str, dict[str, Any]]:
    """Everybody as of now, by the stored model and measures: what a scoring of all of them would give."""
    as_of, last = mirrored.clock.now(), mirrored.scoring()
    with reading(mirrored.engine) as connection:
        learnt = find_learnt(connection, ACCOUNT, last["model_version"])
    measured = yardstick_of(last)
    assert learnt is not None
    assert isinstance(measured, Yardstick)
    contacts, events = load_frames(mirrored.engine, ACCOUNT, as_of=as_of)
    settings = settings_of(AccountSettings(timezone="US/Eastern"))
    prepared = prepare(contacts, events, as_of=as_of, settings=settings)
    frame = with_value(with_chances(prepared, learnt), measured.sales, settings)
    frame = with_priority(frame, measured.cuts)
    rounded = frame.with_columns(pl.col("expected_value").round(2))
    whole = pl.concat(described(rounded, settings.timezone))
    return {row["contact_id"]: row for row in whole.iter_rows(named=True)}


def test_only_changed_contacts_are_written_and_as_everybody_would_be(mirrored: Mirrored) -> None:
    people = mirrored.crowd(150, buys=0)  # no season begins by its date in the meantime
    mirrored.know("seller", days=800)
    mirrored.happen(("seller", 600, "purchase"), ("seller", 500, "form"))
    mirrored.run(jobs.score_account)
    before = mirrored.scores()
    mirrored.later(3)
    changed = people[:5]
    mirrored.happen((changed[0], 0.1, "form"), (changed[1], 0.2, "purchase"))
    mirrored.change(*changed)
    assert mirrored.run(jobs.score_changed) == [ContactsScored(ACCOUNT, tuple(sorted(changed)))]
    after, expected = mirrored.scores(), by_hand(mirrored)
    for contact_id, row in after.items():
        if contact_id not in changed:
            assert row == before[contact_id]
            continue
        assert row["scored_at"] > before[contact_id]["scored_at"]
        assert row["as_of"] == mirrored.clock.now()
        for name, value in expected[contact_id].items():
            if name in row:
                wanted = pytest.approx(value) if isinstance(value, float) else value
                assert row[name] == wanted, name
    assert mirrored.marks() == {}
    assert mirrored.scoring()["scored_at"] == before[people[-1]]["scored_at"]


def test_it_may_be_run_twice_and_without_anything_new(mirrored: Mirrored) -> None:
    people = mirrored.crowd(80)
    mirrored.change(people[0])
    assert mirrored.run(jobs.score_changed) == [], "everybody is still to be scored"
    mirrored.run(jobs.score_account)
    assert mirrored.marks() == {}
    before = mirrored.scores()
    assert mirrored.run(jobs.score_changed) == []
    assert mirrored.scores() == before


def test_a_worker_that_dies_before_it_tells_leaves_the_marks_to_the_next(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = mirrored.crowd(80)
    mirrored.run(jobs.score_account)
    mirrored.happen((people[3], 0.1, "form"))
    mirrored.change(people[3])

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    for place in ("load_frames", "forget_unscored"):  # before the scores are stored, and after
        with monkeypatch.context() as broken:
            broken.setattr(jobs, place, die)
            with pytest.raises(Killed):
                mirrored.run(jobs.score_changed)
        assert set(mirrored.marks()) == {people[3]}
    assert mirrored.run(jobs.score_changed) == [ContactsScored(ACCOUNT, (people[3],))]
    assert mirrored.marks() == {}
    assert mirrored.scores()[people[3]]["band"] == "active"


def test_who_changes_while_being_scored_is_scored_once_more(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = mirrored.crowd(80)
    mirrored.run(jobs.score_account)
    mirrored.change(people[3])
    really = load_frames
    told: list[str] = []

    def read_and_change(*args: Any, **more: Any) -> Any:
        frames = really(*args, **more)
        if not told:
            told.append("changed")
            mirrored.happen((people[3], 0.1, "form"))
            mirrored.change(people[3])
        return frames

    monkeypatch.setattr(jobs, "load_frames", read_and_change)
    mirrored.run(jobs.score_changed)
    assert mirrored.scores()[people[3]]["band"] == "active"
    assert mirrored.marks() == {}


def test_a_scoring_of_everybody_does_not_undo_what_came_meanwhile(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read the mirror already when a webhook's contact is scored by itself."""
    people = mirrored.crowd(80)
    mirrored.run(jobs.score_account)
    really = score_contacts

    def overtaken(*args: Any, **more: Any) -> Scored:
        scored = really(*args, **more)
        mirrored.happen((people[3], 0.1, "form"))
        mirrored.change(people[3])
        mirrored.run(jobs.score_changed)
        assert mirrored.scores()[people[3]]["band"] == "active"
        return scored

    monkeypatch.setattr(scoring.score, "score_contacts", overtaken)
    mirrored.run(jobs.score_account)
    assert set(mirrored.marks()) == {people[3]}
    mirrored.run(jobs.score_changed)
    assert mirrored.scores()[people[3]]["band"] == "active"


def test_who_is_gone_loses_the_score_and_who_is_new_gets_one(mirrored: Mirrored) -> None:
    people = mirrored.crowd(80)
    mirrored.run(jobs.score_account)
    mirrored.know("new", days=1)
    mirrored.know("old", days=400, archived=True)
    mirrored.change("new", "old", "never heard of")
    mirrored.run(jobs.score_changed)
    assert set(mirrored.scores()) == {*people, "new"}
    mirrored.change()
    with mirrored.engine.begin() as tx:
        store.save_some(tx, ACCOUNT, [people[0]], [], pass_no=9)
    assert people[0] not in mirrored.scores()


def test_many_are_taken_a_thousand_at_a_time(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = mirrored.crowd(60)
    mirrored.run(jobs.score_account)
    mirrored.change(*people)
    sizes: list[int] = []
    really = load_frames

    def counted(*args: Any, **more: Any) -> Any:
        sizes.append(len(more["contact_ids"]))
        return really(*args, **more)

    monkeypatch.setattr(jobs, "load_frames", counted)
    monkeypatch.setattr(jobs, "AT_ONCE", 25)
    mirrored.run(jobs.score_changed)
    assert sizes == [25, 25, 10]
    assert mirrored.marks() == {}


def test_an_account_without_any_activity_is_scored_as_a_whole(mirrored: Mirrored) -> None:
    """Nothing is known by which a few could be measured."""
    mirrored.know("a", "b", days=200)
    mirrored.run(jobs.score_account)
    assert mirrored.scoring()["history_start"] is None
    mirrored.happen(("a", 0.5, "form"))
    mirrored.change("a")
    mirrored.run(jobs.score_changed)
    assert mirrored.scores()["a"]["band"] == "active"
    assert mirrored.scoring()["history_start"] is not None


def test_s10_s20_a_visit_after_a_long_silence_is_priority_a_for_a_week(mirrored: Mirrored) -> None:
    mirrored.crowd(120, buys=0)
    mirrored.know("back")
    mirrored.happen(("back", 500, "form"), ("back", 300, "call"))
    mirrored.run(jobs.score_account)
    assert mirrored.scores()["back"]["signal"] is None
    mirrored.happen(("back", 0.01, "visit"))
    mirrored.change("back")
    mirrored.run(jobs.score_changed)
    row = mirrored.scores()["back"]
    assert (row["signal"], row["priority"], row["signal_gap"]) == ("came_back", "A", 300)
    assert row["signal_until"] - row["signal_at"] == timedelta(days=7)
    mirrored.later(6)
    assert mirrored.run(jobs.score_changed) == [], "nobody's signal has passed"
    mirrored.later(1)
    assert mirrored.run(jobs.score_changed) == [ContactsScored(ACCOUNT, ("back",))]
    row = mirrored.scores()["back"]
    assert (row["signal"], row["priority"], row["signal_until"]) == (None, None, None)


def test_s10_a_signal_that_begins_by_its_date_begins_then(mirrored: Mirrored) -> None:
    """A purchase about a year ago: its season begins thirty days before the day comes round."""
    mirrored.crowd(120)
    mirrored.know("season")
    mirrored.happen(("season", 300, "purchase"))
    mirrored.run(jobs.score_account)
    row = mirrored.scores()["season"]
    assert row["signal"] is None
    begins = row["signal_next"]
    assert begins - mirrored.clock.now() == pytest.approx(timedelta(days=36), abs=timedelta(days=1))
    mirrored.later((begins - mirrored.clock.now()).total_seconds() / 86_400)
    mirrored.run(jobs.score_changed)
    row = mirrored.scores()["season"]
    assert row["signal"] == "season"
    assert row["signal_next"] is None or row["signal_next"] > mirrored.clock.now()
