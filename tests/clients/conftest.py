"""A sandbox for the clients that HubSpot and others publish, and all that such a client may read."""

from collections.abc import Iterator

import pytest

from sandbox.config import SandboxConfig
from sandbox.lab import Lab, easy_limits, serving


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with serving(SandboxConfig(contacts=150, limits=easy_limits())) as opened:
        yield opened
