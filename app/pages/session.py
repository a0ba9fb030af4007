"""Who may see an account's pages: whoever installed it by OAuth, or holds a link that we signed."""

import getpass
import os
import secrets
from typing import Annotated

from fastapi import Depends, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.guard import FRAMED_BY, origin_of
from connector.port.provider import Provider
from connector.registry import find_provider
from core.context import Context
from core.db import reading
from core.errors import AdminsOnly, Forbidden, NotFound, NotSignedIn
from core.moments import from_millis, to_millis
from core.routing import Here
from core.wording import show_as
from oauth import signed_in
from oauth.account_settings.changing import load_settings
from oauth.signed_in import SignedIn, find_signed_in
from oauth.store import Installation, find_installation, load_accounts_of

_LINK_LASTS = 24 * 3600
_SIGN_IN = "Sign in first: open Rekindle from your CRM, or start at its first page."


def sign_link(context: Context, account_id: str) -> str:
    """An address that opens an account's pages for a day, for the operator of this machine.

    It belongs to the installation there is now: once the account leaves, it opens nothing. It carries the name
    of the operator, who answers for what is approved through it.
    """
    installation = _find(context, account_id)
    if installation is None:
        raise NotFound(f"No account {account_id} is installed here.")
    ticket = _signer(context).dumps([account_id, to_millis(installation.installed_at), operator()])
    return f"{context.settings.public_url.rstrip('/')}/admin/enter?ticket={ticket}"


def operator() -> str:
    """Who runs this process, as a person who answers for something; a container's user may have a number alone."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"operator {name}"


def enter(context: Context, request: Request, ticket: str) -> None:
    """Begin a session from a signed link; raises Forbidden for any other."""
    try:
        account_id, since, maker = _signer(context).loads(ticket, max_age=_LINK_LASTS)
    except (BadSignature, ValueError):
        raise Forbidden("This link is not valid any more. Ask for a new one.") from None
    signed_in.begin(request.session, person=maker, account_id=account_id, since=from_millis(since))


def switch(context: Context, request: Request, account_id: str) -> None:
    """Look at another account of the same install, or of an earlier sign-in; raises Forbidden for any other."""
    found = _find(context, account_id)
    for known in signed_in.load_all(request.session):
        if found is not None and known.may_open(found) and _still_opens(known, found):
            signed_in.switch(request.session, account_id, known)
            return
    raise Forbidden("This account is not one of those you installed. Open it from your CRM.")


def is_admin(request: Request) -> bool:
    known = find_signed_in(request.session)
    return known is not None and known.is_admin


def has_several(request: Request) -> bool:
    """Whether there is more than one account to look at in this browser."""
    known = signed_in.load_all(request.session)
    return len(known) > 1 or any(one.agency_id is not None for one in known)


def load_openable(
    context: Context, request: Request, *, only_admin: bool = False
) -> list[Installation]:
    """The accounts that this browser may look at, by name: those of its agency, and of earlier sign-ins."""
    found: dict[str, Installation] = {}
    with reading(context.engine) as connection:
        for known in signed_in.load_all(request.session):
            if only_admin and not known.is_admin:
                continue
            own = find_installation(connection, known.account_id)
            listed = [own] if own is not None else []
            if known.agency_id is not None:
                listed += load_accounts_of(connection, known.agency_id)
            found |= {i.account_id: i for i in listed if i.is_active and _still_opens(known, i)}
    return sorted(found.values(), key=lambda one: (one.name.lower(), one.account_id))


def _still_opens(known: SignedIn, installation: Installation) -> bool:
    """A session opens the installations that there were when it began, none that somebody made later."""
    return to_millis(installation.installed_at) <= known.since


def person(request: Request) -> str:
    """Who is signed in, for the record of what they approve or change; raises Forbidden where nobody is."""
    known = find_signed_in(request.session)
    if known is None:
        raise NotSignedIn(_SIGN_IN)
    return known.person


def installation_for_team(context: Here, request: Request) -> Installation:
    """The account of this browser's session, for anybody who works in it; raises Forbidden without one.

    A session ends with the installation that it belongs to: whoever installs the account later may be
    somebody else. Pages may be framed by the account's CRM from here on, and speak the account's language.
    """
    known = find_signed_in(request.session)
    found = None if known is None else _find(context, known.account_id)
    if known is None or found is None:
        raise NotSignedIn(_SIGN_IN)
    provider = find_provider(found.provider, context.environment)
    again = f"{context.settings.public_url.rstrip('/')}/oauth/{provider.address}/install"
    if not found.is_active:
        gone = "This account is not connected any more. To go on, install it again."
        raise NotSignedIn(gone, way_back=again)
    if not _still_opens(known, found):
        anew = "This account was installed again since you signed in. To go on, install it as well."
        raise NotSignedIn(anew, way_back=again)
    settings = load_settings(context, found)
    show_as(settings.page_language, settings.timezone)
    request.state.brands = provider.brands
    request.state.account_name = settings.business_name or found.name
    setattr(request.state, FRAMED_BY, framed_by(provider, found.record_url, settings.crm_address))
    return found


def framed_by(provider: Provider, *addresses: str) -> tuple[str, ...]:
    """Who may show our pages in a frame: the CRM, and where the account's people open it."""
    listed = (*provider.framed_by(), *addresses)
    return tuple(dict.fromkeys(filter(None, map(origin_of, listed))))


def installation_of(
    request: Request, installation: Annotated[Installation, Depends(installation_for_team)]
) -> Installation:
    """The account of this browser's session, for its admins; raises Forbidden for anybody else."""
    if not is_admin(request):
        raise AdminsOnly(
            "This page is for the admins of your account. If you are one, sign in from Rekindle's first page."
        )
    return installation


TeamAccount = Annotated[Installation, Depends(installation_for_team)]
Account = Annotated[Installation, Depends(installation_of)]


def find_agency(context: Context, request: Request, account: Installation) -> Installation | None:
    """The account's agency, where this browser has installed Rekindle for all of it; None for anybody else."""
    known = find_signed_in(request.session)
    if known is None or known.agency_id is None or known.agency_id != account.agency_id:
        return None
    found = _find(context, known.agency_id)
    if found is None or not found.is_active or not _still_opens(known, found):
        return None
    return found


def _find(context: Context, account_id: str) -> Installation | None:
    with reading(context.engine) as connection:
        return find_installation(connection, account_id)


def form_token(request: Request) -> str:
    """A token that our own forms carry, so that another site cannot submit them."""
    if "form_token" not in request.session:
        request.session["form_token"] = secrets.token_urlsafe(24)
    return str(request.session["form_token"])


def check_form(request: Request, token: str) -> None:
    expected = request.session.get("form_token", "")
    if not expected or not secrets.compare_digest(expected, token):
        raise Forbidden("This form is out of date. Open the page again and repeat.")


def _signer(context: Context) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        context.settings.session_secret.get_secret_value(), salt="admin-link"
    )
