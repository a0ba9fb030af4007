"""Meltano's tap-hubspot, unmodified but for the host, discovers and reads the pretend account (S1)."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.hubspot.client import HubSpotClient
from sandbox.hubspot.config import HubSpotCredentials

pytestmark = pytest.mark.processes

PACKAGE = "meltano-tap-hubspot==0.10.1"
VARIABLE = "REKINDLE_TEST_TAP_PYTHON"  # a Python in whose environment the tap is installed already
DRIVER = Path(__file__).with_name("tap_driver.py")
SCOPES = [
    "oauth",
    "communication_preferences.read",
    "crm.objects.companies.read",
    "crm.objects.contacts.read",
    "crm.objects.deals.read",
    "crm.objects.feedback_submissions.read",
    "crm.objects.goals.read",
    "crm.objects.leads.read",
    "crm.objects.line_items.read",
    "crm.objects.owners.read",
    "crm.objects.products.read",
    "crm.objects.quotes.read",
    "crm.schemas.companies.read",
    "crm.schemas.contacts.read",
    "crm.schemas.deals.read",
    "sales-email-read",
    "settings.users.read",
    "tickets",
]


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python of the tap's own: it needs other versions of packages than we do."""
    if named := os.environ.get(VARIABLE):
        return named
    uv, home = Path(sys.executable).with_name("uv"), tmp_path_factory.mktemp("tap")
    found = str(home / "bin" / "python")
    for command in (
        [str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
        [str(uv), "pip", "install", "--quiet", "--python", found, PACKAGE],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"{PACKAGE} cannot be installed here ({type(error).__name__}): {VARIABLE}")
        if done.returncode:
            pytest.skip(f"{PACKAGE} cannot be installed here; {VARIABLE} names a Python with it")
    return found


@dataclass
class Tap:
    """The tap with what an admin would put into its configuration."""

    python: str
    folder: Path
    lab: HubSpotClient

    def configure(self, **more: object) -> None:
        granted = self.lab.control("token", {"portal": self.lab.portal, "scopes": SCOPES})
        app = HubSpotCredentials()
        config = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "refresh_token": granted["refresh_token"],
            **more,
        }
        (self.folder / "config.json").write_text(json.dumps(config))

    def run(self, *arguments: str) -> str:
        command = [self.python, str(DRIVER), self.lab.url, "--config", "config.json", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr[-3_000:]
        return done.stdout

    def read(self) -> Counter[str]:
        """How many records of each stream came, all that were discovered being selected."""
        (self.folder / "catalog.json").write_text(self.run("--discover"))
        said = self.run("--catalog", "catalog.json").splitlines()
        messages: list[dict[str, Any]] = [json.loads(line) for line in said if line[:1] == "{"]
        return Counter(m["stream"] for m in messages if m["type"] == "RECORD")


@pytest.fixture
def tap(python: str, tmp_path: Path, lab: HubSpotClient) -> Tap:
    return Tap(python, tmp_path, lab)


KEPT = ("calls", "communications", "contacts", "deals", "emails", "meetings", "notes", "tickets")


def test_it_discovers_and_reads_everything(tap: Tap) -> None:
    tap.configure(associations={"contacts": ["deals"]})
    read, counts = tap.read(), tap.lab.describe()["counts"]
    assert {kind: read[kind] for kind in KEPT} == {kind: counts[kind] for kind in KEPT}
    assert read["contacts_deals_associations"] == counts["deals"]
    assert (read["deal_pipelines"], read["ticket_pipelines"]) == (1, 1)
    assert read["users"] == read["owners"] == len(tap.lab.describe()["owners"])
    assert read["email_subscriptions"] == 3
    assert read["properties"] > 200


def test_it_reads_what_changed_since_a_day(tap: Tap) -> None:
    tap.lab.contact(firstname="Late", email="late@example.com")
    tap.configure(start_date=tap.lab.control("state")["now"])
    read = tap.read()
    assert read["contacts"] >= 1
    assert read["contacts"] < tap.lab.describe()["counts"]["contacts"]
