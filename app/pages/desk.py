"""The win-back desk: who answered first, then what goes out today, then who may be approached today, by segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.engine import Connection

from app.pages.layout import draw
from app.pages.listing import PAGE, choices_of_segments, options_of, page_of
from app.pages.session import TeamAccount
from cards import words
from cards.loading import load_own
from contact_rules.channels import AUTOMATIC, CHANNELS
from contact_rules.local_time import zone_of
from contact_rules.verdict import Allow, Defer, choose_channel
from core.amounts import money
from core.db import reading
from core.routing import Here
from core.wording import gettext
from oauth.account_settings.fields import AccountSettings
from scoring import store as scores
from scoring.store import PRIORITIES
from sync.mirror import store as mirror
from workflows.decisions import store as decisions
from workflows.enrollment import running
from workflows.gate.asking import load_looked_at
from workflows.gate.policy import policy_of
from workflows.handoff import store as handoffs
from workflows.handoff.states import HandoffState
from workflows.properties import playbook_label, segment_label
from workflows.status import Status
from workflows.touches import store as touches

# Of those who wait for a person, and of what goes out today, so many are shown above the list.
SHOWN = 25
_LETTERS = {letter: letter for letter in PRIORITIES}
_CHANNELS = {channel.value: CHANNELS[channel].label for channel in AUTOMATIC}

routes = APIRouter(prefix="/admin")

Text = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose desk it is, as of which moment."""

    connection: Connection
    account_id: str
    own: AccountSettings
    at: datetime

    @property
    def end_of_day(self) -> datetime:
        """The account's next midnight."""
        here = self.at.astimezone(zone_of(self.own.timezone))
        return datetime.combine(here.date() + timedelta(1), time(0), here.tzinfo)


@routes.get("/desk")
def show(
    request: Request,
    here: Here,
    installation: TeamAccount,
    segment: Text = "",
    priority: Text = "",
    channel: Text = "",
    page: Annotated[int, Query(ge=1, le=1_000)] = 1,
) -> Response:
    account_id = installation.account_id
    letter = priority if priority in PRIORITIES else ""
    by = channel if channel in _CHANNELS else ""
    with reading(here.engine) as connection:
        own = load_own(connection, here, installation)
        desk = Desk(connection, account_id, own, here.clock.now())
        ready, has_more = _ready(desk, segment, letter, by, page)
        waiting = _waiting(desk) if page == 1 else []
        today = _today(desk) if page == 1 else []
        _name(desk, [*waiting, *today, *ready], installation.record_url)
        values = {
            "waiting_count": handoffs.count_waiting(connection, account_id),
            "ready_count": _count_ready(connection, account_id),
            "segments": options_of(
                choices_of_segments(scores.find_scoring(connection, account_id)), segment
            ),
        }
    return draw(
        "desk.html",
        request,
        here,
        installation,
        active="desk",
        waiting=waiting,
        today=today,
        ready=ready,
        priorities=options_of(_LETTERS, letter),
        channels=options_of(_CHANNELS, by),
        is_filtered=bool(segment or letter or by),
        pages=page_of(request, page, has_more=has_more),
        **values,
    )


def _count_ready(connection: Connection, account_id: str) -> int:
    counted = decisions.count_decisions(connection, account_id)
    return sum(people for status, _, _, people in counted if status is Status.READY)


def _waiting(desk: Desk) -> list[dict[str, Any]]:
    """Who answered, the late ones on top."""
    rows = handoffs.load_waiting(desk.connection, desk.account_id, limit=SHOWN)
    return [
        {
            "contact_id": row["contact_id"],
            "what": words.answered(row["kind"], row["answered_at"], now=desk.at)
            if row["kind"]
            else gettext("Taken over by your team"),
            "due": _due(row, desk.at),
            "is_late": row["state"] == HandoffState.LATE,
        }
        for row in rows
    ]


def _due(row: Mapping[str, Any], at: datetime) -> str:
    if row["due_at"] is None:
        return gettext("the task is being made")
    when = {"moment": words.moment(row["due_at"], now=at)}
    if row["state"] == HandoffState.LATE:
        return gettext("late: was due %(moment)s") % when
    return gettext("by %(moment)s") % when


def _today(desk: Desk) -> list[dict[str, Any]]:
    """What the CRM sends today, the next first: a person may step in."""
    until = desk.end_of_day
    begin = running.load_to_begin(desk.connection, desk.account_id, until=until, limit=SHOWN)
    coming = touches.load_coming(desk.connection, desk.account_id, until=until, limit=SHOWN)
    found = [(row["due_at"], row["contact_id"], gettext("First message"), row) for row in begin]
    for row in coming:
        number = {"channel": words.kind(row["channel"]), "number": row["touch_no"]}
        told = gettext("%(channel)s, message %(number)s") % number
        found.append((row["due_at"], row["contact_id"], told, row))
    found.sort(key=lambda one: one[:2])
    return [
        {
            "contact_id": contact_id,
            "what": what,
            "due": words.moment(max(due, desk.at), now=desk.at),
            "playbook": playbook_label(row["playbook"]),
        }
        for due, contact_id, what, row in found[:SHOWN]
    ]


def _ready(
    desk: Desk, segment: str, priority: str, channel: str, page: int
) -> tuple[list[dict[str, Any]], bool]:
    """A page of those who may be approached today, and whether there are more; the gate is asked about each."""
    best = scores.load_best(
        desk.connection,
        desk.account_id,
        limit=page * PAGE + 1,
        segment=segment or None,
        priority=priority or None,
        only=lambda account, contact: decisions.stands_as(
            account, contact, Status.READY, channel=channel or None
        ),
    )
    rows = list(best)[(page - 1) * PAGE :]
    shown = rows[:PAGE]
    by = _may_today(desk, [row["contact_id"] for row in shown])
    found = [
        _approachable(desk, row, by[row["contact_id"]]) for row in shown if row["contact_id"] in by
    ]
    found.sort(key=lambda one: one["segment"] if segment == "" else "")
    return found, len(rows) > PAGE


def _may_today(desk: Desk, ids: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """Contact → by which channel and from when, of those whom the rules let be approached before the day ends."""
    policy = policy_of(desk.own)
    people = load_looked_at(desk.connection, desk.account_id, ids, at=desk.at, policy=policy)
    found: dict[str, tuple[str, datetime]] = {}
    for contact_id, person in people.items():
        verdict = choose_channel(person, desk.at, policy)
        if isinstance(verdict, Allow):
            found[contact_id] = verdict.channel.value, desk.at
        elif isinstance(verdict, Defer) and verdict.until < desk.end_of_day:
            found[contact_id] = verdict.channel.value, verdict.until
    return found


def _approachable(desk: Desk, row: Mapping[str, Any], by: tuple[str, datetime]) -> dict[str, Any]:
    channel, since = by
    last = row["last_human_at"]
    chance = row["likelihood"]
    return {
        "contact_id": row["contact_id"],
        "segment": segment_label(row["segment"]),
        "priority": row["priority"],
        "quiet": words.day(last) if last is not None else gettext("no visit on record"),
        "chance": None if chance is None else round(chance * 100),
        "worth": money(row["expected_value"], desk.own.currency),
        "channel": words.channel(channel),
        "since": None if since <= desk.at else words.moment(since, now=desk.at),
    }


def _name(desk: Desk, rows: Sequence[dict[str, Any]], record_url: str) -> None:
    """Give each row the person's name and the way to their record."""
    ids = [row["contact_id"] for row in rows]
    names = mirror.load_full_names(desk.connection, desk.account_id, ids)
    for row in rows:
        i = row["contact_id"]
        row["name"] = names.get(i) or gettext("Contact %(id)s") % {"id": i}
        row["record"] = record_url.replace("{contact_id}", i)
