"""Nobody is reached on a channel that the CRM says no to, in the audit, in the dry run and at the start (D1, D3, D5).

Each way stands in consent_ways.py with the fact sheet's line. Before the account is read it is said of one person,
and of another one between the approval and the start. People beside them, of whom nothing was said, are reached.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.db import open_engine, reading
from sandbox.config import SandboxConfig
from sandbox.highlevel.client import easy_highlevel
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from scoring.store import find_audit, load_scores
from sync.mirror.wishes import load_wishes
from tests.contract import consent_ways as ways
from tests.contract.consent_ways import EMAIL, TEXTS, Way
from tests.contract.crm_side import CrmSide
from tests.contract.crm_sides.highlevel import HighLevelSide
from tests.contract.crm_sides.hubspot import HubSpotSide
from tests.contract.mailbox import open_mailbox
from tests.contract.rekindle import CrmRekindle, build_rekindle
from tests.databases import MadeTables
from workflows.decisions import store as decision_store
from workflows.decisions.decide import Decision
from workflows.enrollment.tables import enrollments

# So many that somebody who would be started is there for each way, twice.
PEOPLE = {"hubspot": 420, "highlevel": 300}


@dataclass(frozen=True)
class Vendor:
    """A CRM with its ways; `make` makes its customers' own fields, `willing` who may be reached on every channel."""

    ways: Sequence[Way]
    make: Callable[[HubSpotClient], None]
    willing: Callable[[HubSpotClient, str], None]
    by_text_alone: Callable[[HubSpotClient, str], None]


def _number(contact: str) -> str:
    """A number of their own: people with one number are one person."""
    return f"+1212555{crc32(contact.encode()) % 10_000:04d}"


def _hubspot_willing(lab: HubSpotClient, contact: str) -> None:
    told = {
        "email": f"p{contact}@example.test",
        "phone": _number(contact),
        "sms_consent": "true",
        "hs_marketable_status": "true",
        "hs_email_sends_since_last_engagement": "0",
        "hs_email_hard_bounce_reason_enum": None,
    }
    ways.hubspot_values(lab, contact, told)


def _highlevel_willing(lab: HubSpotClient, contact: str) -> None:
    told = {
        "email": f"p{contact}@example.test".lower(),
        "phone": _number(contact),
        "validEmail": True,
        "dndSettings": {c: {"status": "inactive"} for c in ("Email", "SMS", "Call")},
        "tags": [],
        "customFields": [{"key": "contact.sms_consent", "field_value": "Yes"}],
    }
    ways.highlevel_values(lab, contact, told)


def _mail_refused(lab: HubSpotClient, contact: str) -> None:
    _highlevel_willing(lab, contact)
    refused = {"customFields": [{"key": "contact.email_opt_in", "field_value": "no"}]}
    ways.highlevel_values(lab, contact, refused)


def _not_marketable(lab: HubSpotClient, contact: str) -> None:
    _hubspot_willing(lab, contact)
    ways.hubspot_values(lab, contact, {"hs_marketable_status": "false"})


VENDORS = {
    "hubspot": Vendor(ways.HUBSPOT, ways.make_hubspot_fields, _hubspot_willing, _not_marketable),
    "highlevel": Vendor(ways.HIGHLEVEL, ways.make_highlevel_fields, _highlevel_willing, _mail_refused),
}  # fmt: skip


@contextmanager
def opened(name: str) -> Iterator[tuple[HubSpotClient, CrmSide]]:
    """A CRM with many people, for one test alone."""
    options = easy_hubspot() if name == "hubspot" else easy_highlevel(PEOPLE[name])
    config = SandboxConfig(contacts=PEOPLE[name], crms=(name,), options=(options,))
    with open_mailbox() as mailbox, serving_hubspot(config) as lab:
        side = HubSpotSide(lab, mailbox) if name == "hubspot" else HighLevelSide(lab, mailbox)
        yield lab, cast("CrmSide", side)


@pytest.fixture
def second_engine(tmp_path: Path, made_tables: MadeTables) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'second.db'}")
    made_tables.give(engine)
    yield engine
    engine.dispose()


@dataclass
class Seen:
    """What the product makes of everybody: channels of the score, and the dry run's decision."""

    channels: dict[str, frozenset[str]]
    decided: dict[str, Decision]


def look(rekindle: CrmRekindle, contact_ids: Sequence[str]) -> Seen:
    account = rekindle.account_id
    with reading(rekindle.context.engine) as connection:
        scores = load_scores(connection, account, contact_ids)
        decided = {i: decision_store.find_decision(connection, account, i) for i in contact_ids}
    channels = {row["contact_id"]: frozenset(row["channels"].split()) for row in scores}
    return Seen(channels, {i: d for i, d in decided.items() if d is not None})


def ready_people(rekindle: CrmRekindle) -> list[str]:
    """Who would be started as things are and has written no wish so far, by id."""
    rekindle.install()
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        query = decision_store.ready_contacts(rekindle.account_id)
        ready = sorted(str(row[0]) for row in connection.execute(query))
        wishes = load_wishes(connection, rekindle.account_id, ready)
        scores = load_scores(connection, rekindle.account_id, ready)
    # A consent without a date is as old as the last sign of life, and an old one counts for nothing (D3).
    since = rekindle.context.clock.now() - timedelta(days=400)
    lately = {s["contact_id"] for s in scores if s["last_human_at"] and s["last_human_at"] > since}
    rekindle.crm_side.uninstall(rekindle.crm_side.account)
    return [contact for contact in ready if contact not in wishes and contact in lately]


def ledger(rekindle: CrmRekindle) -> dict[str, dict[str, Any]]:
    with reading(rekindle.context.engine) as connection:
        rows = connection.execute(sa.select(enrollments)).mappings()
        return {row["contact_id"]: dict(row) for row in rows}


@pytest.mark.parametrize("name", VENDORS)
def test_nobody_is_reached_where_the_crm_says_no_d1_d3_d5(
    name: str, engine: Engine, database_url: str, second_engine: Engine
) -> None:
    vendor = VENDORS[name]
    with opened(name) as (lab, side):
        vendor.make(lab)
        side.renew()
        ready = ready_people(build_rekindle(side, engine, database_url))
        told, rest = ready[: len(vendor.ways)], ready[len(vendor.ways) :]
        said = dict(zip(told, vendor.ways, strict=True))
        # Every second of the others may be texted alone, so that refusals of texts decide about starts too.
        by_text = rest[::2]
        for contact in ready:
            (vendor.by_text_alone if contact in by_text else vendor.willing)(lab, contact)
        for contact, way in said.items():
            way.say(lab, contact)
        rekindle = build_rekindle(side, second_engine, str(second_engine.url))
        rekindle.install()
        rekindle.drain()
        check_audit_and_dry_run(look(rekindle, ready), said, rest, by_text)
        check_the_sum(rekindle, said)
        rekindle.approve_plan()
        check_starts(rekindle, lab, vendor.ways, set(by_text))


def check_audit_and_dry_run(
    seen: Seen, said: dict[str, Way], rest: Sequence[str], by_text: Sequence[str]
) -> None:
    for contact, way in said.items():
        assert seen.channels[contact] == ways.ALL - way.closes, way.line
        decision = seen.decided[contact]
        assert decision.channel not in way.closes, way.line
        if {EMAIL, TEXTS} <= way.closes:
            assert (decision.status, decision.rule) == ("suppressed", way.rule), way.line
    for contact in rest:
        open_to = {TEXTS, "call"} if contact in by_text else ways.ALL
        assert seen.channels[contact] == open_to, "of whom nothing was said, they are reached"
    channels = {seen.decided[contact].channel for contact in rest}
    assert {EMAIL, TEXTS} <= channels


def check_the_sum(rekindle: CrmRekindle, said: dict[str, Way]) -> None:
    """The audit's own counts: who can be reached on no channel is dormant, and not reachable."""
    with reading(rekindle.context.engine) as connection:
        summary = find_audit(connection, rekindle.account_id)
    assert summary is not None
    nobody = sum(way.closes == ways.ALL for way in said.values())
    assert summary.value.pool - summary.value.reachable >= nobody
    left_alone = next(gap for gap in summary.gaps if gap.key == "do_not_contact")
    assert left_alone.count is not None
    assert left_alone.count >= sum("do-not-contact" in way.line for way in said.values())


def check_starts(
    rekindle: CrmRekindle, lab: HubSpotClient, every: Sequence[Way], by_text: set[str]
) -> None:
    """What is said between the approval and the start is heard: by e-mail of some, by text of others."""
    wave = rekindle.approve_wave()
    # The last of each is left in peace.
    mailed = [contact for contact in wave if contact not in by_text][:-1]
    texted = [contact for contact in wave if contact in by_text][:-1]
    of_mail = [way for way in every if EMAIL in way.closes]
    # What closes both is tried on somebody with either channel, as far as there are people.
    of_text = sorted((w for w in every if TEXTS in w.closes), key=lambda way: EMAIL in way.closes)
    said = [*zip(mailed, of_mail, strict=False), *zip(texted, of_text, strict=False)]
    heard = {way.line for _, way in said}
    assert heard == {w.line for w in (*of_mail, *of_text)}, "the wave has somebody for each way"
    for contact, way in said:
        way.say(lab, contact)
    rekindle.start_all_due()
    rows = ledger(rekindle)
    entries = rekindle.crm_side.count_entries(rekindle.crm_side.account)
    for contact, way in said:
        row = rows[contact]
        started = row["state"] == "started"
        assert not started or row["channel"] not in way.closes, way.line
        assert started == bool(entries.get(contact)), way.line
        if contact in by_text or way.closes >= {EMAIL, TEXTS}:
            assert row["state"] == "refused", way.line
            assert not entries.get(contact), way.line
    for contact in set(wave) - {contact for contact, _ in said}:
        if "(note" in (rows[contact]["reason"] or ""):
            continue  # a wish in a note, which some CRMs tell just before a start alone
        assert rows[contact]["state"] == "started"
        assert rows[contact]["channel"] == (TEXTS if contact in by_text else EMAIL)
