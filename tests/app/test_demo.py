"""The demonstration as real processes: one object on stdout, clear endings, no process left behind (S26-S29)."""

import csv
import json
import os
import re
import select
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.lab.demo import DemoOptions, begins_at
from manifest.promise import load_promise
from sandbox.config import SandboxConfig
from sandbox.highlevel.client import easy_highlevel
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from sandbox.serving import eventually
from tests.shapes.highlevel import PRESENT
from tests.shapes.highlevel import published as published_documents
from tests.shapes.highlevel_deviations import unexplained
from tests.shapes.hubspot import published as published_shapes
from tests.shapes.recording_highlevel import Recorder as HighLevelRecorder
from tests.shapes.recording_hubspot import Recorder as HubSpotRecorder

EXCERPT = Path(__file__).parents[1] / "data" / "purchases_excerpt.csv"
REKINDLE = [sys.executable, "-c", "from app.cli.main import main; main()"]

pytestmark = pytest.mark.processes


@dataclass
class Demo:
    """Starts demonstrations in a folder of their own and finds every process they leave."""

    folder: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def environment(self, **more: str) -> dict[str, str]:
        usual = {k: v for k, v in os.environ.items() if not k.startswith("REKINDLE_")}
        return {**usual, "DEMO_MARK": self.mark, **more}

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        return self._start(arguments, subprocess.DEVNULL, subprocess.PIPE, **more)

    def watch(self, terminal: int, *arguments: str) -> "subprocess.Popen[str]":
        """Somebody looks at it."""
        return self._start(arguments, terminal, terminal)

    def _start(
        self, arguments: tuple[str, ...], stdin: int, stderr: int, **more: str
    ) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*REKINDLE, "demo", *arguments],
            cwd=self.folder,
            env=self.environment(**more),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def run(self, *arguments: str, **more: str) -> tuple[int, str, str]:
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=240)
        return process.returncode, out, err

    def remaining(self) -> list[int]:
        """Processes that carry our mark in their environment."""
        wanted = f"DEMO_MARK={self.mark}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def nothing_remains(self) -> None:
        eventually(lambda: not self.remaining(), "the end of every process", seconds=15)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    started = Demo(tmp_path)
    yield started
    for pid in started.remaining():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def small_world() -> Iterator[HubSpotClient]:
    with serving_hubspot(
        SandboxConfig(contacts=250, crms=("hubspot",), options=(easy_hubspot(),))
    ) as lab:
        yield lab


def accounts_of(out: str) -> dict[str, dict[str, Any]]:
    """The result's accounts by their CRM."""
    lines = out.strip().splitlines()
    assert len(lines) == 1, "nothing but one object goes to stdout"
    result = json.loads(lines[0])
    assert set(result) == {"accounts", "seconds"}
    found = {str(account["provider"]): account for account in result["accounts"]}
    assert len(found) == len(result["accounts"])
    return found


def the_account(out: str) -> dict[str, Any]:
    (account,) = accounts_of(out).values()
    return account


def writes(lab: HubSpotClient) -> dict[str, int]:
    counted = lab.control("counters")["writes"]
    return dict(counted.get(str(lab.portal), {}).get("contacts", {}))


def idle_writes(lab: HubSpotClient) -> dict[str, int]:
    """Writes that changed nothing: what a duplicate would be."""
    counted = lab.control("counters")["writes_without_change"]
    return dict(counted.get(str(lab.portal), {}).get("contacts", {}))


def test_both_crms_run_the_same_job_as_published_and_a_second_run_repeats_nothing(
    demo: Demo,
) -> None:
    config = SandboxConfig(contacts=250, options=(easy_hubspot(), easy_highlevel(40)))
    hubspot, highlevel = HubSpotRecorder(), HighLevelRecorder()
    with serving_hubspot(config, lambda app: hubspot.around(highlevel.around(app))) as lab:
        code, out, err = demo.run("--crm", "both", "--once", "--json", "--sandbox", lab.url)
        assert code == 0, err
        accounts = accounts_of(out)
        assert set(accounts) == {"hubspot", "highlevel"}
        assert all(a["verified"] for a in accounts.values())
        assert all(a["contacts"] > 0 and a["writes"]["failed"] == 0 for a in accounts.values())
        as_published(hubspot, highlevel)
        account = accounts["hubspot"]
        assert account["contacts"] == lab.describe()["counts"]["contacts"]
        assert set(account["dormant"]) == {"d90", "d180", "d365", "never"}
        assert account["enrollments"] > 0
        enrolled = lab.control("counters")["workflow_enrollments"][str(lab.portal)]
        assert sum(enrolled.values()) == account["enrollments"]
        code, out, err = demo.run("--once", "--json", "--sandbox", lab.url)
        assert code == 0, err
        again = accounts_of(out)
        assert set(again) == {"hubspot"}
        # Who was waiting for a decent hour may have been started since, by the batch's own approval.
        assert again["hubspot"]["enrollments"] >= account["enrollments"]
        assert idle_writes(lab) == {}
        starts = lab.control("counters")["starts"][str(lab.portal)]
        times = [count for of_workflow in starts.values() for count in of_workflow.values()]
        assert set(times) == {1}, "nobody is started twice"
    demo.nothing_remains()


def as_published(hubspot: HubSpotRecorder, highlevel: HighLevelRecorder) -> None:
    """What was said is as the vendors' documents have it, where they are at hand."""
    exchanges = highlevel.take()
    assert len(exchanges) > 100
    if PRESENT:
        violations = [v for one in exchanges for v in published_documents().violations(one)]
        assert [str(violation) for violation in unexplained(violations)] == []
    said = hubspot.take()
    used = {(e.method, e.path.split("/")[1]) for e in said}
    assert {("POST", "oauth"), ("GET", "crm"), ("POST", "crm")} <= used
    if (shapes := published_shapes()) is None:
        return
    assert sorted({text for e in said for text in shapes.of_request(e)}) == []
    assert sorted({text for e in said for text in shapes.of_answer(e)}) == []
    promise = load_promise("hubspot")
    asked = frozenset((*promise.required_scopes, *promise.optional_scopes))
    assert sorted({text for e in said for text in shapes.unasked(e, asked)}) == []


def test_s1_n1_real_purchases_give_the_counts_of_the_file(demo: Demo) -> None:
    as_of = date(1997, 10, 1)
    code, out, err = demo.run(
        "--once", "--json", "--purchases", str(EXCERPT), "--as-of", as_of.isoformat()
    )
    assert code == 0, err
    account = the_account(out)
    last: dict[str, date] = {}
    first = as_of
    with EXCERPT.open() as lines:
        for row in csv.DictReader(lines):
            day = date.fromisoformat(row["date"])
            if day <= as_of:
                first = min(first, day)
                last[row["customer_id"]] = max(last.get(row["customer_id"], day), day)
    assert account["contacts"] == len(last)
    for name, days in (("d90", 90), ("d180", 180), ("d365", 365)):
        quiet = sum((as_of - day).days >= days for day in last.values())
        measurable = (as_of - first).days >= days
        assert account["dormant"][name] == (quiet if measurable else None)
    assert account["verified"] is True
    demo.nothing_remains()


def test_a_server_error_ctrl_c_and_a_killed_worker_lose_nothing_and_repeat_nothing(
    demo: Demo, small_world: HubSpotClient
) -> None:
    failing = {"method": "GET", "path": "/crm/objects/2026-09/contacts", "status": 500}
    small_world.control("faults", {**failing, "after": 1, "times": 1})
    small_world.control(
        "faults",
        {"method": "GET", "path": "/crm/objects/", "kind": "delay", "delay_ms": 700, "times": 999},
    )
    process = demo.start("--once", "--json", "--sandbox", small_world.url)
    eventually(
        lambda: any("calls" in r["path"] for r in small_world.control("counters")["requests"]),
        "reading",
        seconds=60,
    )
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Stopped while" in err
    assert "Run the same command again" in err
    assert "Traceback" not in err
    demo.nothing_remains()
    assert small_world.control("faults")["faults"][0]["struck"] == 1
    small_world.control("faults", method="DELETE")
    assert writes(small_world) == {}
    # Slow enough that the reading is still being continued when the second install comes.
    slow = {
        "method": "GET",
        "path": "/crm/objects/2026-09/calls",
        "kind": "delay",
        "delay_ms": 6000,
    }
    small_world.control("faults", {**slow, "times": 3})
    small_world.control("counters", method="DELETE")
    writing = {"method": "POST", "path": "/contacts/batch/update", "kind": "delay"}
    small_world.control("faults", {**writing, "delay_ms": 1500, "times": 2})
    process = demo.start("--once", "--json", "--sandbox", small_world.url)
    eventually(lambda: bool(writes(small_world)), "the first batch", seconds=120)
    workers = [pid for pid in demo.remaining() if b"worker" in command_of(pid)]
    own = os.getpriority(os.PRIO_PROCESS, 0)
    nicer = Counter(os.getpriority(os.PRIO_PROCESS, pid) - own for pid in workers)
    assert nicer == {0: 2, 2: 1, 4: 1}, "the parent, and what is urgent before all else"
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    account = the_account(out)
    assert account["verified"] is True
    assert account["contacts"] == small_world.describe()["counts"]["contacts"]
    assert idle_writes(small_world) == {}
    listed = [
        r
        for r in small_world.control("counters")["requests"]
        if r["method"] == "GET"
        and r["path"].endswith("/2026-09/contacts")
        and "objects" in r["path"]
    ]
    assert listed == [], "what was read is not read again"
    demo.nothing_remains()


@dataclass
class Terminal:
    """A terminal of which somebody reads what is shown."""

    theirs: int
    ours: int
    shown: str = ""

    def has(self, words: str) -> bool:
        while select.select([self.ours], [], [], 0)[0]:
            self.shown += os.read(self.ours, 65_536).decode("utf-8", "replace")
        return words in self.shown


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    ours, theirs = os.openpty()
    yield Terminal(theirs, ours)
    os.close(theirs)
    os.close(ours)


def test_who_watches_is_left_at_the_dry_run_and_told_what_to_click(
    demo: Demo, small_world: HubSpotClient, terminal: Terminal
) -> None:
    process = demo.watch(terminal.theirs, "--sandbox", small_world.url)
    eventually(lambda: terminal.has("Ctrl-C ends everything"), "the closing lines", seconds=120)
    assert "the dry run waits for you" in terminal.shown
    assert writes(small_world) == {}, "nobody has approved anything"
    lines = terminal.shown.replace("\r", "").splitlines()
    told = [line.strip() for line in lines if line.strip().startswith("http")]
    assert len(told) == len(set(told)) >= 7
    with httpx2.Client(follow_redirects=True, timeout=30) as browser:
        # The first of them signs in for the others.
        assert [browser.get(address).status_code for address in told] == [200] * len(told)
    assert "choose Bayside Hearing" in terminal.shown
    assert not re.search(r"\b(job|jobs|schedule|sync)\.[a-z_]+", terminal.shown), "no log lines"
    clockwork = [pid for pid in demo.remaining() if b"schedule" in command_of(pid)]
    assert len(clockwork) == 1
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out == ""
    demo.nothing_remains()


def command_of(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def test_killed_it_leaves_no_process(demo: Demo, small_world: HubSpotClient) -> None:
    small_world.control(
        "faults",
        {"method": "GET", "path": "/crm/objects/", "kind": "delay", "delay_ms": 500, "times": 999},
    )
    process = demo.start("--sandbox", small_world.url)
    eventually(lambda: small_world.describe()["installed"], "the install", seconds=60)
    process.kill()
    process.communicate(timeout=60)
    demo.nothing_remains()


def test_a_wrong_client_secret_ends_with_what_to_do(demo: Demo, small_world: HubSpotClient) -> None:
    code, out, err = demo.run(
        "--once", "--json", "--sandbox", small_world.url, REKINDLE_HUBSPOT_CLIENT_SECRET="not-it"
    )
    assert code == 1
    assert out == ""
    assert "REKINDLE_HUBSPOT_CLIENT_SECRET" in err
    assert "Traceback" not in err
    assert "not-it" not in err
    demo.nothing_remains()


def test_a_missing_file_is_said_before_anything_starts(demo: Demo) -> None:
    code, _, err = demo.run("--once", "--purchases", "nowhere.csv")
    assert code == 1
    assert "There is no file nowhere.csv" in err


def test_a_crm_that_is_not_known_is_said_so(demo: Demo) -> None:
    code, _, err = demo.run("--once", "--crm", "nobody")
    assert code == 1
    assert "--crm takes" in err


def test_contacts_of_a_file_are_looked_at_as_of_today_unless_a_day_is_named() -> None:
    now = datetime(2027, 3, 5, 21, 40, 3, tzinfo=UTC)
    export = Path("patients.csv")
    assert begins_at(DemoOptions(contacts=export), now) == "2027-03-05T14:00:00+00:00"
    assert begins_at(DemoOptions(contacts=export, as_of="2026-01-02"), now) == "2026-01-02"
    assert begins_at(DemoOptions(), now) is None
