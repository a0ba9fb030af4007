"""The sealed truth of a running sandbox: started with it by command line, under a private key."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx2 as httpx
import pytest

from sandbox.assembly import Sandbox, assemble
from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import NORTHGATE
from sandbox.highlevel.config import HighLevelOptions
from sandbox.highlevel.crm import HighLevelCrm
from sandbox.highlevel.population import Population as HighLevelPopulation
from sandbox.hubspot.accounts import HARBOR
from sandbox.hubspot.crm import HubSpotCrm
from sandbox.hubspot.population import Population
from sandbox.sealing import SealError, find_or_make_key, read_key
from sandbox.world.tenant import Family, Nature, hearing_care
from sandbox.world.truth import reveal, seal
from sandbox.world.world import World

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)


def hubspot_people(sandbox: Sandbox) -> dict[int, Population]:
    return next(c.controlled for c in sandbox.crms if isinstance(c, HubSpotCrm)).populations


def highlevel_people(sandbox: Sandbox) -> dict[str, HighLevelPopulation]:
    return next(c.controlled for c in sandbox.crms if isinstance(c, HighLevelCrm)).populations


def sealed(folder: Path, *, seed: int = 61, nature: Nature | None = None) -> str:
    """The truth file of a small sandbox, its key shared by all in the folder."""
    config = SandboxConfig(
        seed=seed,
        contacts=120,
        nature=nature or Nature(),
        truth=folder / f"truth-{seed}",
        truth_key=folder / "key",
        options=(HighLevelOptions(contacts=30),),
    )
    assemble(config)
    return (folder / f"truth-{seed}").read_text(encoding="utf-8")


def test_the_first_accounts_of_both_crms_are_in_it_and_no_id_is(tmp_path: Path) -> None:
    config = SandboxConfig(
        contacts=80,
        truth=tmp_path / "truth",
        truth_key=tmp_path / "key",
        options=(HighLevelOptions(contacts=20),),
    )
    sandbox = assemble(config)
    text, key = (tmp_path / "truth").read_text(encoding="utf-8"), read_key(tmp_path / "key")
    ids = [
        *hubspot_people(sandbox)[HARBOR].contact_of.values(),
        *highlevel_people(sandbox)[NORTHGATE].contact_of.values(),
    ]
    names = {json.loads(line)["contact"] for line in text.splitlines()}
    assert len(ids) == 100
    assert names == {seal(key, contact_id) for contact_id in ids}
    assert not any(f'"{contact_id}"' in text for contact_id in ids)
    assert names.isdisjoint(seal(b"another key of some length", i) for i in ids)


def test_the_truth_is_that_of_the_moment_the_sandbox_opens(tmp_path: Path) -> None:
    """What a reading at the start shows is what the chances rest on; time has not moved."""
    config = SandboxConfig(
        contacts=200,
        truth=tmp_path / "truth",
        truth_key=tmp_path / "key",
        options=(HighLevelOptions(contacts=0),),
    )
    sandbox = assemble(config)
    rows = [json.loads(line) for line in (tmp_path / "truth").read_text().splitlines()]
    organic = {row["contact"]: row["organic"] for row in rows}
    fresh = World(hearing_care(seed=config.seed, contacts=200, as_of=config.as_of))
    truth, key = reveal(fresh), read_key(tmp_path / "key")
    for person, contact_id in hubspot_people(sandbox)[HARBOR].contact_of.items():
        name = seal(key, contact_id)
        assert organic[name] == pytest.approx(float(truth.organic[person]), abs=1e-6)
    assert sandbox.time.now() == config.as_of


def test_only_the_owner_may_read_truth_and_key(tmp_path: Path) -> None:
    sealed(tmp_path)
    for path in (tmp_path / "key", tmp_path / "truth-61"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = find_or_make_key(tmp_path / "key")
    assert len(first) == 64
    assert find_or_make_key(tmp_path / "key") == first
    assert find_or_make_key(tmp_path / "other") != first


def test_a_seed_gives_the_same_truth_and_another_seed_another(tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    (again / "key").write_bytes(find_or_make_key(tmp_path / "key"))
    first = sealed(tmp_path)
    assert sealed(again) == first
    assert sealed(tmp_path, seed=62) != first


@pytest.mark.parametrize(
    "nature", [Nature(Family.MISSPECIFIED), Nature(null=True), Nature(weeks=20)]
)
def test_every_nature_reaches_the_people_of_both_crms(nature: Nature) -> None:
    config = SandboxConfig(contacts=60, nature=nature, options=(HighLevelOptions(contacts=20),))
    sandbox = assemble(config)
    worlds = [population.world for population in hubspot_people(sandbox).values()]
    worlds += [population.world for population in highlevel_people(sandbox).values()]
    assert len(worlds) == 6
    for world in worlds:
        assert world is not None
        tenant = world.tenant
        assert Nature(tenant.family, tenant.null, tenant.weeks) == nature


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (SandboxConfig(contacts=5, truth=Path("truth")), "needs a key file"),
        (SandboxConfig(contacts=0, truth=Path("truth"), truth_key=Path("key")), "no people"),
        (
            SandboxConfig(contacts=5, truth=Path("truth"), truth_key=Path("gone/key")),
            "cannot be written",
        ),
        (
            SandboxConfig(contacts=5, truth=Path("gone/truth"), truth_key=Path("key")),
            "cannot be written",
        ),
    ],
)
def test_a_truth_that_cannot_be_kept_is_refused(
    config: SandboxConfig, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SealError, match=complaint):
        assemble(config)


@pytest.mark.processes
def test_the_command_line_chooses_the_people_and_seals_their_truth(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--parent-death"]
    command += ["--contacts", "40", "--highlevel-contacts", "10", "--seed", "9"]
    command += ["--family", "misspecified", "--null", "--weeks", "60"]
    command += ["--truth", str(tmp_path / "truth"), "--truth-key-file", str(tmp_path / "key")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told, ready = process.stderr.readline(), process.stderr.readline()
        try:
            assert told == "sandbox sealed the truth about 50 contacts\n"
            state = httpx.get(f"{ready.split()[-1]}/control/state").json()
        finally:
            process.terminate()
            process.communicate(timeout=20)
    assert state["seed"] == 9
    assert "null" not in json.dumps(state["portals"])
    rows = [json.loads(line) for line in (tmp_path / "truth").read_text().splitlines()]
    assert len({row["organic"] for row in rows}) == 1
    assert all(
        plan["chance"] == row["organic"] and plan["outcome"] == row["returned"]
        for row in rows
        for plan in row["plans"].values()
    )


@pytest.mark.processes
def test_a_family_that_is_none_ends_with_code_2() -> None:
    command = [sys.executable, "-m", "sandbox", "--family", "odd"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "misspecified" in done.stderr
