"""Where the CRMs deliver their webhooks: verify, store once, answer at once."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from connector.port.signed import Deliveries, Delivery, SignedRequest
from connector.registry import find_provider
from core import log
from core.context import Context
from core.db import reading
from core.facts import AgencyChanged
from core.routing import Here
from oauth.accounts import account_id_of, agency_id_of
from oauth.store import Installation, load_accounts_of, load_concerned, record_disconnected
from sync.inbox import deliveries as inbox

LIFECYCLE = {"installed", "uninstalled"}
BIGGEST_BODY = 2_000_000


def signed_request(request: Request, body: bytes, public_url: str) -> SignedRequest:
    """The request as the CRM signed it: behind proxies the address is rebuilt from the public one."""
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
    return SignedRequest(
        method=request.method,
        url=public_url.rstrip("/") + path.partition("?")[0] + query,
        headers={k.lower(): v for k, v in request.headers.items()},
        body=body,
    )


routes = APIRouter()


@routes.post("/webhooks/{provider}")
async def receive(provider: str, request: Request, here: Here) -> Response:
    body = await request.body()
    if len(body) > BIGGEST_BODY:
        return Response(status_code=413)
    signed = signed_request(request, body, here.settings.public_url)
    await run_in_threadpool(_receive, here, provider, signed)
    return Response(status_code=204)


def _receive(here: Context, provider: str, signed: SignedRequest) -> None:
    found = find_provider(provider, here.environment)
    provider, verifier = found.name, found.webhooks()
    told = verifier.read_deliveries(signed, now=here.wall.now(), account_now=here.clock.now())
    if told.odd or told.foreign:
        log.get(__name__).warning(
            "sync.webhooks.left_out",
            provider=provider,
            odd=sorted({event.reason for event in told.odd}),
            of_other_apps=told.foreign,
        )
    known = _load_known(here, provider, told)
    lifecycle = [n for n in told.notices if n.event in LIFECYCLE]
    for notice in lifecycle:
        _change_accounts(here, provider, notice, known)
    about_contacts = [n for n in told.notices if n.event not in LIFECYCLE]
    inbox.receive(
        here,
        provider,
        replace(told, notices=tuple(about_contacts)),
        account_ids={i.remote_account_id: i.account_id for i in known.values() if i.is_account},
    )


def _load_known(here: Context, provider: str, told: Deliveries) -> dict[str, Installation]:
    """The connected accounts and agencies that a request is about, by our ids."""
    named = [n.remote_account_id for n in told.notices] + [o.remote_account_id for o in told.odd]
    accounts = set(named) - {""}
    agencies = {n.remote_agency_id for n in told.notices if n.event in LIFECYCLE} - {None}
    if not accounts and not agencies:
        return {}
    with reading(here.engine) as connection:
        found = load_concerned(connection, provider, accounts=accounts, agencies=agencies)
    return {i.account_id: i for i in found}


def _change_accounts(
    here: Context, provider: str, notice: Delivery, known: Mapping[str, Installation]
) -> None:
    """An install or uninstall: an agency's are compared with its own list, a single account's are believed.

    A notice that comes before the install's own answer is of an agency we do not know yet: dropped, because
    that answer is followed by the same comparison. One that is older than the install it would end is late.
    """
    account = known.get(account_id_of(provider, notice.remote_account_id))
    agency = known.get(agency_id_of(provider, notice.remote_agency_id or ""))
    if notice.remote_account_id and agency is not None:
        with here.begin() as tx:
            here.publish(tx, AgencyChanged(agency.account_id))
        return
    ended = account if notice.remote_account_id else agency
    if notice.event != "uninstalled" or ended is None:
        return
    with here.engine.begin() as tx:
        managed = [] if ended.is_account else load_accounts_of(tx, ended.account_id)
        for installation in (*managed, ended):
            if installation.installed_at <= notice.occurred_at:
                record_disconnected(tx, installation.account_id, now=here.wall.now())
