"""Where the CRMs deliver their webhooks: verify, store once, answer at once."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from connector.port import SignedRequest
from connector.registry import find_provider
from core.context import Context
from core.db import reading
from core.queue import Lane
from oauth.store import load_installations
from sync import inbox

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


def _receive(here: Context, provider: str, signed: SignedRequest) -> None:
    verifier = find_provider(provider, here.environment).webhooks()
    deliveries = verifier.read_deliveries(signed, now=here.wall.now())
    with reading(here.engine) as connection:
        known = {
            i.remote_account_id: i.account_id
            for i in load_installations(connection)
            if i.provider == provider and i.is_active
        }
    for account_id in inbox.receive(
        here.engine, deliveries, account_ids=known, now=here.wall.now()
    ):
        here.queue.enqueue("sync.jobs.handle_deliveries", account_id, lane=Lane.INBOUND)
