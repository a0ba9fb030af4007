"""A pretend HighLevel over HTTP, and the adapter in front of it; units beside it load neither."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.hubspot.client import HubSpotClient
    from tests.connector.highlevel.pretend import Open


@pytest.fixture(scope="session")
def crm_side() -> Iterator["HubSpotClient"]:
    """A HighLevel with people that several tests read; tests that write bring their own."""
    from tests.connector.highlevel.pretend import served  # noqa: PLC0415

    with served() as lab:
        yield lab


@pytest.fixture
def own_crm_side() -> Iterator["HubSpotClient"]:
    """A HighLevel with people for one test alone."""
    from tests.connector.highlevel.pretend import served  # noqa: PLC0415

    with served() as lab:
        yield lab


@pytest.fixture
def open_account() -> Iterator["Open"]:
    """Opens a location as if it had installed the app."""
    from tests.connector.highlevel.pretend import opening  # noqa: PLC0415

    with opening() as open_one:
        yield open_one
