"""The controls that concern a sandbox as a whole: its state, time, faults and counters."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request

from sandbox.assembly import Sandbox
from sandbox.kit.control import Answer, Payload
from sandbox.kit.crm import Starts

router = APIRouter(prefix="/control")


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that serves the request."""
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


Here = Annotated[Sandbox, Depends(sandbox_of)]


@router.get("/state")
async def state(sandbox: Here) -> Answer:
    """Who is here: the instance, the time, every CRM's accounts with their counts."""
    told: Answer = {
        "instance": sandbox.instance,
        "now": _shown(sandbox.time.now()),
        "seed": sandbox.config.seed,
    }
    for crm in sandbox.crms:
        told |= crm.state()
    told["loaded"] = [report for crm in sandbox.crms for report in crm.loaded()]
    return told


@router.get("/accounts")
async def accounts(sandbox: Here) -> Answer:
    """Every account, by its CRM, and where its people work in it."""
    told = [
        {"crm": crm.name, "title": crm.title, **asdict(account)}
        for crm in sandbox.crms
        for account in crm.accounts()
    ]
    return {"accounts": told}


@router.get("/clock")
async def clock(sandbox: Here) -> Answer:
    """The virtual time."""
    return {"now": _shown(sandbox.time.now())}


@router.post("/advance")
async def advance(sandbox: Here, wanted: Payload) -> Answer:
    """Move the virtual time forward by days, hours or minutes, or to a moment.

    With `until_ending` it stands still as soon as somebody does what ends a programme for them, such as an answer.
    """
    time = sandbox.time

    def ended() -> int:
        return sum(one.ending for crm in sandbox.crms for one in crm.brought().values())

    before, watches = ended(), wanted.get("until_ending") is True

    def stop() -> bool:
        return watches and ended() > before

    async with sandbox.moving:
        until, done = _until(time.now(), wanted), 0
        if until < time.now():
            raise HTTPException(400, "the sandbox's clock cannot run backwards")
        while time.now() < until and not stop():
            # One day at a time, so that requests are answered in between.
            done += time.advance_to(min(until, time.now() + timedelta(days=1)), stop=stop)
            await asyncio.sleep(0)
    return {"now": _shown(time.now()), "actions": done}


@router.get("/starts")
async def starts(sandbox: Here) -> Answer:
    """How often each contact was to enter each workflow or sequence: account → programme → contact → count.

    All counters of a large account take a second to tell; who waits for a start asks for this.
    """
    return _starts(sandbox)


@router.get("/counters")
async def counters(sandbox: Here) -> Answer:
    """What has been asked and written so far.

    `starts` says how often each contact was to enter each workflow or sequence: account → programme →
    contact → count. It hides no double: also counted is a start whose contact was in already.
    `brought` says by account what touches have brought, beside what they were to bring by the odds.
    """
    enrolled: dict[str, Mapping[str, int]] = {}
    brought: Answer = {}
    told = sandbox.environment.counters.json()
    for crm in sandbox.crms:
        enrolled |= crm.workflow_enrollments()
        brought |= {account: one.json() for account, one in crm.brought().items()}
        told |= crm.counted()
    return told | {"starts": _starts(sandbox), "workflow_enrollments": enrolled, "brought": brought}


@router.delete("/counters")
async def reset_counters(sandbox: Here) -> Answer:
    """Begin counting again."""
    sandbox.environment.counters.reset()
    for crm in sandbox.crms:
        for counted in crm.starts().values():
            counted.clear()
        crm.delivery.reset_tally()
    return await counters(sandbox)


@router.get("/faults")
async def faults(sandbox: Here) -> Answer:
    """The faults in force."""
    return {"faults": [fault.json() for fault in sandbox.environment.faults.each()]}


@router.post("/faults")
async def add_fault(sandbox: Here, wanted: Payload) -> Answer:
    """Put a fault in force."""
    try:
        return sandbox.environment.faults.add(wanted).json()
    except ValueError as error:
        raise HTTPException(400, str(error)) from error


@router.delete("/faults")
async def clear_faults(sandbox: Here) -> Answer:
    """Put no fault in force any more."""
    sandbox.environment.faults.clear()
    return {"faults": []}


def _starts(sandbox: Sandbox) -> Answer:
    told: Answer = {}
    for crm in sandbox.crms:
        told |= {account: _nested(counted) for account, counted in crm.starts().items()}
    return told


def _nested(counted: Starts) -> dict[str, dict[str, int]]:
    """Starts as programme -> contact -> count."""
    tree: dict[str, dict[str, int]] = {}
    for (programme_id, contact_id), count in counted.items():
        tree.setdefault(programme_id, {})[contact_id] = count
    return tree


def _until(now: datetime, wanted: dict[str, object]) -> datetime:
    if isinstance(wanted.get("to"), str):
        try:
            moment = datetime.fromisoformat(str(wanted["to"]))
        except ValueError as error:
            raise HTTPException(400, '"to" must be an ISO moment') from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    step = timedelta()
    for unit in ("days", "hours", "minutes"):
        amount = wanted.get(unit, 0)
        if isinstance(amount, bool) or not isinstance(amount, int | float) or amount < 0:
            raise HTTPException(400, f'"{unit}" must be a number that is not negative')
        step += timedelta(**{unit: amount})
    if not step:
        raise HTTPException(400, 'say how far: {"days": 1}, {"hours": 1}, {"minutes": 1} or {"to"}')
    return now + step


def _shown(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
