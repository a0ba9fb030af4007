"""The harness that kills between decision and call: its strikes repeat, and come where they say (D12)."""

import subprocess
import sys
from random import Random

import httpx2
import pytest

from tests.chaos.door import Strike, When, draw, opened_door
from tests.listening import Posted, listening


def test_the_same_seed_strikes_at_the_same_requests() -> None:
    def strikes() -> list[Strike]:
        dice = Random(7)  # noqa: S311  repeatable on purpose
        return [draw(dice) for _ in range(60)]

    drawn = strikes()
    assert drawn == strikes()
    assert {strike.when for strike in drawn} == set(When)
    assert {strike.changes_only for strike in drawn} == {True, False}


@pytest.mark.processes
@pytest.mark.parametrize("when", When)
def test_who_is_killed_at_the_door_has_made_the_call_or_not(when: When) -> None:
    asked: list[str] = []

    def answer(posted: Posted) -> tuple[int, bytes]:
        asked.append(posted.path)
        return 200, b"{}"

    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with victim, listening(answer) as beyond, opened_door(beyond) as door, httpx2.Client() as http:
        door.arm(victim.pid, Strike(when, 2, changes_only=True))
        assert http.post(f"{door.url}/contacts/search").is_success
        assert http.post(f"{door.url}/crm/batch/update").is_success
        if when is When.AFTER:
            assert http.post(f"{door.url}/crm/batch/update").is_success
        else:
            with pytest.raises(httpx2.TransportError):
                http.post(f"{door.url}/crm/batch/update")
        assert victim.wait(30) == -9
    assert len(asked) == (2 if when is When.BEFORE else 3)
