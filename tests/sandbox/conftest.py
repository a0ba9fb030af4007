"""A sandbox served over real HTTP, put back to its usual limits for every test."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest

from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import AGENCY, STAND_ALONE
from sandbox.highlevel.client import (
    EVERY_SCOPE,
    HighLevelClient,
    easy_highlevel,
    easy_highlevel_limits,
)
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, easy_limits, serving_hubspot


@pytest.fixture(scope="session")
def shared_lab() -> Iterator[HubSpotClient]:
    with serving_hubspot(SandboxConfig(contacts=150, options=(easy_hubspot(),))) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: HubSpotClient) -> Iterator[HubSpotClient]:
    """The shared sandbox with usual limits, no faults, no rules and nothing counted."""
    usual = asdict(easy_limits())
    shared_lab.control("limits", usual)
    shared_lab.control("counters", method="DELETE")
    yield shared_lab
    shared_lab.control("faults", method="DELETE")
    shared_lab.control("rules", {"portal": shared_lab.portal})
    shared_lab.control("limits", usual)


@pytest.fixture
def empty_lab() -> Iterator[HubSpotClient]:
    """A sandbox of its own, without people."""
    with serving_hubspot(SandboxConfig(contacts=0, options=(easy_hubspot(),))) as lab:
        yield lab


@pytest.fixture(scope="session")
def shared_highlevel() -> Iterator[HighLevelClient]:
    config = SandboxConfig(contacts=5, options=(easy_hubspot(), easy_highlevel(60)))
    with serving_hubspot(config) as lab:
        yield HighLevelClient(lab)


@pytest.fixture
def highlevel(shared_highlevel: HighLevelClient) -> Iterator[HighLevelClient]:
    """The shared HighLevel with usual limits; the app is installed nowhere and tells nobody."""
    usual = asdict(easy_highlevel_limits())
    shared_highlevel.control("project", {"webhook_target": None, "scopes": [*EVERY_SCOPE]})
    for company in (AGENCY, STAND_ALONE):
        shared_highlevel.control("uninstall", {"company": company})
    shared_highlevel.control("limits", usual)
    shared_highlevel.lab.control("counters", method="DELETE")
    yield shared_highlevel
    shared_highlevel.lab.control("faults", method="DELETE")
    shared_highlevel.control("limits", usual)
