"""Secrets that anybody can read are refused where anybody can reach us, and by name."""

import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from app.published_secrets import find_published, refuse_published
from core.errors import SettingsInvalid
from core.settings import Environment, read_environment, read_settings
from core.vault import new_key

ROOT = Path(__file__).parents[2]
EXAMPLE = dict(read_environment({}, dotenv=ROOT / ".env.example").values)
COMPOSED = f"postgresql://rekindle:{EXAMPLE['REKINDLE_DATABASE_PASSWORD']}@postgres/rekindle"
OWN = {
    **EXAMPLE,
    "REKINDLE_DATABASE_URL": "sqlite://",
    "REKINDLE_DATABASE_PASSWORD": "",
    "REKINDLE_PUBLIC_URL": "https://crm.acme.test",
    "REKINDLE_VAULT_KEYS": new_key(),
    "REKINDLE_SESSION_SECRET": "x" * 40,
    "REKINDLE_HUBSPOT_CLIENT_SECRET": "own",
    "REKINDLE_HIGHLEVEL_CLIENT_SECRET": "own",
}
PUBLISHED = {
    "REKINDLE_VAULT_KEYS": [
        EXAMPLE["REKINDLE_VAULT_KEYS"],
        # One of one's own before it; always the same one, so that every process has the same tests.
        f"k2:{b64encode(bytes(range(32))).decode()},{EXAMPLE['REKINDLE_VAULT_KEYS']}",
        EXAMPLE["REKINDLE_VAULT_KEYS"].replace("dev:", "production:"),
    ],
    "REKINDLE_DATABASE_URL": [COMPOSED],
    **{
        name: [EXAMPLE[name]]
        for name in (
            "REKINDLE_SESSION_SECRET",
            "REKINDLE_HUBSPOT_CLIENT_SECRET",
            "REKINDLE_HIGHLEVEL_CLIENT_SECRET",
        )
    },
}
CASES = [(name, value) for name, values in PUBLISHED.items() for value in values]


def check(values: dict[str, str]) -> None:
    environment = Environment(values)
    refuse_published(environment, read_settings(environment))


def test_every_secret_of_the_example_is_known() -> None:
    secret = re.compile("SECRET|KEYS|PASSWORD|TOKEN")
    filled = {n for n, v in EXAMPLE.items() if v and secret.search(n)}
    by_address = {"REKINDLE_HIGHLEVEL_WEBHOOK_KEYS"}  # public keys
    assert filled - by_address == {*PUBLISHED, "REKINDLE_DATABASE_PASSWORD"} - {
        "REKINDLE_DATABASE_URL"
    }


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_published_secret_is_refused_by_name_behind_https(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        check({**OWN, name: value})
    assert name in refused.value.message
    assert "docs/operator.md" in refused.value.message
    assert value not in refused.value.message
    assert sum(other in refused.value.message for other in PUBLISHED) == 1


def test_secrets_of_ones_own_are_fine() -> None:
    check(OWN)


@pytest.mark.parametrize("address", ["http://localhost:8321", "http://127.0.0.1:9000"])
def test_on_this_machine_the_example_works_as_it_stands(address: str) -> None:
    environment = Environment({**EXAMPLE, "REKINDLE_PUBLIC_URL": address})
    settings = read_settings(environment)
    refuse_published(environment, settings)
    assert len(find_published(environment, settings)) == 4


# One process that is started again and again, as far as starting goes.
EACH = """
import os, sys
from app.cli.main import main

for number, asked in enumerate(sys.argv[1].split(";")):
    command, _, address = asked.partition("@")
    os.environ["REKINDLE_PUBLIC_URL"] = address
    sys.argv = ["rekindle", *command.split()]
    try:
        main()
    except SystemExit as ended:
        print(f"ended {number} with {ended.code}", file=sys.stderr)
"""


def run(*asked: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs commands, each for one address at which the product is reached."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("REKINDLE_")}
    return subprocess.run(
        [sys.executable, "-c", EACH, ";".join(asked)],
        env={**inherited, "PYTHONPATH": str(ROOT), **EXAMPLE},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.processes
def test_no_process_starts_with_one(tmp_path: Path) -> None:
    commands = ("serve", "worker", "schedule")
    ended = run(*(f"{c}@https://crm.acme.test" for c in commands), folder=tmp_path)
    *told, rest = re.split(r"ended \d with (?=1$)", ended.stderr, flags=re.MULTILINE)
    assert len(told) == len(commands), rest
    assert all("REKINDLE_VAULT_KEYS, REKINDLE_SESSION_SECRET" in said for said in told)
    assert EXAMPLE["REKINDLE_SESSION_SECRET"] not in ended.stderr


@pytest.mark.processes
def test_doctor_says_so(tmp_path: Path) -> None:
    addresses = ("https://crm.acme.test", "http://localhost:8321")
    ended = run(*(f"doctor --json@{address}" for address in addresses), folder=tmp_path)
    found = [
        next(c for c in json.loads(line)["checks"] if c["name"] == "secrets")
        for line in ended.stdout.splitlines()
    ]
    assert [check["ok"] for check in found] == [False, True]
    assert all("REKINDLE_HUBSPOT_CLIENT_SECRET" in check["message"] for check in found)
