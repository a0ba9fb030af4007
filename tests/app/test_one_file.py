"""One SQLite file that everybody uses at once: what was answered "ok" is in it, and it is whole."""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
import uvicorn

from app.processes import free_port
from app.web import create_app
from core.db import reading
from core.moments import to_millis
from sandbox.hubspot.client import HubSpotClient
from sandbox.serving import eventually
from scoring.store import load_scores
from sync.frames import load_frames
from sync.inbox.tables import deliveries
from sync.mirror.tables import unscored
from tests.app import writer
from tests.rekindle import Rekindle

ROOT = Path(__file__).parents[2]
SECRET = "sandbox-hubspot-secret-not-for-production"
PUBLIC = "http://localhost:8321"
DELIVERIES = 400
SENDERS = 4


@pytest.fixture
def served(
    make_rekindle: Callable[..., Rekindle], own_world: HubSpotClient
) -> Iterator[tuple[Rekindle, str]]:
    """A product whose contacts are read and scored, on a SQLite file, and the address of its web server."""
    rekindle = make_rekindle(own_world)
    rekindle.ready()
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(create_app(rekindle.context), port=port, log_level="critical")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started, "our web process")
    yield rekindle, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@contextmanager
def writing(database_url: str, folder: Path) -> Iterator[list[int]]:
    """Another process writes meanwhile; the answer is filled with how many rows it committed."""
    stop, committed = folder / "stop", list[int]()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.app.writer", database_url, str(stop)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield committed
        stop.touch()
        said, _ = process.communicate()
        assert process.returncode == 0
        committed.append(int(said))
    finally:
        process.kill()
        process.wait()


@contextmanager
def repeating(*actions: Callable[[], object]) -> Iterator[None]:
    """Do each of these again and again meanwhile, each in a thread of its own; raises what they raise."""
    enough = threading.Event()

    def repeat(action: Callable[[], object]) -> None:
        while not enough.is_set():
            action()

    with ThreadPoolExecutor(len(actions)) as pool:
        running = [pool.submit(repeat, action) for action in actions]
        try:
            yield
        finally:
            enough.set()
        for one in running:
            one.result()


def signed(rekindle: Rekindle, method: str, path: str, body: bytes = b"") -> dict[str, str]:
    stamp = str(to_millis(rekindle.context.wall.now()))
    text = f"{method}{PUBLIC}{path}".encode() + body + stamp.encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()
    return {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}


def event(rekindle: Rekindle, number: int) -> dict[str, Any]:
    return {
        "eventId": number,
        "subscriptionId": 7,
        "portalId": rekindle.lab.portal,
        "appId": 1,
        "occurredAt": to_millis(rekindle.context.wall.now()),
        "subscriptionType": "object.propertyChange",
        "attemptNumber": 0,
        "objectId": 7_000_000_000 + number,
        "objectTypeId": "0-1",
        "propertyName": "lifecyclestage",
        "propertyValue": "customer",
        "changeSource": "CRM_UI",
    }


def deliver(rekindle: Rekindle, base: str, numbers: range) -> int:
    """Post these notices, each of another contact, one by one; how many were answered "ok"."""
    taken = 0
    with httpx2.Client(base_url=base, timeout=60) as http:
        for number in numbers:
            body = json.dumps([event(rekindle, number)]).encode()
            headers = signed(rekindle, "POST", "/webhooks/hubspot", body)
            answer = http.post("/webhooks/hubspot", content=body, headers=headers)
            taken += answer.status_code == 204
    return taken


def look_at_card(rekindle: Rekindle, base: str, contact_id: str) -> None:
    path = f"/cards/hubspot/contact?contactId={contact_id}&portalId={rekindle.lab.portal}"
    answer = httpx2.get(base + path, headers=signed(rekindle, "GET", path), timeout=60)
    assert answer.json().get("ok"), answer.text


def look_at_audit(rekindle: Rekindle) -> None:
    assert rekindle.web.get("/admin/audit").status_code == 200


def read_columns(rekindle: Rekindle) -> None:
    """What a job does; the pages may do with less."""
    load_frames(rekindle.context.engine, rekindle.account_id, as_of=rekindle.context.clock.now())


def count(rekindle: Rekindle, query: sa.Select[Any]) -> int:
    with reading(rekindle.context.engine) as connection:
        return int(connection.execute(query).scalar_one())


@pytest.mark.processes
def test_nothing_that_was_answered_is_lost_whoever_reads_and_writes(
    served: tuple[Rekindle, str], tmp_path: Path
) -> None:
    rekindle, base = served
    engine = rekindle.context.engine
    with reading(engine) as connection:
        rows = load_scores(connection, rekindle.account_id)
    shown = next(r["contact_id"] for r in rows if r["likelihood"] is not None)
    looks = (
        lambda: look_at_card(rekindle, base, shown),
        lambda: look_at_audit(rekindle),
        lambda: read_columns(rekindle),
    )
    each = DELIVERIES // SENDERS
    parts = [range(n * each, (n + 1) * each) for n in range(SENDERS)]
    url = engine.url.render_as_string(hide_password=False)
    with (
        writing(url, tmp_path) as committed,
        repeating(*looks),
        ThreadPoolExecutor(SENDERS) as pool,
    ):
        taken = sum(pool.map(lambda part: deliver(rekindle, base, part), parts))
    with reading(engine) as connection:
        whole = connection.exec_driver_sql("PRAGMA integrity_check").scalars().first()
    kept = count(rekindle, sa.select(sa.func.count()).select_from(deliveries))
    elsewhere = sa.select(sa.func.count()).where(unscored.c.account_id == writer.ACCOUNT)
    assert (taken, kept, whole) == (DELIVERIES, DELIVERIES, "ok")
    assert [count(rekindle, elsewhere)] == committed
