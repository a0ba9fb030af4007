"""The install pages: parse, call one function, answer."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connector.errors import CrmAuthInvalid, CrmForbidden
from connector.port.oauth import TokenGrant
from connector.port.provider import AccountDetails
from connector.registry import find_provider
from core.facts import AccountInstalled
from core.jobs.store import replay_all
from core.routing import Here
from manifest.promise import load_promise, with_public_url
from oauth import install, signed_in
from oauth.errors import NotConnected
from oauth.notices import clear_notices

INSTALLED = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Rekindle is installed</title>"
    "<h1>Rekindle is installed</h1><p>{count} account(s) connected. "
    "Open Rekindle from your CRM to go on.</p></html>"
)

WANT_OF_ACCESS = (CrmAuthInvalid.code, CrmForbidden.code, NotConnected.code)

# Asks a live account for its details: provider, account id, grant. The web process supplies it.
Describe = Callable[[str, str, TokenGrant], AccountDetails]


def _describe(request: Request) -> Describe:
    found: Describe = request.app.state.describe
    return found


routes = APIRouter(prefix="/oauth")


@routes.get("/{provider}/install")
def begin(provider: str, request: Request, here: Here) -> Response:
    sign_in = install.begin(
        here.engine,
        here.vault,
        find_provider(provider, here.environment),
        promise=with_public_url(load_promise(provider), here.settings.public_url),
        public_url=here.settings.public_url,
        now=here.wall.now(),
    )
    request.session["oauth_state"] = sign_in.state
    return RedirectResponse(sign_in.url, status_code=303)


@routes.get("/{provider}/callback")
def callback(
    provider: str,
    request: Request,
    here: Here,
    describe: Annotated[Describe, Depends(_describe)],
) -> Response:
    installed = install.finish(
        here.engine,
        here.vault,
        find_provider(provider, here.environment),
        install.Answer.from_query(dict(request.query_params)),
        promise=load_promise(provider),
        public_url=here.settings.public_url,
        browser_state=request.session.pop("oauth_state", None),
        now=here.wall.now(),
        describe=partial(describe, provider),
        pause=here.pause,
    )
    with here.begin() as tx:
        for account in installed.accounts:
            # What stood still for want of access or of a permission may go on now.
            clear_notices(tx, account.account_id)
            replay_all(tx, account.account_id, WANT_OF_ACCESS, now=here.wall.now())
            here.publish(tx, AccountInstalled(account.account_id))
    if installed.signs_in and installed.accounts:
        agency = installed.agency
        consented = (*installed.accounts, *((agency,) if agency else ()))
        signed_in.begin(
            request.session,
            person=installed.person,
            account_id=installed.accounts[0].account_id,
            agency_id=agency.account_id if agency else None,
            # The session opens these installations, none that somebody else makes later.
            since=max(installation.installed_at for installation in consented),
        )
        return RedirectResponse("/admin/", status_code=303)
    return HTMLResponse(INSTALLED.format(count=len(installed.accounts)))
