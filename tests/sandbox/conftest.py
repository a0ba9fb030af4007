"""A sandbox served over real HTTP, put back to its usual limits for every test."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest

from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import AGENCY, STAND_ALONE
from sandbox.highlevel.config import HIGHLEVEL_SCOPES
from sandbox.highlevel_lab import HighLevelLab, easy_highlevel, easy_highlevel_limits
from sandbox.lab import Lab, easy_hubspot, easy_limits, serving


@pytest.fixture(scope="session")
def shared_lab() -> Iterator[Lab]:
    with serving(SandboxConfig(contacts=150, options=(easy_hubspot(),))) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """The shared sandbox with usual limits, no faults, no rules and nothing counted."""
    usual = asdict(easy_limits())
    shared_lab.control("limits", usual)
    shared_lab.control("counters", method="DELETE")
    yield shared_lab
    shared_lab.control("faults", method="DELETE")
    shared_lab.control("rules", {"portal": shared_lab.portal})
    shared_lab.control("limits", usual)


@pytest.fixture
def empty_lab() -> Iterator[Lab]:
    """A sandbox of its own, without people."""
    with serving(SandboxConfig(contacts=0, options=(easy_hubspot(),))) as lab:
        yield lab


@pytest.fixture(scope="session")
def shared_highlevel() -> Iterator[HighLevelLab]:
    config = SandboxConfig(contacts=5, options=(easy_hubspot(), easy_highlevel(60)))
    with serving(config) as lab:
        yield HighLevelLab(lab)


@pytest.fixture
def highlevel(shared_highlevel: HighLevelLab) -> Iterator[HighLevelLab]:
    """The shared HighLevel with usual limits; the app is installed nowhere and tells nobody."""
    usual = asdict(easy_highlevel_limits())
    shared_highlevel.control("project", {"webhook_target": None, "scopes": [*HIGHLEVEL_SCOPES]})
    for company in (AGENCY, STAND_ALONE):
        shared_highlevel.control("uninstall", {"company": company})
    shared_highlevel.control("limits", usual)
    shared_highlevel.lab.control("counters", method="DELETE")
    yield shared_highlevel
    shared_highlevel.lab.control("faults", method="DELETE")
    shared_highlevel.control("limits", usual)
