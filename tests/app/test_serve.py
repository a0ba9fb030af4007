"""Several web processes on one port: one count of what they answered, and none is left behind."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.migrate import migrate
from app.processes import Children, free_port
from core.db import open_engine
from core.vault import new_key
from sandbox.serving import eventually

COMMAND = [
    sys.executable,
    "-c",
    "from app.cli.main import main; main()",
    "serve",
    "--processes",
    "2",
]


@pytest.fixture
def served(tmp_path: Path, database_url: str, queue_server: str) -> Iterator[tuple[str, int]]:
    """The address, and the process that was started."""
    engine = open_engine(database_url)
    migrate(engine)
    engine.dispose()
    port, children = free_port(), Children(tmp_path)
    settings = {
        "REKINDLE_DATABASE_URL": database_url,
        "REKINDLE_REDIS_URL": queue_server,
        "REKINDLE_VAULT_KEYS": new_key(),
        "REKINDLE_SESSION_SECRET": "x" * 40,
    }
    children.start("web", [*COMMAND, "--port", str(port)], dict(os.environ) | settings)
    address = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: answers(address), "the web process answers", seconds=60)
        yield address, children._running[0][1].pid
    finally:
        children.stop()


def answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/healthz", timeout=2.0).status_code == 200
    except httpx2.HTTPError:
        return False


def counted(address: str) -> float:
    lines = httpx2.get(f"{address}/metrics").text.splitlines()
    found = [line for line in lines if 'route="/readyz"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in found)


@pytest.mark.processes
def test_every_process_tells_what_all_answered_and_all_end_with_the_first(
    served: tuple[str, int],
) -> None:
    address, pid = served
    for _ in range(40):  # a connection each: the processes take turns
        assert httpx2.get(f"{address}/readyz").status_code == 200
    assert {counted(address) for _ in range(10)} == {40.0}
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not answers(address), "none outlives the one that started it", seconds=60)
