"""Asking for touches: the ledger and the outbox written in one transaction, before the CRM is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from connector.port.automation import StartsByProperty
from connector.port.writing import WritesProperties
from oauth.account_settings.fields import AccountSettings
from playbooks.angles import Angle
from sync.mirror.store import load_known
from sync.outbox import plans as outbox
from sync.outbox.changes import Change
from sync.outbox.plans import Plan
from sync.outbox.unmade import load_unmade
from workflows.enrollment import running
from workflows.enrollment import store as ledger
from workflows.enrollment.states import PACED, SEQUENCE, EnrollmentState
from workflows.enrollment.touch_states import TouchState
from workflows.log import store as log
from workflows.log.entries import Entry, What, Who
from workflows.openers.drafts import Draft
from workflows.openers.facts import Opener, TouchAsk
from workflows.openers.store import record_wanted
from workflows.openers.values import values_for_a_call, values_of_opener
from workflows.openers.writing import write_openers
from workflows.properties import ANGLE, CHANNEL, TOUCH, VARIANT, moment
from workflows.status import Status
from workflows.touches import batches, store
from workflows.touches.calling import is_call
from workflows.touches.moves import Moves
from workflows.touches.next_touch import touch_key
from workflows.touches.settling import go_on

NO_WORDS = "There are no words that may go out: facts or settings are missing"
_LONGEST_VERSION = 80

Row = dict[str, Any]
# What goes along with a touch that may be asked for, and is no column of it.
_BESIDE = ("enrollment", "following", "consent")


def record_asking(
    connection: Connection,
    account_id: str,
    allowed: Sequence[Row],
    crm: WritesProperties,
    own: AccountSettings,
    *,
    at: datetime,
    now: datetime,
) -> Plan | None:
    """Put the touches into the outbox and mark them in the ledger, in one transaction, before any call.

    A touch for which there are no words that may go out is not asked for (D9); a workflow or sequence that paces its
    messages itself has its own.
    """
    asks = {row["contact_id"]: _touch_ask(row, at) for row in allowed}
    wanted: dict[str, Draft] = {}
    openers = write_openers(connection, account_id, asks, own, at=at, wanted=wanted)
    record_wanted(connection, account_id, wanted.values())
    rows = [r for r in allowed if r["contact_id"] in openers or r["variant"] in PACED]
    _record_wordless(connection, [r for r in allowed if r not in rows], at=at)
    if not rows:
        return None
    changes = _changes(connection, account_id, rows, openers, crm, at=at)
    plan = outbox.record_plan(
        connection, account_id, changes, kind="start", wait_reason=lambda _n: None, now=now
    )
    planned = [_without_rest(row) for row in rows if "enrollment" in row]
    store.plan(connection, [*planned, *(t for row in rows for t in row.get("following", ()))])
    _record_asking(connection, account_id, rows, plan, openers)
    told = [
        Entry(
            What.ASKED,
            Who.SCHEDULE,
            row["contact_id"],
            programme=row["playbook"],
            channel=row["channel"],
            reason=(row.get("choice") or {}).get("why"),
            consent=row["consent"],
            subject=touch_key(row),
            version=_version(openers.get(row["contact_id"])) or row["variant"],
        )
        for row in rows
    ]
    log.record(connection, account_id, told, at=at, now=now)
    return plan


def _changes(
    connection: Connection,
    account_id: str,
    rows: Sequence[Row],
    openers: Mapping[str, Opener],
    crm: WritesProperties,
    *,
    at: datetime,
) -> list[Change]:
    """What each contact is to show for its touch, beside what it shows now."""
    known = load_known(connection, account_id, [row["contact_id"] for row in rows])
    missing = load_unmade(connection, account_id)
    changes: list[Change] = []
    for row in rows:
        values = {
            **_trigger(row, crm, at),
            "rekindle_status": Status.STARTED.value,
            TOUCH: touch_key(row),
            ANGLE: str(row["angle"]),
            VARIANT: row["variant"],
            **_words(row, openers.get(row["contact_id"])),
        }
        values = {name: value for name, value in values.items() if name not in missing}
        have = known.get(row["contact_id"], {})
        changes.append(Change(row["contact_id"], values, {n: have.get(n, "") for n in values}))
    return changes


def _trigger(row: Row, crm: WritesProperties, at: datetime) -> Mapping[str, str]:
    """What starts the customer's workflow where a property does; a sequence or a call is none of its business."""
    if isinstance(crm, StartsByProperty):
        if row["variant"] == SEQUENCE or is_call(row):
            return {"rekindle_playbook": row["playbook"]}
        return crm.trigger_values(playbook=row["playbook"], at=at)
    # No trigger here, but the CRM itself shows the start should our ledger be lost.
    return {"rekindle_playbook": row["playbook"], "rekindle_trigger_at": moment(at)}


def _touch_ask(row: Row, at: datetime) -> TouchAsk:
    return TouchAsk(
        touch_no=row["touch_no"],
        angle=Angle(row["angle"]),
        channel=row["channel"],
        variant=row["variant"],
        playbook=row["playbook"],
        at=at,
    )


def _words(row: Row, opener: Opener | None) -> dict[str, str]:
    """What may be said, and by which channel; of a call nothing that could be sent."""
    if is_call(row):
        return {} if opener is None else values_for_a_call(opener)
    # The customer's workflow branches by what the gate allowed just now, not by what was planned.
    return {CHANNEL: row["channel"], **({} if opener is None else values_of_opener(opener))}


def _version(opener: Opener | None) -> str | None:
    return None if opener is None else opener.version[:_LONGEST_VERSION]


def _record_wordless(connection: Connection, rows: Sequence[Row], *, at: datetime) -> None:
    """A round without words does not begin; one that is running goes on with its next touch."""
    why = {"rule": "D9", "reason": NO_WORDS}
    firsts = [row["enrollment"] for row in rows if row.get("enrollment") is not None]
    ledger.record_states(connection, [(one, EnrollmentState.REFUSED, why) for one in firsts])
    further = [row for row in rows if row.get("enrollment") is None]
    batches.record_states(connection, [(row, TouchState.REFUSED, why) for row in further])
    go_on(connection, further, at=at)


def _without_rest(row: Row) -> Row:
    """A touch's own columns."""
    return {name: value for name, value in row.items() if name not in _BESIDE}


def _record_asking(
    connection: Connection,
    account_id: str,
    rows: Sequence[Row],
    plan: Plan | None,
    openers: Mapping[str, Opener],
) -> None:
    plan_id, moves = plan.plan_id if plan else None, Moves()
    for row in rows:
        begun = row.get("enrollment")
        if begun is not None:
            starting = EnrollmentState.STARTING
            moves.round(begun, starting, plan_id=plan_id, channel=row["channel"])
        moves.touch(
            row,
            TouchState.ASKING,
            plan_id=plan_id,
            channel=row["channel"],
            angle=str(row["angle"]),
            variant=row["variant"],
            text_version=_version(openers.get(row["contact_id"])),
            choice=row.get("choice"),
        )
    moves.record(connection, account_id)
    # What is shown of those who are under way is the channel of this touch until the next.
    running.set_channels(connection, [row for row in rows if row.get("enrollment") is None])
