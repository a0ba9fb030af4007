"""Who may see an account's pages: whoever installed it by OAuth, or holds a link that we signed."""

import getpass
import os
import secrets
from typing import Annotated

from fastapi import Depends, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from core.context import Context
from core.db import reading
from core.errors import Forbidden, NotFound, NotSignedIn
from core.moments import from_millis, to_millis
from core.routing import Here
from core.wording import show_as
from oauth.account_settings.changing import load_settings
from oauth.signed_in import begin, find_signed_in
from oauth.store import Installation, find_installation

_LINK_LASTS = 24 * 3600
_SIGN_IN = "Sign in first: open Rekindle from your CRM, or install it again."


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
    begin(request.session, person=maker, account_id=account_id, since=from_millis(since))


def switch(context: Context, request: Request, account_id: str) -> None:
    """Look at another account of the same install; raises Forbidden for one that is not of it."""
    signed_in = find_signed_in(request.session)
    found = _find(context, account_id)
    if signed_in is None or found is None or not signed_in.may_open(found):
        raise Forbidden("This account is not one of those you installed. Open it from your CRM.")
    request.session["account_id"] = account_id


def person(request: Request) -> str:
    """Who is signed in, for the record of what they approve or change; raises Forbidden where nobody is."""
    signed_in = find_signed_in(request.session)
    if signed_in is None:
        raise NotSignedIn(_SIGN_IN)
    return signed_in.person


def installation_of(context: Here, request: Request) -> Installation:
    """The account of this browser's session; raises Forbidden without one.

    A session ends with the installation that it belongs to: whoever installs the account later may be
    somebody else.
    """
    signed_in = find_signed_in(request.session)
    found = None if signed_in is None else _find(context, signed_in.account_id)
    if signed_in is None or found is None:
        raise NotSignedIn(_SIGN_IN)
    again = f"{context.settings.public_url.rstrip('/')}/oauth/{found.provider}/install"
    if not found.is_active:
        raise NotSignedIn(f"This account is not connected any more. To go on, install it: {again}")
    if to_millis(found.installed_at) > signed_in.since:
        raise NotSignedIn(
            f"This account was installed again since you signed in. To go on, install it: {again}"
        )
    settings = load_settings(context, found)
    show_as(settings.page_language, settings.timezone)
    return found


Account = Annotated[Installation, Depends(installation_of)]


def find_agency(context: Context, request: Request, account: Installation) -> Installation | None:
    """The account's agency, where this browser has installed Rekindle for all of it; None for anybody else."""
    signed_in = find_signed_in(request.session)
    if signed_in is None or signed_in.agency_id is None or signed_in.agency_id != account.agency_id:
        return None
    found = _find(context, signed_in.agency_id)
    if found is None or not found.is_active or to_millis(found.installed_at) > signed_in.since:
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
