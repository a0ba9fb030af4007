"""What pages show is stored with the scores: what moves each chance, and the audit (S9, S12, S30)."""

from dataclasses import replace

import numpy as np
import orjson
import polars as pl
import pytest
import sqlalchemy as sa

from core.db import reading
from scoring import jobs, store
from scoring.contributions import contributions
from scoring.features.prepare import ScoreSettings, prepare
from scoring.features.terms import LABELS
from scoring.learn.learnt import Learnt
from scoring.models.logistic import Belief
from scoring.score import score_contacts, with_chances
from scoring.summary.audit import summarise
from scoring.summary.audit_summary import read_summary, write_summary
from scoring.tables import audits
from tests.scoring.mirrored import ACCOUNT, START, Mirrored
from tests.scoring.people import NOW, experienced, made_up_account

pytestmark = pytest.mark.integration


def without(learnt: Learnt, label: str) -> Learnt:
    """The model with every term of these words taken out, in both arms."""
    model, mean = learnt.responding, learnt.responding.belief.mean.copy()
    size = len(model.keys) + 1
    for i, key in enumerate(model.keys, start=1):
        if LABELS[key] == label:
            mean[i] = mean[size + i] = 0.0
    belief = Belief(mean, model.belief.precision)
    return replace(learnt, responding=replace(model, belief=belief))


def test_each_part_is_what_leaving_its_words_out_would_change() -> None:
    people, events = made_up_account(5, 300)
    prepared = prepare(people, events, as_of=NOW, settings=ScoreSettings())
    learnt = experienced()
    frame = with_chances(prepared, learnt)
    told = contributions(frame, learnt.responding)
    who = frame["likelihood"].is_not_null().to_numpy()
    assert who.sum() > 50
    assert (frame["signal"].eq_missing("came_back")).any(), "of whom no plan is thought"
    found = [orjson.loads(text) if text else {} for text in told]
    keys = {key for one in found for key in one}
    assert len(keys) > 5
    for key in keys:
        other = with_chances(prepared, without(learnt, LABELS[key]))
        fewer = (frame["likelihood"] - other["likelihood"]).to_numpy() * 1000
        said = np.array([one.get(key, 0) for one in found])
        assert np.abs(said[who] - fewer[who]).max() <= 0.51, key


def test_nobody_without_a_chance_has_parts_and_words_stand_once() -> None:
    people, events = made_up_account(6, 300)
    prepared = prepare(people, events, as_of=NOW, settings=ScoreSettings())
    frame = with_chances(prepared, experienced())
    told = contributions(frame, experienced().responding)
    assert told.is_null().to_list() == frame["likelihood"].is_null().to_list()
    assert 0 < told.null_count() < frame.height
    for text in told.drop_nulls():
        labels = [LABELS[key] for key in orjson.loads(text)]
        assert len(labels) == len(set(labels))
        assert 0 not in orjson.loads(text).values()
    assert contributions(frame.clear(), experienced().responding).len() == 0


def test_a_few_have_what_everybodys_scoring_gave_them(mirrored: Mirrored) -> None:
    people = mirrored.crowd(150)
    mirrored.run(jobs.score_account)
    whole = {i: row["contributions"] for i, row in mirrored.scores().items()}
    with_chance = {i for i, row in mirrored.scores().items() if row["likelihood"] is not None}
    assert with_chance
    assert {i for i, text in whole.items() if text is not None} == with_chance
    mirrored.change(*people[:40])
    for _ in range(2):
        mirrored.run(jobs.score_changed)
        assert {i: row["contributions"] for i, row in mirrored.scores().items()} == whole


def test_the_audit_is_that_of_the_last_scoring_of_everybody(mirrored: Mirrored) -> None:
    people = mirrored.crowd(150)
    assert stored_audit(mirrored) is None
    mirrored.run(jobs.score_account)
    first = stored_audit(mirrored)
    assert first is not None
    assert (first["as_of"], first["contacts"]) == (START.isoformat(), 150)
    mirrored.later(200)
    mirrored.change(*people[:40])
    mirrored.run(jobs.score_changed)
    assert stored_audit(mirrored) == first, "a few do not make another audit"
    for _ in range(2):
        mirrored.run(jobs.score_account)
        assert stored_audit(mirrored)["as_of"] == mirrored.clock.now().isoformat()  # type: ignore[index]


def stored_audit(mirrored: Mirrored) -> dict[str, object] | None:
    with reading(mirrored.engine) as connection:
        found = store.find_audit(connection, ACCOUNT)
    return None if found is None else found.to_json()


def test_a_stored_audit_is_the_audit_without_its_list_of_people() -> None:
    people, events = made_up_account(7, 150)
    summary = summarise(score_contacts(people, events, as_of=NOW, settings=ScoreSettings()))
    assert summary.manual_list
    assert read_summary(write_summary(summary)) == replace(summary, manual_list=())
    assert not any(one.explanation in write_summary(summary) for one in summary.manual_list)


@pytest.mark.parametrize("text", ["{}", "", '{"as_of": 1, "contacts": "many"}'])
def test_what_another_version_stored_is_no_audit(text: str) -> None:
    assert read_summary(text) is None


def test_an_account_without_an_audit_is_asked_to_be_scored(mirrored: Mirrored) -> None:
    mirrored.crowd(60)
    mirrored.run(jobs.score_account)
    with mirrored.engine.begin() as tx:
        assert store.load_accounts_to_score(tx, before=START) == []
        tx.execute(sa.delete(audits))
        assert store.load_accounts_to_score(tx, before=START) == [ACCOUNT]


def test_the_best_are_the_first_of_all_in_order(mirrored: Mirrored) -> None:
    mirrored.crowd(400, buys=0.3)
    mirrored.run(jobs.score_account)
    with reading(mirrored.engine) as connection:
        everybody = sorted(
            (r for r in store.load_scores(connection, ACCOUNT) if r["priority"]),
            key=lambda r: (
                r["priority"],
                -r["expected_value"],
                r["quiet_days"] if r["quiet_days"] is not None else -1,
                r["contact_id"],
            ),
        )
        best = store.load_best(connection, ACCOUNT, limit=30)
        assert [r["contact_id"] for r in best] == [r["contact_id"] for r in everybody[:30]]
        assert best == everybody[:30]
        all_of_them = store.load_best(connection, ACCOUNT, limit=10_000)
        assert [r["contact_id"] for r in all_of_them] == [r["contact_id"] for r in everybody]
        segment = everybody[0]["segment"]
        some = store.load_best(connection, ACCOUNT, limit=5, segment=segment)
        wanted = [r["contact_id"] for r in everybody if r["segment"] == segment][:5]
        assert [r["contact_id"] for r in some] == wanted
    assert pl.Series([r["priority"] for r in everybody]).n_unique() > 2
