"""`rekindle bench card` and `bench pages`: real web processes asked at a fixed rate, and how long each answer took."""

import asyncio
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, cast

import httpx2

from app.embedded_valkey import start_valkey
from app.lab.bench_account import (
    ACCOUNT,
    PROVIDER,
    REMOTE,
    contact_id,
    context_of,
    environment_of,
    make_account,
    opened_place,
)
from app.lab.screenshots import INSIDE
from app.pages import session as access
from app.processes import REKINDLE, Children, free_port
from connector.port.signed import CardRequest, SignsCards
from connector.registry import find_provider
from core.clock import pause, stopwatch
from core.context import Context
from core.errors import AppError
from core.settings import Environment

# Every page of an account; a contact's is another one each time.
PAGES = (
    *(path for name, path in INSIDE.items() if name != "contact"),
    "/admin/contacts/{contact}",
    "/admin/contacts?segment=one_time_customer_lapsed",
)
_WARM_UP = 5 * len(PAGES)  # every page in every process
_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Load:
    """How many contacts the account has, and how often a second it is asked for how long."""

    contacts: int
    rate: float
    seconds: float
    processes: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: what it counts as, its address and its headers."""

    name: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """How long after its planned moment a request was answered, and whether as it should be."""

    name: str
    seconds: float
    ok: bool


def bench_card(
    load: Load, *, database_url: str | None, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Signed card requests, each for a contact drawn anew."""
    with _served(load, database_url, tell) as (context, address, used):
        cards = cast("SignsCards", find_provider(PROVIDER, context.environment).cards())
        dice = Random(4)  # noqa: S311  which contact, no secret

        def ask(_number: int) -> Ask:
            chosen = contact_id(dice.randrange(load.contacts))
            url = f"{address}/cards/{PROVIDER}/contact"
            signed = cards.sign_card_request(
                url, CardRequest(REMOTE, chosen), now=context.wall.now()
            )
            return Ask("card", signed.url.removeprefix(address), signed.headers)

        tell(f"Asking for {load.rate:g} cards a second")
        answers, cpu = _measured(address, load, ask, used, _is_card)
    return _result(load, context, answers, cpu)


def bench_pages(
    load: Load, *, database_url: str | None, tell: Callable[[str], None]
) -> dict[str, Any]:
    """An admin's pages in turn, in one session."""
    with _served(load, database_url, tell) as (context, address, used):
        headers = _signed_in(context, address)
        dice = Random(5)  # noqa: S311  which contact, no secret

        def ask(number: int) -> Ask:
            name = PAGES[number % len(PAGES)]
            chosen = contact_id(dice.randrange(load.contacts))
            return Ask(name, name.replace("{contact}", chosen), headers)

        tell(f"Asking for {load.rate:g} pages a second")
        answers, cpu = _measured(address, load, ask, used, lambda r: r.status_code == 200)
    by_name = {name: [a for a in answers if a.name == name] for name in PAGES}
    pages = {name: _latencies(found) for name, found in by_name.items() if found}
    return _result(load, context, answers, cpu) | {
        "worst_p95_ms": max(page["p95_ms"] for page in pages.values()),
        "pages": pages,
    }


@contextmanager
def _served(
    load: Load, database_url: str | None, tell: Callable[[str], None]
) -> Iterator[tuple[Context, str, Callable[[], float]]]:
    """The account behind real web processes: its context, their address, and CPU seconds they used so far."""
    with opened_place(database_url) as place:
        children, port = Children(place.folder / "logs"), free_port()
        address = f"http://127.0.0.1:{port}"
        try:
            valkey = start_valkey(children, place.folder, dict(os.environ))
            more = {"REKINDLE_REDIS_URL": valkey}
            environment = environment_of(place, public_url=address, **more)
            context = context_of(environment)
            make_account(context, load.contacts, tell=tell)
            _serve(children, environment, port, load.processes)
            _wait_for(address, children)
            yield context, address, lambda: children.cpu_seconds("web")
            context.engine.dispose()
        finally:
            children.stop()


def _serve(children: Children, environment: Environment, port: int, processes: int) -> None:
    command = [*REKINDLE, "serve"]
    command += ["--port", str(port), "--processes", str(processes)]
    children.start("web", command, dict(os.environ) | environment.child())


def _wait_for(address: str, children: Children) -> None:
    elapsed = stopwatch()
    while elapsed() < 60:
        try:
            if httpx2.get(f"{address}/healthz", timeout=1.0).status_code == 200:
                pause(2.0)  # the other processes
                return
        except httpx2.HTTPError:
            pause(0.1)
    raise AppError(f"The web process did not start: {children.last_words('web')}")


def _signed_in(context: Context, address: str) -> dict[str, str]:
    entered = httpx2.get(access.sign_link(context, ACCOUNT), follow_redirects=False)
    if entered.status_code != 303:
        raise AppError(f"Signing in at {address} was answered with {entered.status_code}.")
    cookie = "; ".join(f"{name}={value}" for name, value in entered.cookies.items())
    return {"Cookie": cookie, "Accept": "text/html"}


def _measured(
    address: str,
    load: Load,
    ask: Callable[[int], Ask],
    used: Callable[[], float],
    is_right: Callable[[httpx2.Response], bool],
) -> tuple[list[Answer], float]:
    warm = Load(load.contacts, load.rate, _WARM_UP / load.rate, load.processes)
    asyncio.run(_send(address, warm, ask, is_right))
    before = used()
    answers = asyncio.run(_send(address, load, ask, is_right))
    return answers, used() - before


async def _send(
    address: str,
    load: Load,
    ask: Callable[[int], Ask],
    is_right: Callable[[httpx2.Response], bool],
) -> list[Answer]:
    """Send at the planned moments, whether or not earlier ones were answered: nobody waits for a slow server."""
    limits = httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
    async with httpx2.AsyncClient(base_url=address, limits=limits, timeout=30.0) as client:
        began = time.perf_counter() + 0.1

        async def one(number: int) -> Answer:
            planned = began + number / load.rate
            await asyncio.sleep(max(0.0, planned - time.perf_counter()))
            asked = ask(number)
            try:
                response = await client.get(asked.path, headers=dict(asked.headers))
                ok = is_right(response)
            except httpx2.HTTPError:
                ok = False
            return Answer(asked.name, time.perf_counter() - planned, ok)

        return await asyncio.gather(*(one(n) for n in range(round(load.rate * load.seconds))))


def _is_card(response: httpx2.Response) -> bool:
    return response.status_code == 200 and bool(response.json()["ok"])


def _result(load: Load, context: Context, answers: Sequence[Answer], cpu: float) -> dict[str, Any]:
    return {
        "contacts": load.contacts,
        "database": context.engine.dialect.name,
        "processes": load.processes,
        "rate": load.rate,
        **_latencies(answers),
        "cpu_ms_per_request": round(1000 * cpu / max(len(answers), 1), 2),
    }


def _latencies(answers: Sequence[Answer]) -> dict[str, Any]:
    found = sorted(a.seconds for a in answers)
    return {
        "requests": len(found),
        "errors": sum(not a.ok for a in answers),
        **{f"p{share}_ms": _percentile(found, share) for share in (50, 95, 99)},
    }


def _percentile(ordered: Sequence[float], share: int) -> float:
    """The smallest value that `share` percent do not exceed, in milliseconds."""
    if not ordered:
        return math.nan
    return round(1000 * ordered[math.ceil(len(ordered) * share / 100) - 1], 1)
