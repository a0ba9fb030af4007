"""A sandbox served over real HTTP, put back to its usual limits for every test."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest

from sandbox.config import SandboxConfig
from sandbox.lab import Lab, easy_limits, serving


@pytest.fixture(scope="session")
def shared_lab() -> Iterator[Lab]:
    with serving(SandboxConfig(contacts=150, limits=easy_limits())) as lab:
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
    with serving(SandboxConfig(contacts=0, limits=easy_limits())) as lab:
        yield lab
