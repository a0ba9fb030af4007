"""Opening a session for somebody whom a CRM sends: once for each ticket or message, with the role that is confirmed."""

from fastapi import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from connector.budget import Urgency
from connector.port.provider import Provider
from connector.port.visits import KnowsRoles, Visit
from connector.registry import find_provider
from core import log
from core.context import Context
from core.db import reading
from core.errors import AppError, Forbidden
from oauth import signed_in
from oauth.accounts import account_id_of, agency_id_of
from oauth.entries import is_known_admin, use_once
from oauth.install import person_of
from oauth.signed_in import Role, find_signed_in
from oauth.store import Installation
from sync.live import load_active, opened

TICKET_LASTS = 120


def make_ticket(here: Context, provider: Provider, visit: Visit) -> str:
    """An address that lets this person in once, within two minutes."""
    installation = _find(here, provider, visit)
    content = [installation.account_id, visit.person_id]
    ticket = _signer(here).dumps(content)
    return f"{here.settings.public_url.rstrip('/')}/enter?ticket={ticket}"


def enter_by_ticket(here: Context, request: Request, ticket: str) -> None:
    """Begin a session by a ticket; raises Forbidden for one that is old, changed or was used."""
    try:
        account_id, person_id = _signer(here).loads(ticket, max_age=TICKET_LASTS)
    except (BadSignature, ValueError):
        raise Forbidden("This link is not valid any more. Open Rekindle from your CRM.") from None
    installation = load_active(here, account_id)
    _begin(here, request, installation, Visit(installation.remote_account_id, person_id), ticket)


def enter_by_message(
    here: Context, request: Request, provider: Provider, visit: Visit, message: str
) -> None:
    """Begin a session by a CRM's message; raises Forbidden for one that was used in another browser."""
    installation = _find(here, provider, visit)
    person = person_of(provider, visit.person_id)
    known = find_signed_in(request.session)
    if known is not None and (known.person, known.account_id) == (person, installation.account_id):
        return  # the page was loaded again: whoever looks is known already
    _begin(here, request, installation, visit, message)


def _begin(
    here: Context, request: Request, installation: Installation, visit: Visit, entry: str
) -> None:
    now = here.wall.now()
    with here.engine.begin() as tx:
        use_once(tx, entry, now=now)
    person, role = _role(here, installation, visit)
    signed_in.begin(
        request.session,
        person=person,
        account_id=installation.account_id,
        since=now,
        role=role,
    )


def _role(here: Context, installation: Installation, visit: Visit) -> tuple[str, Role]:
    """An admin is who has agreed by OAuth, or whom the CRM says to be one and confirms when asked."""
    provider = find_provider(installation.provider, here.environment)
    person = person_of(provider, visit.person_id)
    with reading(here.engine) as connection:
        if is_known_admin(connection, installation, person):
            return person, Role.ADMIN
    if visit.says_admin and _confirms(here, installation, visit.person_id):
        return person, Role.ADMIN
    return person, Role.TEAM


def _confirms(here: Context, installation: Installation, person_id: str) -> bool:
    try:
        with opened(here, installation.account_id, Urgency.PERSON) as crm:
            return isinstance(crm, KnowsRoles) and crm.fetch_is_admin(person_id)
    except AppError as error:
        log.get(__name__).warning(
            "app.visits.role_not_confirmed", account_id=installation.account_id, code=error.code
        )
        return False


def _find(here: Context, provider: Provider, visit: Visit) -> Installation:
    """The installed account that a visit is to; raises Forbidden where another agency is named than its own."""
    found = load_active(here, account_id_of(provider.name, visit.remote_account_id))
    named = visit.remote_agency_id
    if named and found.agency_id not in {None, agency_id_of(provider.name, named)}:
        raise Forbidden("Your CRM names another agency than this account's.")
    return found


def _signer(here: Context) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        here.settings.session_secret.get_secret_value(), salt="entry-ticket"
    )
