"""A wish closes with its source told; an admin sets it aside with a reason, a later one closes again (D1, D2, D8)."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from contact_rules.channels import Channel
from contact_rules.person import Policy
from contact_rules.verdict import Deny, choose_channel
from contact_rules.wishes import Wish
from core.db import reading
from core.moments import to_millis
from sync.frames import load_frames
from sync.mirror import lifting, merging
from sync.mirror.store import erase_contacts
from sync.mirror.tables import activities, contacts, lifted_wishes
from sync.mirror.wishes import load_wishes
from workflows.gate.people import load_people

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 10, 17, tzinfo=UTC)
ACCOUNT = "hubspot-1"


def person(engine: Engine, contact_id: str, *said: tuple[str, str, Wish]) -> None:
    """A contact with activities: (id, kind, wish), a day apart, the last a week ago."""
    row = {
        "account_id": ACCOUNT,
        "contact_id": contact_id,
        "archived": False,
        "email": "x",
        "phone": "+12125550100",
        "sms_consent": True,
        "timezone": "America/New_York",
        "fields": "{}",
        "known": "{}",
        "content_hash": "",
    }
    with engine.begin() as tx:
        tx.execute(sa.insert(contacts), [row])
    say(engine, contact_id, *said)


def say(engine: Engine, contact_id: str, *said: tuple[str, str, Wish], days: int = 8) -> None:
    rows = [
        {
            "account_id": ACCOUNT,
            "contact_id": contact_id,
            "activity_id": activity_id,
            "occurred_at": to_millis(NOW - timedelta(days=days - number)),
            "kind": kind,
            "wish": wish,
        }
        for number, (activity_id, kind, wish) in enumerate(said)
    ]
    if rows:
        with engine.begin() as tx:
            tx.execute(sa.insert(activities), rows)


def asked(engine: Engine, contact_id: str) -> object:
    """What the gate says of somebody."""
    with reading(engine) as connection:
        people = load_people(connection, ACCOUNT, {contact_id: None}, at=NOW)
    return choose_channel(people[contact_id], NOW, Policy())


def lift(engine: Engine, contact_id: str, activity_id: str) -> bool:
    with engine.begin() as tx:
        return lifting.lift(
            tx, ACCOUNT, contact_id, activity_id, by="Ann", reason="a mistake", at=NOW
        )


@pytest.mark.parametrize(
    ("kind", "wish", "rule", "reason"),
    [
        ("note", Wish.DECEASED, "D8", "Has died (note, Nov 2, 2026)"),
        ("ticket", Wish.LEGAL, "D8", "A lawyer or a legal step was mentioned (ticket, Nov 2, 2026)"),
        ("sms", Wish.LEFT_ALONE, "D2", "Asked not to be contacted (text, Nov 2, 2026)"),
        ("email", Wish.OPTED_OUT, "D2", "Asked for no more messages (e-mail, Nov 2, 2026)"),
        ("note", Wish.OPTED_OUT, "D2", "Asked for no more messages (note, Nov 2, 2026)"),
    ],
)  # fmt: skip
def test_the_reason_names_what_was_said_where_and_when_d2_d8(
    engine: Engine, kind: str, wish: Wish, rule: str, reason: str
) -> None:
    person(engine, "1", ("a", kind, wish))
    assert asked(engine, "1") == Deny(rule, reason)


def test_a_stop_by_text_closes_e_mail_too_until_a_start_d1_d2(engine: Engine) -> None:
    """Who was asked for no more texts and is sent e-mails instead was not listened to."""
    person(engine, "1", ("a", "sms", Wish.OPTED_OUT))
    with reading(engine) as connection:
        assert load_wishes(connection, ACCOUNT, ["1"])["1"] == {"sms_opt_out"}
    refused = asked(engine, "1")
    assert isinstance(refused, Deny)
    assert refused.rule == "D2"
    assert refused.reason.startswith("Asked for no more messages (text, ")
    say(engine, "1", ("b", "sms", Wish.OPTED_IN), days=3)
    assert getattr(asked(engine, "1"), "channel", None) == Channel.EMAIL


def test_what_is_set_aside_counts_no_more_and_a_later_wish_closes_again_d2(engine: Engine) -> None:
    person(engine, "1", ("a", "note", Wish.DECEASED))
    assert lift(engine, "1", "a")
    assert not lift(engine, "1", "a"), "it does not count any more"
    assert not lift(engine, "1", "nothing")
    assert not isinstance(asked(engine, "1"), Deny)
    frame, _ = load_frames(engine, ACCOUNT, as_of=NOW)
    assert frame["do_not_contact"].to_list() == [None]
    say(engine, "1", ("b", "sms", Wish.LEFT_ALONE), days=3)
    assert isinstance(asked(engine, "1"), Deny)
    with reading(engine) as connection:
        kept = lifting.load_lifted(connection, ACCOUNT, limit=5)
        counted = lifting.load_latest(connection, ACCOUNT, limit=5)
    assert [(k.wish, k.by, k.reason, k.at) for k in kept] == [
        (Wish.DECEASED, "Ann", "a mistake", NOW)
    ]
    assert [one.activity_id for one in counted] == ["b"]


def test_what_was_set_aside_follows_a_merge_and_goes_with_an_erased_person(engine: Engine) -> None:
    person(engine, "1", ("a", "note", Wish.MINOR))
    person(engine, "2")
    assert lift(engine, "1", "a")
    with engine.begin() as tx:
        merging.follow_merge(tx, ACCOUNT, ["1"], "2")
    assert not isinstance(asked(engine, "2"), Deny)
    with engine.begin() as tx:
        erase_contacts(tx, ACCOUNT, ["2"])
        left = tx.execute(sa.select(sa.func.count()).select_from(lifted_wishes)).scalar()
    assert left == 0
