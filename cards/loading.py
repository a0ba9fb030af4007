"""Loading one contact's card, for a CRM's card and for our own pages alike."""

from datetime import datetime

import orjson
from sqlalchemy.engine import Connection

from cards.card import Card, spoken
from cards.facts import Facts, Row
from cards.telling import card_of
from core.context import Context
from core.errors import NotFound
from core.moments import from_millis, to_millis
from oauth.account_settings.changing import Owner, load_held
from oauth.account_settings.fields import AccountSettings
from oauth.store import Installation
from scoring import store as scores
from sync.mirror import store as mirror
from sync.mirror.meetings import load_meetings
from workflows.acts import store as acts
from workflows.decisions import store as decisions
from workflows.enrollment.begun import load_rounds_of
from workflows.enrollment.states import EnrollmentState
from workflows.handoff import store as handoffs
from workflows.touches import store as touches

# A meeting that was called off, or is over, is none to come.
_COMING = (None, "scheduled")


def load_own(connection: Connection, here: Context, account: Installation) -> AccountSettings:
    """What holds for the account, over the caller's own connection."""
    held = load_held(connection, here.settings, Owner(account.account_id, account))
    return held.resolved.settings


def load_card(
    connection: Connection,
    account_id: str,
    contact_id: str,
    own: AccountSettings,
    *,
    at: datetime,
    now: datetime,
    look_only: str | None = None,
) -> Card:
    """The card of a contact of this account; raises NotFound for anybody else's or an archived one."""
    facts = load_facts(connection, account_id, contact_id, own, at=at, now=now)
    return spoken(card_of(facts, look_only=look_only))


def load_facts(
    connection: Connection,
    account_id: str,
    contact_id: str,
    own: AccountSettings,
    *,
    at: datetime,
    now: datetime,
) -> Facts:
    """What is known of a contact of this account; raises NotFound for anybody else's or an archived one."""
    contact = mirror.find_contact(connection, account_id, contact_id)
    if contact is None or contact["archived"]:
        raise NotFound("Rekindle does not know this contact yet. It appears after the next sync.")
    rounds = load_rounds_of(connection, account_id, contact_id)
    last = [r for r in rounds if r["state"] != EnrollmentState.PROPOSED][-1:]
    sent = mirror.find_last_sent(connection, account_id, contact_id, until=to_millis(at))
    meetings = load_meetings(connection, account_id, [contact_id], after=at)
    return Facts(
        contact_id=contact_id,
        name=" ".join(filter(None, (contact["first_name"], contact["last_name"])))
        or "This contact",
        first_name=contact["first_name"] or "This contact",
        own=own,
        at=at,
        now=now,
        score=scores.find_score(connection, account_id, contact_id),
        decision=decisions.find_decision(connection, account_id, contact_id),
        rounds=rounds,
        touches=_touches(connection, account_id, last[0]) if last else (),
        handoffs=handoffs.load_of(connection, account_id, [contact_id]).get(contact_id, ()),
        acts=acts.load_of(connection, account_id, [contact_id]).get(contact_id, ()),
        sent=(sent[0], from_millis(sent[1])) if sent is not None else None,
        meetings=sorted(when for _, when, outcome in meetings if outcome in _COMING),
        known=orjson.loads(contact["known"]),
    )


def _touches(connection: Connection, account_id: str, round_: Row) -> list[Row]:
    found = touches.load_rounds(connection, account_id, [round_["contact_id"]])
    key = (round_["playbook"], round_["round_no"])
    mine = found.get(round_["contact_id"], ())
    return [t for t in mine if (t["playbook"], t["round_no"]) == key]
