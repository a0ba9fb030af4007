"""Every CRM of the registry, and the pretend one beside them, each with its own side and the product in front of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy.engine import Engine

import manifest
from connector.registry import PROVIDERS
from tests.contract.crm_side import CrmSide, RecordedSide
from tests.contract.rekindle import CrmRekindle, build_rekindle

FAKE = {"fake": "tests.fakecrm.provider"}
FAKE_PROMISE = Path(__file__).parents[1] / "fakecrm" / "manifest"
FEW = 45
NAMES = sorted({**PROVIDERS, **FAKE})


@pytest.fixture(autouse=True)
def pretend_crm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pretend CRM joins: one line in the registry, and a folder beside the other promises."""
    for name, module in FAKE.items():
        monkeypatch.setitem(PROVIDERS, name, module)
    monkeypatch.setattr(manifest, "__path__", [*manifest.__path__, str(FAKE_PROMISE)])


@pytest.fixture(scope="session")
def crm_sides() -> Iterator[Callable[[str], CrmSide]]:
    """Opens each CRM's side once; tests that need one that nobody has touched open their own."""
    with ExitStack() as stack:
        open_already: dict[str, CrmSide] = {}

        def find(name: str) -> CrmSide:
            if name not in open_already:
                open_already[name] = stack.enter_context(open_side(name))
            open_already[name].renew()
            return open_already[name]

        yield find


def open_side(name: str, people: int | None = None) -> AbstractContextManager[CrmSide]:
    """A CRM's side with so many people in it, where it is one that makes people up; else with as many as usual."""
    module = import_module(f"tests.contract.crm_sides.{name}")
    asked = {"contacts": people} if people is not None and name not in FAKE else {}
    return cast("AbstractContextManager[CrmSide]", module.open_side(**asked))


@pytest.fixture(params=NAMES)
def crm_side(
    request: pytest.FixtureRequest, pretend_crm: None, crm_sides: Callable[[str], CrmSide]
) -> Iterator[CrmSide]:
    """A CRM with people in it, in which nobody has the app."""
    found = crm_sides(request.param)
    with exchanges_valid(found):
        yield found


@pytest.fixture(params=NAMES)
def own_crm_side(request: pytest.FixtureRequest, pretend_crm: None) -> Iterator[CrmSide]:
    """A CRM for one test alone, with fewer people: most of what follows costs so much for each of them."""
    with open_side(request.param, FEW) as opened, exchanges_valid(opened):
        yield opened


@contextmanager
def exchanges_valid(crm_side: CrmSide) -> Iterator[None]:
    """What passes until the block ends must be as the vendor's documents say, where it publishes any."""
    if isinstance(crm_side, RecordedSide):
        crm_side.take_violations()
    yield
    if isinstance(crm_side, RecordedSide):
        assert crm_side.take_violations() == []


@pytest.fixture
def rekindle(crm_side: CrmSide, engine: Engine, database_url: str) -> CrmRekindle:
    """The product in front of that CRM, not installed yet."""
    return build_rekindle(crm_side, engine, database_url)


@pytest.fixture
def first_rekindle(own_crm_side: CrmSide, engine: Engine, database_url: str) -> CrmRekindle:
    """The product in front of a CRM that has never seen it."""
    return build_rekindle(own_crm_side, engine, database_url)
