"""The harness itself: faults that can be repeated, eyes that see what is packed, killed processes that come back."""

import base64
import sys
import zlib
from pathlib import Path

from redis import Redis

from sandbox.serving import eventually
from tests.chaos.checks import differences
from tests.chaos.faults import Kind, draw_faults
from tests.chaos.leaks import Sentinel
from tests.chaos.processes import Processes
from tests.chaos.report import classes, line
from tests.chaos.story import WEIGHTS
from tests.chaos.trial import Plan, Verdict

ADDRESS = "quillon@newcomer.example"


def test_the_same_seed_and_round_meet_the_same_faults() -> None:
    first, again = (draw_faults(7, 3, WEIGHTS, database="postgresql") for _ in range(2))
    assert first == again
    others = [draw_faults(7, number, WEIGHTS, database="postgresql") for number in range(4, 40)]
    assert first not in others
    assert {f.kind for faults in others for f in faults} == set(Kind)
    assert {f.stage for faults in others for f in faults} == set(WEIGHTS)


def test_sqlite_has_no_connections_to_cut() -> None:
    drawn = [f.kind for n in range(60) for f in draw_faults(1, n, WEIGHTS, database="sqlite")]
    assert Kind.CONNECTIONS_CUT not in drawn


def test_a_personal_value_is_seen_however_it_is_packed(redis: Redis) -> None:
    told = f'{{"to": "{ADDRESS}"}}'.encode()
    redis.hset("rq:job:1", "data", zlib.compress(told))
    redis.xadd("rq:results:1", {"exc_string": base64.b64encode(zlib.compress(told))})
    redis.rpush("list", told)
    redis.zadd("sorted", {told: 1})
    redis.set(ADDRESS, "")
    redis.sadd("harmless", "contact 4711")
    sentinel = Sentinel()
    sentinel.forbid([ADDRESS, "ab"])
    sentinel.look_into_queue(redis)
    assert sum(sentinel.found.values()) == 5
    assert not [where for where in sentinel.found if ADDRESS in where]


def test_phone_numbers_are_seen_without_their_prefix_and_names_in_files(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("dialled 2125550100 for Quillon Testerman")
    sentinel = Sentinel()
    sentinel.forbid(["+1 (212) 555-0100", "Quillon Testerman"])
    sentinel.look_into_files(tmp_path)
    assert sentinel.found == {"a phone number in web.log": 1, "a name in web.log": 1}


def test_what_differs_is_named_and_who_is_there_in_one_run_only() -> None:
    told = list(
        differences(
            {"1": {"rekindle_status": "ready"}, "2": {}},
            {"1": {"rekindle_status": "started"}, "3": {}},
        )
    )
    assert told[0] == "1 rekindle_status: 'ready' instead of 'started'"
    assert len(told) == 3


def test_a_score_may_differ_by_a_days_silence_where_it_was_made_at_another_moment() -> None:
    def told(mine: str, theirs: str, *, together: bool) -> list[str]:
        later = "2026-03-02T00:00:00Z" if together else "2026-03-02T01:00:00Z"
        ours = {"rekindle_dormancy_score": mine, "rekindle_scored_at": "2026-03-02T00:00:00Z"}
        wanted = {"rekindle_dormancy_score": theirs, "rekindle_scored_at": later}
        return list(differences({"1": ours}, {"1": wanted}))

    assert told("17", "18", together=False) == []
    assert told("17", "18", together=True) == ["1 rekindle_dormancy_score: '17' instead of '18'"]
    assert told("17", "20", together=False) == ["1 rekindle_dormancy_score: '17' instead of '20'"]
    assert told("", "2", together=False) == ["1 rekindle_dormancy_score: '' instead of '2'"]


def test_a_killed_process_comes_back_and_its_children_go_with_it(tmp_path: Path) -> None:
    processes = Processes(tmp_path, "mark-of-this-test")
    child = "import time; print('up', flush=True); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    processes.start("worker-1", [sys.executable, "-c", parent], {})
    log = tmp_path / "worker-1.log"
    try:
        eventually(lambda: log.read_text().count("up") == 1, "the first child")
        assert processes.kill_child("worker-1", luck=0.0)
        eventually(lambda: _tended(processes, log, 2), "the parent ended, and came back")
        assert processes.ended_by_themselves == ["worker-1 (exit code 0)"]
        processes.kill("worker-1", back_in=0.0)
        eventually(lambda: _tended(processes, log, 3), "it is started again")
    finally:
        processes.stop()
    # The killed parent's child, and the stopped one's: nothing ends them but this.
    assert len(processes.remaining(seconds=0.2)) == 2
    assert processes.remaining() == []


def _tended(processes: Processes, log: Path, starts: int) -> bool:
    processes.tend()
    return log.read_text().count("up") == starts


def test_a_line_says_all_and_failures_are_counted_by_class() -> None:
    plan = Plan(3, 7, "hubspot", None, 120.0)
    wrong = ["4711 was started 2 times", "4712 was started 2 times", "web ended by itself"]
    verdict = Verdict(plan, ["web killed while reading"], 21.0, 4.0, wrong)
    assert "round   3  seed 7  hubspot" in line(verdict)
    assert "FAILED  [web killed while reading]" in line(verdict)
    assert classes([verdict]) == {"somebody was started twice": 1, "a process ended by itself": 1}
