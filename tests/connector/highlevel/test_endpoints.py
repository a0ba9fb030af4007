"""The table of addresses: only scopes that are asked for, only dated versions, and no other try when one is refused."""

import pytest

from connector.errors import CrmUnexpected
from connector.highlevel import endpoints
from connector.highlevel.endpoints import Endpoint
from manifest.promise import load_promise
from sandbox.highlevel.config import HIGHLEVEL_SCOPES
from sandbox.hubspot.client import HubSpotClient
from tests.connector.highlevel.pretend import Open
from tests.shapes.highlevel import ABSENT, PRESENT, published

pytestmark = pytest.mark.integration

TABLE = {name: row for name, row in vars(endpoints).items() if isinstance(row, Endpoint)}
#: Asked for already, because asking later costs every installer another consent.
LATER = {
    "marketplace-installer-details.readonly": "the agency's own domain, in which our pages are shown",
}

#: The documents name no scope here; those of the same record's other addresses are asked for.
UNSAID = {"ADD_TAGS"}


def test_the_scopes_we_ask_for_are_those_that_something_needs() -> None:
    promise = load_promise("highlevel")
    asked = [*promise.required_scopes, *promise.optional_scopes]
    used = {row.scope for row in TABLE.values() if row.scope}
    assert not used & LATER.keys()
    assert sorted(asked) == sorted(used | LATER.keys())
    assert sorted(asked) == sorted(HIGHLEVEL_SCOPES)
    assert [name for name, row in TABLE.items() if not row.scope] == ["TOKEN"]


@pytest.mark.skipif(not PRESENT, reason=ABSENT)
@pytest.mark.parametrize("name", TABLE)
def test_each_address_has_the_documented_scope_and_version(name: str) -> None:
    row = TABLE[name]
    path = row.path.replace("{location_id}", "L").replace("{contact_id}", "C")
    operation = published().find(row.method, path.replace("{workflow_id}", "W"))
    assert operation is not None
    wanted = {
        scope
        for way in operation.described.get("security", ())
        for scopes in way.values()
        for scope in scopes
    }
    if name not in UNSAID:
        assert wanted == ({row.scope} if row.scope else set())
    version = operation.parameters("header").get("Version")
    assert version is None or version["schema"]["enum"] == [row.version]


def test_version_3_is_never_asked_for() -> None:
    assert {row.version for row in TABLE.values()} == {"2021-07-28", "2021-04-15"}


def test_a_refused_version_is_an_error_and_no_other_one_is_tried(
    own_crm_side: HubSpotClient, open_account: Open
) -> None:
    crm = open_account(own_crm_side)
    told = {"statusCode": 401, "message": "version header is invalid", "error": "Unauthorized"}
    own_crm_side.control("faults", {"path": "/workflows/", "status": 401, "body": told})
    own_crm_side.control("counters", method="DELETE")
    with pytest.raises(CrmUnexpected, match="API version"):
        crm.fetch_workflows()
    asked = [r for r in own_crm_side.control("counters")["requests"] if "workflows" in r["path"]]
    assert [(r["status"], r["count"]) for r in asked] == [(401, 1)]
