"""What an account's people have built is looked at before anybody starts, and what is wrong is said by name (D12)."""

from types import SimpleNamespace

import pytest

from connector.hubspot.provider import HubSpotProvider
from connector.hubspot.settings import read
from connector.port.automation import Obstacle
from connector.port.provider import AccountAccess
from connector.registry import sandbox_variables
from core.settings import Environment
from sandbox.conduct import Built, Conduct
from sandbox.config import SandboxConfig
from sandbox.hubspot.client import easy_hubspot, serving_hubspot
from workflows.touches import ability

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("built", "scopes", "obstacle", "said"),
    [
        (Built.TOUCH, {"automation"}, None, ""),
        (Built.WHOLE, {"automation"}, None, ""),
        (Built.DRAFT, {"automation"}, Obstacle.OFF, "“Rekindle: send one touch” is switched off"),
        (Built.ONCE, {"automation"}, Obstacle.NO_RETURN, "Turn re-enrollment on"),
        (Built.TOUCH, set[str](), Obstacle.NOT_SHOWN, "install Rekindle again and allow it"),
        (Built.NONE, {"automation"}, Obstacle.NO_WORKFLOWS, "the plan has none"),
    ],
)
def test_d12_what_stands_in_the_way_is_said_by_name_with_what_to_do(
    built: Built, scopes: set[str], obstacle: Obstacle | None, said: str
) -> None:
    config = SandboxConfig(
        contacts=0, crms=("hubspot",), options=(easy_hubspot(),), conduct=Conduct(built)
    )
    with serving_hubspot(config) as lab:
        token = lab.token(["oauth", *scopes])
        budget = SimpleNamespace(take=lambda _b: None, learn=lambda _b, _n: None)
        access = AccountAccess(
            "hubspot-1",
            str(lab.portal),
            lambda: token,
            lambda _old: token,
            budget,
            frozenset(scopes),
        )
        crm = HubSpotProvider(read(Environment(sandbox_variables("hubspot", lab.url)))).open(access)
        try:
            found = ability.look(crm, ())
        finally:
            crm.close()
    # A workflow that is off is named where none is on; the other of the two is off in each account.
    kinds = {hindrance.obstacle for hindrance in found}
    assert (obstacle in kinds) if obstacle else not kinds
    assert said in ability.words(found)
