"""Everything we send, and everything that comes back, by the vendor's published OpenAPI documents."""

from collections.abc import Iterator

import pytest

from connector.highlevel.provider import HighLevelCrm
from connector.port.fields import PropertyDefinition
from connector.port.writing import ContactWrite
from contact_rules.classifier import classify
from sandbox.hubspot.client import HubSpotClient, serving_hubspot
from tests.connector.highlevel.pretend import Open, config
from tests.shapes.highlevel import ABSENT, PRESENT, published
from tests.shapes.highlevel_deviations import unexplained
from tests.shapes.recording_highlevel import Recorder

pytestmark = [pytest.mark.integration, pytest.mark.skipif(not PRESENT, reason=ABSENT)]


@pytest.fixture
def recorded() -> Iterator[tuple[Recorder, HubSpotClient]]:
    recorder = Recorder()
    with serving_hubspot(config(), recorder.around) as lab:
        yield recorder, lab


def use_everything(crm: HighLevelCrm) -> None:
    """Call every capability once."""
    crm.fetch_account()
    definitions = [
        PropertyDefinition("rekindle_track", "Rekindle track", "text", "a text"),
        PropertyDefinition("rekindle_chance", "Rekindle chance", "number", "a number"),
    ]
    crm.provision(definitions)
    contacts: list[str] = []
    for stream in crm.streams():
        for part in crm.bounds(stream).ranges:
            page = crm.fetch_page(stream, part, None)
            contacts += [row["contact_id"] for row in page.contacts]
    few = contacts[:3]
    crm.fetch_contacts(few, closely=True)
    values = {"rekindle_track": "lead", "rekindle_chance": "12.5"}
    (written,) = crm.write([ContactWrite(few[0], values, trace="t")])
    assert written.succeeded
    assert crm.fetch_values(few[:1], list(values)) == {few[0]: values}
    workflow = crm.fetch_workflows()[0]
    crm.add_to_workflow(few[0], workflow.workflow_id)
    crm.fetch_members(few, workflow.workflow_id)


def test_everything_we_send_and_get_fits_the_published_documents(
    recorded: tuple[Recorder, HubSpotClient], open_account: Open
) -> None:
    recorder, lab = recorded
    use_everything(open_account(lab, read_text=lambda text, _contacts: classify(text)))
    documents = published()
    found = [documents.find(one.method, one.path) for one in recorder.exchanges]
    assert len({(one.method, one.template) for one in found if one is not None}) > 12
    violations = [v for one in recorder.exchanges for v in documents.violations(one)]
    assert violations, "the listed deviations are met"
    assert [str(v) for v in unexplained(violations)] == []
