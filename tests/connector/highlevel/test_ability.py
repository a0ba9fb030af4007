"""What a location's people have built is looked at before anybody starts, and what is wrong is said by name (D12)."""

import pytest

from connector.port.automation import Obstacle
from sandbox.conduct import Built, Conduct
from sandbox.config import SandboxConfig
from sandbox.highlevel.config import HighLevelOptions
from sandbox.hubspot.client import serving_hubspot
from tests.connector.highlevel.pretend import Open, easy
from workflows.touches import ability

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("built", "obstacle", "said"),
    [
        (Built.TOUCH, None, ""),
        (Built.DRAFT, Obstacle.OFF, "“Rekindle: send one touch” is switched off or a draft"),
        (Built.NONE, Obstacle.NO_WORKFLOWS, "the plan has none"),
    ],
)
def test_d12_what_stands_in_the_way_is_said_by_name_with_what_to_do(
    open_account: Open, built: Built, obstacle: Obstacle | None, said: str
) -> None:
    """Whether a workflow lets contacts in again HighLevel tells nobody: that shows by the proof alone."""
    config = SandboxConfig(
        crms=("highlevel",),
        options=(HighLevelOptions(contacts=0, limits=easy()),),
        conduct=Conduct(built),
    )
    with serving_hubspot(config) as lab:
        [bound] = [
            str(one["id"])
            for one in lab.control("highlevel/workflows")["workflows"]
            if one["name"] == "Rekindle: send one touch"
        ] or ["gone"]
        found = ability.look(open_account(lab), [bound])
    assert [hindrance.obstacle for hindrance in found] == ([obstacle] if obstacle else [])
    assert said in ability.words(found)
