"""The web process: the routes of every package, in one application."""

import os
from functools import partial

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import cards.routes
import oauth.routes
import sync.inbox.routes
from app import errors
from app.guard import Guard
from app.pages import session
from app.pages.routes import PAGES
from app.session_cookie import SessionCookie
from app.templating import environment
from connector.registry import load_configured
from core.context import Context
from core.db import reading
from core.routing import Here
from core.wording import shown_to
from sync.live import describe_grant

# Where a CRM's own servers come: they sign what they send, and no browser's session counts there.
SIGNED = ("/webhooks/", "/cards/", "/actions/")

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 18"><g stroke="#3D4FC6" fill="none">'
    '<path d="M11.6 2.9A6.6 6.6 0 1 0 15.1 6.4" stroke-width="2.2" stroke-linecap="round"/>'
    '<circle cx="14.6" cy="3.4" r="1.9" fill="#3D4FC6" stroke="none"/></g></svg>'
)

REQUESTS = Counter("rekindle_requests_total", "Requests answered", ["route", "status"])


def create_app(context: Context) -> FastAPI:
    """The application for one context."""
    app = FastAPI(title="Rekindle", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(
        SessionCookie,
        secret=context.settings.session_secret.get_secret_value(),
        is_https=context.settings.public_url.startswith("https://"),
    )
    # What every route asks for: see core/routing.py.
    app.state.context = context
    app.state.describe = partial(describe_grant, context)
    errors.install(app, environment())
    app.add_middleware(
        Guard, public_url=context.settings.public_url, signed=SIGNED, crms=_framers(context)
    )
    app.add_middleware(_Spoken)
    app.add_middleware(_Counted)
    for routes in (
        oauth.routes.routes,
        sync.inbox.routes.routes,
        cards.routes.routes,
        *PAGES,
        operations,
    ):
        app.include_router(routes)
    return app


def _framers(context: Context) -> tuple[str, ...]:
    """Where the CRMs that are set up show our pages in a frame."""
    found = load_configured(context.environment)
    return tuple(source for provider in found for source in session.framed_by(provider))


operations = APIRouter()


@operations.get("/favicon.svg")
@operations.get("/favicon.ico", include_in_schema=False)
def favicon() -> Response:
    return Response(
        FAVICON, media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"}
    )


@operations.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@operations.get("/readyz")
def readyz(here: Here) -> Response:
    checks = {"database": _database_answers(here), "queue": _queue_answers(here)}
    return JSONResponse(checks, status_code=200 if all(checks.values()) else 503)


@operations.get("/metrics")
def metrics() -> Response:
    return Response(_counts(), media_type=CONTENT_TYPE_LATEST)


def _counts() -> bytes:
    """What this process has counted, and with it those that share its port."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
    return generate_latest(everybody)


class _Counted:
    """Counts every answer by its route and status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "unknown")
                REQUESTS.labels(route, message["status"]).inc()
            await send(message)

        await self._app(scope, receive, counted)


class _Spoken:
    """Answers in the language and the formats that the browser asks for, until the account's own are known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted = (
            Headers(scope=scope).get("accept-language", "") if scope["type"] == "http" else ""
        )
        with shown_to(accepted):
            await self._app(scope, receive, send)


def _database_answers(context: Context) -> bool:
    try:
        with reading(context.engine) as connection:
            connection.execute(text("SELECT account_id FROM installations LIMIT 1"))
    except SQLAlchemyError:
        return False
    return True


def _queue_answers(context: Context) -> bool:
    if context.redis is None:
        return True
    try:
        return bool(context.redis.ping())
    except RedisError:
        return False
