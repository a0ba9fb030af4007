"""A sandbox for the clients that HubSpot and others publish, and all that such a client may read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.hubspot.client import HubSpotClient


@pytest.fixture(scope="session")
def lab() -> Iterator["HubSpotClient"]:
    from sandbox.config import SandboxConfig  # noqa: PLC0415  units load no sandbox
    from sandbox.hubspot.client import easy_hubspot, serving_hubspot  # noqa: PLC0415

    with serving_hubspot(
        SandboxConfig(contacts=150, crms=("hubspot",), options=(easy_hubspot(),))
    ) as opened:
        yield opened
