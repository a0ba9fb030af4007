"""Every CRM of the registry, and the pretend one beside them, each with its street and a house."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy.engine import Engine

import manifest
from connector.registry import PROVIDERS
from tests.contract.house import CrmHouse, build_house
from tests.contract.street import RecordedStreet, Street

FAKE = {"fake": "tests.fakecrm.provider"}
FAKE_PROMISE = Path(__file__).parents[1] / "fakecrm" / "manifest"
NAMES = sorted({**PROVIDERS, **FAKE})


@pytest.fixture(autouse=True)
def pretend_crm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pretend CRM joins: one line in the registry, and a folder beside the other promises."""
    for name, module in FAKE.items():
        monkeypatch.setitem(PROVIDERS, name, module)
    monkeypatch.setattr(manifest, "__path__", [*manifest.__path__, str(FAKE_PROMISE)])


@pytest.fixture(scope="session")
def streets() -> Iterator[Callable[[str], Street]]:
    """Opens each CRM's street once; tests that need one that nobody has touched open their own."""
    with ExitStack() as stack:
        open_already: dict[str, Street] = {}

        def find(name: str) -> Street:
            if name not in open_already:
                open_already[name] = stack.enter_context(open_street(name))
            open_already[name].renew()
            return open_already[name]

        yield find


def open_street(name: str) -> AbstractContextManager[Street]:
    module = import_module(f"tests.contract.streets.{name}")
    return cast("AbstractContextManager[Street]", module.open_street())


@pytest.fixture(params=NAMES)
def street(
    request: pytest.FixtureRequest, pretend_crm: None, streets: Callable[[str], Street]
) -> Iterator[Street]:
    """A CRM with people in it, in which nobody has the app."""
    found = streets(request.param)
    with exchanges_valid(found):
        yield found


@pytest.fixture(params=NAMES)
def own_street(request: pytest.FixtureRequest, pretend_crm: None) -> Iterator[Street]:
    """A CRM for one test alone."""
    with open_street(request.param) as opened, exchanges_valid(opened):
        yield opened


@contextmanager
def exchanges_valid(street: Street) -> Iterator[None]:
    """What passes until the block ends must be as the vendor's documents say, where it publishes any."""
    if isinstance(street, RecordedStreet):
        street.take_violations()
    yield
    if isinstance(street, RecordedStreet):
        assert street.take_violations() == []


@pytest.fixture
def house(street: Street, engine: Engine, database_url: str) -> CrmHouse:
    """The product in front of that CRM, not installed yet."""
    return build_house(street, engine, database_url)


@pytest.fixture
def first_house(own_street: Street, engine: Engine, database_url: str) -> CrmHouse:
    """The product in front of a CRM that has never seen it."""
    return build_house(own_street, engine, database_url)
