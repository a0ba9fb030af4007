"""Where the CRMs deliver their webhooks: verify, store once, answer at once."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from connector.port import Delivery, SignedRequest
from connector.registry import find_provider
from core.context import Context
from core.db import reading
from core.facts import AgencyChanged
from oauth.accounts import agency_id_of
from oauth.store import (
    load_accounts_of,
    load_agencies,
    load_installations,
    record_disconnected,
)
from sync import inbox

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


def router(context: Callable[[], Context]) -> APIRouter:
    routes = APIRouter()
    Here = Annotated[Context, Depends(context)]  # noqa: N806  a type

    @routes.post("/webhooks/{provider}")
    async def receive(provider: str, request: Request, here: Here) -> Response:
        body = await request.body()
        if len(body) > BIGGEST_BODY:
            return Response(status_code=413)
        signed = signed_request(request, body, here.settings.public_url)
        await run_in_threadpool(_receive, here, provider, signed)
        return Response(status_code=204)

    return routes


def _change_accounts(
    here: Context, provider: str, notice: Delivery, known: dict[str, str], agencies: set[str]
) -> None:
    """An install or uninstall: an agency's are compared with its own list, a single account's are believed.

    A notice that comes before the install's own answer is of an agency we do not know yet: dropped, because
    that answer is followed by the same comparison.
    """
    agency_id = agency_id_of(provider, notice.remote_agency_id or "")
    if notice.remote_account_id and agency_id in agencies:
        with here.begin() as tx:
            here.publish(tx, AgencyChanged(agency_id))
    elif notice.event == "uninstalled":
        account_id = known.get(notice.remote_account_id)
        with here.engine.begin() as tx:
            if account_id is not None:
                record_disconnected(tx, account_id, now=here.wall.now())
            elif not notice.remote_account_id and agency_id in agencies:
                for account in load_accounts_of(tx, agency_id):
                    record_disconnected(tx, account.account_id, now=here.wall.now())
                record_disconnected(tx, agency_id, now=here.wall.now())


def _receive(here: Context, provider: str, signed: SignedRequest) -> None:
    verifier = find_provider(provider, here.environment).webhooks()
    deliveries = verifier.read_deliveries(signed, now=here.wall.now())
    with reading(here.engine) as connection:
        known = {
            i.remote_account_id: i.account_id
            for i in load_installations(connection)
            if i.provider == provider and i.is_active
        }
        agencies = {a.account_id for a in load_agencies(connection)}
    for notice in deliveries:
        if notice.event in LIFECYCLE:
            _change_accounts(here, provider, notice, known, agencies)
    deliveries = [d for d in deliveries if d.event not in LIFECYCLE]
    inbox.receive(here, deliveries, account_ids=known)
