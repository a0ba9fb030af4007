"""Installing through the consent page, and every way it can go wrong (S26)."""

from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from core.db import reading
from manifest.promise import load_promise
from oauth.store import load_installations
from oauth.tables import sign_ins
from sandbox.hubspot.client import HubSpotClient
from tests.rekindle import Rekindle

pytestmark = pytest.mark.integration


def installed(rekindle: Rekindle) -> list[str]:
    with reading(rekindle.context.engine) as connection:
        return [i.account_id for i in load_installations(connection) if i.is_active]


def page(answer: httpx2.Response) -> str:
    return " ".join(answer.text.split())


def test_s26_the_consent_page_names_exactly_what_the_manifest_promises(rekindle: Rekindle) -> None:
    address = rekindle.begin_install()
    shown = rekindle.lab.http.get(address).text
    promise = load_promise("hubspot")
    for scope in (*promise.required_scopes, *promise.optional_scopes):
        assert scope in shown


def test_consent_given_installs_the_account_once(rekindle: Rekindle) -> None:
    rekindle.install()
    rekindle.install()
    assert installed(rekindle) == [rekindle.account_id]


def test_consent_denied_says_that_nothing_was_installed(rekindle: Rekindle) -> None:
    back = rekindle.consent(rekindle.begin_install(), "deny")
    answer = rekindle.web.get(
        back.removeprefix("http://localhost:8321"), headers={"accept": "text/html"}
    )
    assert answer.status_code == 400
    assert "nothing was installed" in page(answer)
    assert installed(rekindle) == []


def test_a_wrong_client_secret_is_our_fault_and_says_which_setting(
    own_world: HubSpotClient, make_rekindle: Callable[..., Rekindle]
) -> None:
    rekindle = make_rekindle(own_world, REKINDLE_HUBSPOT_CLIENT_SECRET="wrong")
    answer = rekindle.come_back(rekindle.consent(rekindle.begin_install()))
    assert answer.status_code == 502
    assert "REKINDLE_HUBSPOT_CLIENT_SECRET" in answer.text
    assert "wrong" not in answer.text.replace("went wrong", "")
    assert installed(rekindle) == []


def test_an_expired_state_is_refused(rekindle: Rekindle) -> None:
    back = rekindle.consent(rekindle.begin_install())
    with rekindle.context.engine.begin() as tx:
        late = rekindle.context.wall.now() - timedelta(seconds=1)
        tx.execute(sign_ins.update().values(expires_at=late))
    answer = rekindle.come_back(back)
    assert answer.status_code == 400
    assert "too old" in answer.text
    assert installed(rekindle) == []


def test_a_state_is_good_once(rekindle: Rekindle) -> None:
    back = rekindle.consent(rekindle.begin_install())
    assert rekindle.come_back(back).status_code == 303
    assert rekindle.come_back(back).status_code == 400


def test_a_state_of_another_browser_is_refused(rekindle: Rekindle) -> None:
    back = rekindle.consent(rekindle.begin_install())
    rekindle.web.cookies.clear()
    assert rekindle.come_back(back).status_code == 400
    assert installed(rekindle) == []


def test_a_made_up_state_is_refused(rekindle: Rekindle) -> None:
    rekindle.begin_install()
    answer = rekindle.come_back("http://localhost:8321/oauth/hubspot/callback?code=x&state=made-up")
    assert answer.status_code == 400


def test_a_code_is_good_once(rekindle: Rekindle) -> None:
    back = rekindle.consent(rekindle.begin_install())
    assert rekindle.come_back(back).status_code == 303
    begun = rekindle.begin_install()
    state = begun.split("state=")[1].split("&")[0]
    code = back.split("code=")[1].split("&")[0]
    answer = rekindle.come_back(
        f"http://localhost:8321/oauth/hubspot/callback?code={code}&state={state}"
    )
    assert answer.status_code == 400
    assert "Start the install again" in answer.text


def test_a_missing_required_scope_is_named_and_nothing_is_stored(rekindle: Rekindle) -> None:
    """The account grants less than the manifest requires: as after a scope was added."""
    documents = {
        "app": {
            "uid": "rekindle",
            "type": "app",
            "config": {
                "name": "Rekindle",
                "distribution": "marketplace",
                "auth": {
                    "type": "oauth",
                    "redirectUrls": ["http://localhost:8321/oauth/hubspot/callback"],
                    "requiredScopes": ["oauth"],
                    "optionalScopes": ["crm.objects.contacts.read"],
                    "conditionallyRequiredScopes": [],
                },
            },
        }
    }
    rekindle.lab.control("project", documents)
    begun = rekindle.begin_install()
    # The app's page now knows fewer scopes; the browser is sent there without the undeclared ones.
    scope = begun.split("&scope=")[1].split("&")[0] if "&scope=" in begun else ""
    less = begun.replace(f"scope={scope}", "scope=oauth", 1)
    head, _, optional = less.partition("optional_scope=")
    rest = optional.partition("&")[2]
    answer = rekindle.come_back(rekindle.consent(f"{head}optional_scope=&{rest}"))
    assert answer.status_code == 400
    assert "crm.objects.contacts.write" in answer.text
    assert installed(rekindle) == []


@pytest.mark.parametrize("provider", ["nobody", "..", "hubspot2"])
def test_an_unknown_crm_is_a_clear_404(rekindle: Rekindle, provider: str) -> None:
    answer = rekindle.web.get(f"/oauth/{provider}/install", follow_redirects=False)
    assert answer.status_code == 404


def test_errors_leak_neither_token_nor_code(rekindle: Rekindle) -> None:
    back = rekindle.consent(rekindle.begin_install())
    code = back.split("code=")[1].split("&")[0]
    rekindle.web.cookies.clear()
    assert code not in rekindle.come_back(back).text


def test_a_crm_that_is_down_during_the_exchange_stores_nothing(rekindle: Rekindle) -> None:
    back = rekindle.consent(rekindle.begin_install())
    rekindle.lab.control(
        "faults", {"method": "POST", "path": "/oauth/2026-09/token", "status": 503, "times": 50}
    )
    answer = rekindle.come_back(back)
    assert answer.status_code == 400
    assert "Wait a minute and start again" in answer.text
    assert installed(rekindle) == []
