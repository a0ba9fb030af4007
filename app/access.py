"""Who may see an account's pages: whoever installed it by OAuth, or holds a link that we signed."""

import secrets

from fastapi import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from core.context import Context
from core.db import reading
from core.errors import Forbidden
from core.moments import to_millis
from oauth.sessions import begin_session
from oauth.store import Installation, find_installation

_LINK_LASTS = 24 * 3600


def sign_link(context: Context, account_id: str) -> str:
    """An address that opens an account's pages for a day, for the operator of this machine."""
    ticket = _signer(context).dumps(account_id)
    return f"{context.settings.public_url.rstrip('/')}/admin/enter?ticket={ticket}"


def enter(context: Context, request: Request, ticket: str) -> None:
    """Begin a session from a signed link; raises Forbidden for any other."""
    try:
        account_id = _signer(context).loads(ticket, max_age=_LINK_LASTS)
    except BadSignature:
        raise Forbidden("This link is not valid any more. Ask for a new one.") from None
    begin_session(request, str(account_id), now=context.wall.now())


def switch(request: Request, account_id: str) -> None:
    """Look at another account of the same install; raises Forbidden for one that is not of it."""
    if account_id not in request.session.get("account_ids", []):
        raise Forbidden("This account is not one of those you installed. Open it from your CRM.")
    request.session["account_id"] = account_id


def installation_of(context: Context, request: Request) -> Installation:
    """The account of this browser's session; raises Forbidden without one.

    A session ends with the installation it was begun in: an uninstall ends it, and a new install does not
    bring it back.
    """
    account_id = request.session.get("account_id")
    if account_id is not None:
        with reading(context.engine) as connection:
            found = find_installation(connection, account_id)
        since = int(request.session.get("signed_in_at", 0))
        if found is not None and found.is_active and since >= to_millis(found.installed_at):
            return found
    raise Forbidden("Sign in first: open Rekindle from your CRM, or install it again.")


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
