"""The install pages: parse, call one function, answer."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from connector.errors import CrmAuthInvalid, CrmForbidden
from connector.port.oauth import TokenGrant
from connector.port.provider import AccountDetails, Provider
from connector.registry import find_provider
from core.context import Context
from core.facts import AccountInstalled
from core.jobs.store import replay_all
from core.routing import Here
from manifest.promise import load_promise, with_public_url
from oauth import install, sign_in, signed_in
from oauth.entries import record_admin
from oauth.errors import NotConnected
from oauth.notices import clear_notices

WANT_OF_ACCESS = (CrmAuthInvalid.code, CrmForbidden.code, NotConnected.code)

# Asks a live account for its details: provider, account id, grant. The web process supplies it.
Describe = Callable[[str, str, TokenGrant], AccountDetails]


def _describe(request: Request) -> Describe:
    found: Describe = request.app.state.describe
    return found


routes = APIRouter(prefix="/oauth")


@routes.get("/{provider}/install")
def begin(provider: str, request: Request, here: Here) -> Response:
    return _begin(provider, request, here, only_signs_in=False)


@routes.get("/{provider}/sign-in")
def begin_sign_in(provider: str, request: Request, here: Here) -> Response:
    """For an account that is installed already: the CRM says who comes, and nothing is installed anew."""
    if not find_provider(provider, here.environment).authorizer().signs_in:
        return RedirectResponse(f"/start/{provider}#sign-in", status_code=303)
    return _begin(provider, request, here, only_signs_in=True)


def _begin(provider: str, request: Request, here: Here, *, only_signs_in: bool) -> Response:
    found = find_provider(provider, here.environment)
    begun = install.begin(
        here.engine,
        here.vault,
        found,
        promise=with_public_url(load_promise(found.name), here.settings.public_url),
        public_url=here.settings.public_url,
        now=here.wall.now(),
    )
    request.session["oauth_state"] = begun.state
    request.session["only_signs_in"] = only_signs_in
    return RedirectResponse(begun.url, status_code=303)


@routes.get("/{provider}/callback")
def callback(
    provider: str,
    request: Request,
    here: Here,
    describe: Annotated[Describe, Depends(_describe)],
) -> Response:
    found = find_provider(provider, here.environment)
    answer = install.Answer.from_query(dict(request.query_params))
    state = request.session.pop("oauth_state", None)
    if request.session.pop("only_signs_in", False) and answer.state:
        return _sign_in(found, request, here, answer, state)
    installed = install.finish(
        here.engine,
        here.vault,
        found,
        answer,
        promise=load_promise(found.name),
        public_url=here.settings.public_url,
        browser_state=state,
        now=here.wall.now(),
        describe=partial(describe, found.name),
        pause=here.pause,
    )
    now = here.wall.now()
    with here.begin() as tx:
        for account in installed.accounts:
            # What stood still for want of access or of a permission may go on now.
            clear_notices(tx, account.account_id)
            replay_all(tx, account.account_id, WANT_OF_ACCESS, now=now)
            if installed.signs_in:
                record_admin(tx, account.account_id, installed.person, now=now)
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
    return RedirectResponse("/installed", status_code=303)


def _sign_in(
    provider: Provider, request: Request, here: Context, answer: install.Answer, state: str | None
) -> Response:
    now = here.wall.now()
    known = sign_in.finish(
        here.engine,
        here.vault,
        provider,
        answer,
        public_url=here.settings.public_url,
        browser_state=state,
        now=now,
        pause=here.pause,
    )
    with here.begin() as tx:
        record_admin(tx, known.account.account_id, known.person, now=now)
    signed_in.begin(
        request.session,
        person=known.person,
        account_id=known.account.account_id,
        agency_id=known.agency.account_id if known.agency else None,
        since=now,
    )
    return RedirectResponse("/admin/", status_code=303)
