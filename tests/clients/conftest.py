"""A sandbox for the clients that HubSpot and others publish, and all that such a client may read."""

from collections.abc import Iterator

import pytest

from sandbox.config import SandboxConfig
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot


@pytest.fixture(scope="session")
def lab() -> Iterator[HubSpotClient]:
    with serving_hubspot(
        SandboxConfig(contacts=150, crms=("hubspot",), options=(easy_hubspot(),))
    ) as opened:
        yield opened
