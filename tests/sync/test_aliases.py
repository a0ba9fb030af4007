"""Aliases: whatever order merges are learnt in, one look says whose record an id is part of."""

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from connector.port.records import Page
from sync.mirror import aliases, store
from sync.mirror.merging import follow_merge, settle_page
from sync.outbox import plan_rows
from sync.outbox import plans as outbox
from sync.outbox.changes import Change
from sync.outbox.diff import load_diff
from tests.scoring.mirrored import START
from tests.workflows.merging import contact

pytestmark = pytest.mark.integration

ACCOUNT = "fake-1"


def learn(engine: Engine, merged: dict[str, str], *, asked_at: int = 1_000) -> list[str]:
    with engine.begin() as tx:
        return aliases.record_merged(tx, ACCOUNT, merged, asked_at=asked_at)


def known(engine: Engine, *ids: str) -> dict[str, str]:
    with engine.begin() as tx:
        return aliases.resolve(tx, ACCOUNT, ids)


def keep(engine: Engine, *ids: str, asked_at: int = 1_000, **more: Any) -> None:
    page = Page(len(ids), None, contacts=[contact(i, **more) for i in ids])
    with engine.begin() as tx:
        page, _ = settle_page(tx, ACCOUNT, page, asked_at=asked_at)
        store.save_contacts(tx, ACCOUNT, page.contacts, asked_at=asked_at)


@pytest.mark.parametrize(
    "order", list(permutations([("1", "3"), ("2", "3"), ("3", "5"), ("4", "5")]))
)
def test_a_chain_is_one_look_in_whatever_order_it_is_learnt(
    engine: Engine, order: tuple[tuple[str, str], ...]
) -> None:
    for old, contact_id in (*order, *order[:2]):
        learn(engine, {old: contact_id})
    assert known(engine, "1", "2", "3", "4", "5", "6") == {
        **dict.fromkeys("12345", "5"),
        "6": "6",
    }


def test_a_list_that_leaves_out_the_middle_of_a_chain_still_joins_it(engine: Engine) -> None:
    """1 was part of 3 and is part of 5 by now: then 3 is too, though nobody has said so."""
    learn(engine, {"1": "3"}, asked_at=1_000)
    learn(engine, {"1": "5"}, asked_at=2_000)
    assert known(engine, "1", "3") == {"1": "5", "3": "5"}


def test_an_answer_of_before_does_not_undo_a_later_one(engine: Engine) -> None:
    learn(engine, {"1": "5"}, asked_at=2_000)
    learn(engine, {"1": "3"}, asked_at=1_000)
    assert known(engine, "1", "3") == {"1": "5", "3": "5"}


def test_a_circle_that_a_crm_tells_of_ends(engine: Engine) -> None:
    learn(engine, {"1": "2"}, asked_at=1_000)
    learn(engine, {"2": "1"}, asked_at=2_000)
    learn(engine, {"1": "1"}, asked_at=3_000)
    assert known(engine, "1", "2") == {"1": "2", "2": "2"}


def test_only_ids_that_were_met_have_something_to_follow(engine: Engine) -> None:
    keep(engine, "1", "5")
    assert learn(engine, {"1": "5", "2": "5"}) == ["5"]
    assert learn(engine, {"2": "6"}, asked_at=2_000) == ["6"], "5 was met and is part of 6"
    with engine.begin() as tx:
        assert aliases.load_unfollowed(tx, ACCOUNT) == {"1": "6", "5": "6"}
        assert aliases.load_unfollowed(tx, ACCOUNT, ["2"]) == {}
        aliases.record_followed(tx, ACCOUNT, ["1", "5"])
        assert aliases.load_unfollowed(tx, ACCOUNT) == {}
    assert learn(engine, {"1": "6"}, asked_at=3_000) == [], "the same once more is nothing new"


def test_accounts_know_nothing_of_each_others_merges(engine: Engine) -> None:
    learn(engine, {"1": "2"})
    with engine.begin() as tx:
        assert aliases.resolve(tx, "fake-2", ["1"]) == {"1": "1"}


def test_a_page_of_before_brings_no_ended_id_back_and_one_of_later_does(engine: Engine) -> None:
    keep(engine, "2")
    learn(engine, {"1": "2"}, asked_at=100_000)
    keep(engine, "1", asked_at=99_000)
    keep(engine, "1", asked_at=101_000)  # the clocks of two machines
    with engine.begin() as tx:
        assert store.find_live(tx, ACCOUNT, ["1", "2"]) == ["2"]
    keep(engine, "1", asked_at=200_000)
    with engine.begin() as tx:
        assert store.find_live(tx, ACCOUNT, ["1", "2"]) == ["1", "2"]
    assert known(engine, "1") == {"1": "1"}


@pytest.mark.parametrize(
    ("survivor", "old", "found"),
    [
        ({}, {"email_opt_out": True}, {"email_opt_out": True}),
        ({"email_opt_out": False}, {"email_opt_out": True}, {"email_opt_out": False}),
        ({}, {"sms_consent": True}, {"sms_consent": None}),
        ({}, {"sms_consent": False}, {"sms_consent": False}),
        ({"sms_consent": True}, {"sms_consent": False}, {"sms_consent": True}),
        ({}, {"email_bounced": True}, {"email_bounced": True}),
    ],
)
def test_a_refusal_stands_until_the_crm_says_otherwise(
    engine: Engine, survivor: dict[str, bool], old: dict[str, bool], found: dict[str, bool | None]
) -> None:
    keep(engine, "1", **old)
    keep(engine, "2", **survivor)
    learn(engine, {"1": "2"})
    with engine.begin() as tx:
        follow_merge(tx, ACCOUNT, ["1"], "2")
        row = store.find_contact(tx, ACCOUNT, "2")
        assert store.find_contact(tx, ACCOUNT, "1") is None
    assert row is not None
    assert {name: row[name] for name in found} == found


def test_nothing_more_is_written_to_an_ended_id_and_what_was_counts_on(engine: Engine) -> None:
    with engine.begin() as tx:
        open_plan = outbox.begin(tx, ACCOUNT, kind="values", now=START)
        changes = [Change(i, {"score": "1"}, {"score": ""}) for i in ("1", "2", "3")]
        plan_rows.put(tx, open_plan.plan_id, changes)
        outbox.complete(tx, open_plan, wait_reason=lambda _n: None, pace=None)
        plan_rows.record_sent(tx, open_plan.plan_id, ["1", "3"], at=START)
        plan_rows.record_succeeded(
            tx,
            account_id=ACCOUNT,
            kind="values",
            plan_id=open_plan.plan_id,
            contact_ids=["1"],
        )
        waiting = outbox.begin(tx, ACCOUNT, kind="values", now=START)
        plan_rows.put(tx, waiting.plan_id, changes[:1])
        outbox.complete(tx, waiting, wait_reason=lambda _n: "look", pace=None)
        found = outbox.follow_merge(tx, ACCOUNT, ["1", "3"])
        assert found == {
            (open_plan.plan_id, "1"): "succeeded",
            (open_plan.plan_id, "3"): "sent",
            (waiting.plan_id, "1"): "planned",
        }
        left = [row.contact_id for row in load_diff(tx, open_plan.plan_id, limit=9)]
        assert left == ["2"]
        tally = outbox.tally(tx, ACCOUNT)
        assert (tally.planned, tally.succeeded, tally.unread) == (2, 1, 0)
        assert outbox.find_plan(tx, ACCOUNT, waiting.plan_id) is None
