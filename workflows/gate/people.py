"""The gate's view of some contacts: what the mirror knows of them, and our own ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.records import REFUSALS
from contact_rules.countries import find_country
from contact_rules.identity import address_key
from contact_rules.listed import works_at
from contact_rules.person import Person, Policy
from contact_rules.same_person import as_one
from core.moments import from_millis
from scoring.store import load_scores
from sync.fields.people import SaidOf, load_said
from sync.mirror.people import (
    Happenings,
    load_contact_rows,
    load_happenings,
    load_staff_acts,
)
from sync.mirror.team import load_team
from sync.mirror.wishes import Said, closed_columns, words_of
from sync.mirror.wishes import load_said as load_wishes
from workflows.acts.kinds import SetAside
from workflows.acts.store import load_set_aside
from workflows.enrollment.asked import Asked, load_asked, load_in_vain
from workflows.enrollment.store import load_starts
from workflows.gate.do_not_contact import load_on_list
from workflows.gate.reasons import load_reasons
from workflows.gate.records import load_records
from workflows.gate.signals import with_signals
from workflows.gate.touched import of_others, touched

# No pause of the rule book is longer: what was asked for before counts for nothing any more.
KNOWN_FOR = timedelta(days=400)
_NOTHING_SAID = Policy()


@dataclass(frozen=True, slots=True)
class _Known:
    rows: Mapping[str, sa.RowMapping]
    on_list: frozenset[str]
    team: frozenset[str]  # addresses of those who work there
    happenings: Happenings
    starts: Mapping[str, list[datetime]]
    asked: Mapping[str, list[Asked]]
    in_vain: Mapping[str, list[datetime]]
    staff_acts: Mapping[str, list[tuple[str, datetime]]]  # of those with something asked
    reasons: Mapping[str, str | None]
    wishes: Mapping[str, Sequence[Said]]
    said: Mapping[str, SaidOf]
    set_aside: Mapping[str, SetAside]


def load_people(
    connection: Connection,
    account_id: str,
    last_human: Mapping[str, datetime | None],
    *,
    at: datetime,
    reasons: Mapping[str, str | None] | None = None,
    as_scored: bool = False,
    policy: Policy = _NOTHING_SAID,
) -> dict[str, Person]:
    """The gate's view of these contacts; `last_human` is contact → their last sign of life.

    `reasons` is contact → why they went quiet, where that was drawn from the mirror just now. `as_scored` takes the
    reasons of the last scoring, and leaves what mapped properties say to the decision that stands: whoever answers a
    person who is looking has no time for columns.
    """
    zone = policy.tenant_zone
    records = load_records(connection, account_id, last_human, tenant_zone=zone)
    said: Mapping[str, SaidOf] = {}
    if not as_scored:
        said = load_said(connection, account_id, list(records.last_human), at=at)
    people: dict[str, Person] = {}
    team = load_team(connection, account_id)
    for ids in records.parts():
        seen = {contact_id: records.last_human[contact_id] for contact_id in ids}
        rows = {row["contact_id"]: row for row in load_contact_rows(connection, account_id, ids)}
        reached = {i: (row["email"], row["phone"]) for i, row in rows.items()}
        known = _Known(
            rows,
            load_on_list(connection, account_id, reached, tenant_zone=zone),
            team,
            load_happenings(connection, account_id, ids, at=at),
            load_starts(connection, account_id, ids),
            asked := load_asked(connection, account_id, ids, since=at - KNOWN_FOR),
            load_in_vain(connection, account_id, ids),
            load_staff_acts(connection, account_id, list(asked), since=at - KNOWN_FOR, until=at),
            _stored_reasons(connection, account_id, seen)
            if as_scored
            else _reasons(connection, account_id, seen, reasons, at=at),
            load_wishes(connection, account_id, ids),
            said,
            load_set_aside(connection, account_id, ids, at=at),
        )
        for group in records.groups(known.rows):
            of_one = _Together(group, _last(*(seen[i] for i in group)))
            whole = as_one([_person(i, known, of_one, policy) for i in group])
            people |= {person.contact_id: person for person in whole}
    mine = {i: person for i, person in people.items() if i in last_human}
    return with_signals(connection, account_id, mine, at=at)


def _reasons(
    connection: Connection,
    account_id: str,
    seen: Mapping[str, datetime | None],
    drawn: Mapping[str, str | None] | None,
    *,
    at: datetime,
) -> Mapping[str, str | None]:
    """Why these went quiet, drawn from the mirror where that has not been done."""
    known = drawn or {}
    missing = {i: moment for i, moment in seen.items() if i not in known}
    return {**load_reasons(connection, account_id, missing, at=at), **known} if missing else known


def _stored_reasons(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> Mapping[str, str | None]:
    rows = load_scores(connection, account_id, contact_ids, names=("contact_id", "reason"))
    return {row["contact_id"]: row["reason"] for row in rows}


@dataclass(frozen=True, slots=True)
class _Together:
    """The records of one person, and their last sign of life under any of them."""

    group: Sequence[str]
    last_human_at: datetime | None

    def of(self, moments: Mapping[str, Iterable[datetime]]) -> list[datetime]:
        return [moment for i in self.group for moment in moments.get(i, ())]


def _person(contact_id: str, known: _Known, of_one: _Together, policy: Policy) -> Person:
    row, now, last_human_at = known.rows[contact_id], known.happenings, of_one.last_human_at
    said = known.said.get(contact_id, SaidOf())
    refusals = {name: row[name] for name in REFUSALS}
    wishes = known.wishes.get(contact_id, ())
    aside = known.set_aside.get(contact_id)
    refusals |= dict.fromkeys(closed_columns(wishes), True)
    refusals |= {"do_not_contact": True} if said.is_minor else {}
    kept = (_known_start(known.rows[i]["known"]) for i in of_one.group)
    sent = touched(
        of_one.of(known.starts),
        [asked.at for i in of_one.group for asked in known.asked.get(i, ())],
        of_one.of(now.marketing),
        known_starts=[moment for moment in kept if moment is not None],
        in_vain=of_one.of(known.in_vain),
        last_human_at=last_human_at,
    )
    where = {name: row[name] for name in ("timezone", "region", "phone")}
    return Person(
        contact_id=contact_id,
        archived=row["archived"],
        has_email=row["email"] is not None,
        has_phone=row["phone"] is not None,
        **refusals,
        on_list=contact_id in known.on_list or None,
        is_staff=_is_staff(row["email"], known.team, policy) or None,
        is_competitor=works_at(row["email"], policy.competitor_domains) or None,
        complained=contact_id in now.complained or None,
        soft_bounced_at=now.soft_bounced_at.get(contact_id),
        sms_consent_at=said.sms_consent_at,
        unengaged_sends=row["unengaged_sends"]
        if said.unengaged_sends is None
        else said.unengaged_sends,
        ever_engaged=contact_id in now.clicked,
        in_sequence=row["in_sequence"],
        open_deal=contact_id in now.open_deals or said.open_deal,
        open_ticket=contact_id in now.open_tickets,
        next_meeting_at=_last(now.next_meeting_at.get(contact_id), said.next_meeting_at),
        created_at=None if row["created_at"] is None else from_millis(row["created_at"]),
        last_human_at=last_human_at,
        last_staff_at=_last_staff(contact_id, known),
        last_inquiry_at=_last(now.last_inquiry_at.get(contact_id), said.last_inquiry_at),
        last_purchase_at=_last(now.last_purchase_at.get(contact_id), said.last_purchase_at),
        last_started_at=sent.last_started_at,
        rounds_unanswered=sent.rounds_unanswered or None,
        last_touch_at=sent.last_touch_at,
        last_marketing_at=sent.last_marketing_at,
        third_marketing_at=sent.third_marketing_at,
        reason=known.reasons.get(contact_id),
        wish=words_of(wishes, "D2"),
        circumstance=words_of(wishes, "D8"),
        set_aside=aside.words(policy.tenant_zone) if aside is not None else None,
        **where,
        country=find_country(**where, tenant=policy.tenant_zone),
    )


def _is_staff(email: str | None, team: frozenset[str], policy: Policy) -> bool:
    return address_key(email) in team or works_at(email, policy.own_domains)


def _last(*moments: datetime | None) -> datetime | None:
    return max((m for m in moments if m is not None), default=None)


def _last_staff(contact_id: str, known: _Known) -> datetime | None:
    """When somebody of the team was last in touch: the message that our own touch has become is nobody's."""
    if contact_id not in known.asked:
        return known.happenings.last_staff_at.get(contact_id)
    own = [(a.channel, a.at) for a in known.asked[contact_id]]
    return max(of_others(known.staff_acts.get(contact_id, ()), own), default=None)


def _known_start(known: str) -> datetime | None:
    """Our last start as the CRM itself shows it, which survives the loss of our ledger."""
    text = orjson.loads(known).get("rekindle_trigger_at")
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    # People may type over the value by hand, without a zone: the CRM means UTC.
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
