"""What the pretend CRMs tell at their opening: nothing to come, and nothing of the sealed truth."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import NORTHGATE
from sandbox.highlevel.client import HighLevelClient, easy_highlevel
from sandbox.highlevel.gateway import TALK
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from sandbox.kit.moments import read_moment
from sandbox.world.latents import PATTERNS
from sandbox.world.tenant import hearing_care
from sandbox.world.truth import PLANS, reveal
from sandbox.world.world import World

LOCATION_PEOPLE = 60
CONFIG = SandboxConfig(contacts=260, options=(easy_hubspot(), easy_highlevel(LOCATION_PEOPLE)))
AS_OF = CONFIG.as_of
DATED = "/crm/objects/2026-09"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
#: Values that may name a time to come: appointments, and open deals and tasks.
AHEAD = {"hs_meeting_start_time", "hs_meeting_end_time", "hs_timestamp", "closedate"}
AHEAD |= {"notes_next_activity_date"}
#: Names under which the truth is filed, and those of latents that a CRM has no word for.
SECRETS = {"organic", "treated", "chance", "outcome", "returned", "answered", "caused", "uplift"}
SECRETS |= {"best_channel", "best_hours", "weekly_rate", "by_machine", "truth", "intent", "rate"}
SECRETS |= {"pattern", "latents", "machine_opens", "family", "null", *PATTERNS}
SECRETS |= set(PLANS) - {"email", "sms"}
KINDS = ("deals", "tickets", "emails", "calls", "communications", "notes", "meetings")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


@pytest.fixture(scope="module")
def opened() -> Iterator[HubSpotClient]:
    """A sandbox of which nobody moves the time."""
    with serving_hubspot(CONFIG) as lab:
        yield lab


def pages(lab: HubSpotClient, kind: str, properties: Iterable[str]) -> Iterator[dict[str, Any]]:
    asked, after = ",".join(properties), ""
    token = lab.token()
    while True:
        path = f"{DATED}/{kind}?limit=100&properties={asked}{after}"
        answer = lab.api("GET", path, token=token).json()
        yield from answer["results"]
        if "paging" not in answer:
            return
        after = f"&after={answer['paging']['next']['after']}"


def names(lab: HubSpotClient, kind: str) -> list[str]:
    found = lab.api("GET", f"/crm/properties/2026-09/{kind}").json()["results"]
    return [str(definition["name"]) for definition in found]


def with_history(lab: HubSpotClient) -> Iterator[dict[str, Any]]:
    """Every contact with every property and all its versions."""
    wanted, token = names(lab, "contacts"), lab.token()
    ids = [row["id"] for row in pages(lab, "contacts", ["email"])]
    for first in range(0, len(ids), 50):
        payload = {
            "inputs": [{"id": record_id} for record_id in ids[first : first + 50]],
            "properties": wanted,
            "propertiesWithHistory": wanted,
        }
        yield from lab.api("POST", f"{DATED}/contacts/batch/read", payload, token=token).json()[
            "results"
        ]


def test_no_version_of_any_property_is_younger_than_the_opening(opened: HubSpotClient) -> None:
    """F: the emulator refuses ts > as_of."""
    seen = 0
    for contact in with_history(opened):
        for versions in contact["propertiesWithHistory"].values():
            for version in versions:
                assert read_moment(version["timestamp"]) <= AS_OF
                seen += 1
    assert seen > 260 * 20


@pytest.mark.parametrize("kind", ["contacts", *(kind for kind in KINDS if kind != "meetings")])
def test_no_record_is_younger_than_the_opening(opened: HubSpotClient, kind: str) -> None:
    rows = list(pages(opened, kind, names(opened, kind)))
    assert rows
    for row in rows:
        assert max(read_moment(row["createdAt"]), read_moment(row["updatedAt"])) <= AS_OF
        for name, value in row["properties"].items():
            if value and MOMENT.fullmatch(value) and name not in AHEAD:
                assert read_moment(value) <= AS_OF, name
        if "hs_timestamp" in row["properties"]:
            assert read_moment(row["properties"]["hs_timestamp"]) <= AS_OF


def test_meetings_to_come_are_only_booked(opened: HubSpotClient) -> None:
    rows = list(pages(opened, "meetings", ["hs_timestamp", "hs_meeting_outcome"]))
    ahead = [r for r in rows if read_moment(r["properties"]["hs_timestamp"]) > AS_OF]
    assert ahead
    assert {r["properties"]["hs_meeting_outcome"] for r in ahead} == {"SCHEDULED"}
    assert all(read_moment(row["createdAt"]) <= AS_OF for row in rows)


def highlevel_contacts(lab: HubSpotClient) -> list[dict[str, Any]]:
    """Every contact, as the search and as its own page show it."""
    highlevel = HighLevelClient(lab)
    wanted = {"locationId": NORTHGATE, "page": 1, "pageLimit": 100}
    found = highlevel.api("POST", "/contacts/search", wanted).json()["contacts"]
    own = [highlevel.api("GET", f"/contacts/{row['id']}").json()["contact"] for row in found]
    assert len(own) == LOCATION_PEOPLE
    return [*found, *own]


def highlevel_messages(lab: HubSpotClient) -> list[dict[str, Any]]:
    highlevel, rows, cursor = HighLevelClient(lab), list[dict[str, Any]](), dict[str, str]()
    while True:
        page = highlevel.api(
            "GET",
            "/conversations/messages/export",
            version=TALK,
            locationId=NORTHGATE,
            limit="500",
            **cursor,
        ).json()
        rows += page["messages"]
        if "nextCursor" not in page:
            return rows
        cursor = {"cursor": page["nextCursor"]}


def test_nothing_in_highlevel_is_younger_than_the_opening(opened: HubSpotClient) -> None:
    rows = [*highlevel_contacts(opened), *highlevel_messages(opened)]
    moments = [read_moment(text) for text in MOMENT.findall(json.dumps(rows))]
    assert len(moments) > 500
    assert max(moments) <= AS_OF


def test_no_word_of_the_truth_is_in_any_answer(opened: HubSpotClient) -> None:
    """F: nothing in the answers is a latent, a chance or an outcome by name."""
    told = [*with_history(opened), *highlevel_contacts(opened), *highlevel_messages(opened)]
    told += [row for kind in KINDS for row in pages(opened, kind, names(opened, kind))]
    text = json.dumps([*told, opened.control("state")])
    assert [word for word in SECRETS if f'"{word}"' in text] == []


def test_no_value_follows_intent_or_a_chance_like_a_copy(opened: HubSpotClient) -> None:
    """F: what a contact shows is blurred; none of its numbers orders people as the truth does."""
    world = World(hearing_care(seed=CONFIG.seed, contacts=CONFIG.contacts, as_of=AS_OF))
    truth, columns = reveal(world), dict[str, dict[int, float]]()
    mails = {person.email: person.number for person in world.people() if person.email}
    for contact in with_history(opened):
        person = mails.get(contact["properties"]["email"])
        for name, value in contact["properties"].items():
            if person is not None and value and NUMBER.fullmatch(value):
                columns.setdefault(name, {})[person] = float(value)
    told = {name: column for name, column in columns.items() if len(column) > 60}
    assert len(told) > 5
    secrets = [world.latents.intent, world.latents.rate, truth.organic, *truth.treated.values()]
    for name, column in told.items():
        people, values = list(column), np.array(list(column.values()))
        for secret in secrets:
            assert abs(_rank_correlation(values, secret[people])) < 0.9, name


def _rank_correlation(values: NDArray[np.float64], secret: NDArray[np.float64]) -> float:
    if len(set(values.tolist())) < 2:
        return 0.0
    first, second = (np.unique(column, return_inverse=True)[1] for column in (values, secret))
    return float(np.corrcoef(first.astype(np.float64), second.astype(np.float64))[0, 1])
