"""The server: every pretend CRM of the registry under its own prefix, the controls under /control."""

import gc
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from socket import socket

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from sandbox.assembly import Sandbox, assemble
from sandbox.config import SandboxConfig
from sandbox.control import pages, routes
from sandbox.kit.broken_answers import Abortable
from sandbox.kit.crm import PretendCrm


class EscapedJson(JSONResponse):
    """JSON in ASCII alone, so that a record's text that is no valid Unicode can be shown too."""

    def render(self, content: object) -> bytes:
        return json.dumps(content).encode()


def create_app(config: SandboxConfig) -> FastAPI:
    """A sandbox ready to serve; it holds its state as `app.state.sandbox`."""
    sandbox = assemble(config)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for crm in sandbox.crms:
            crm.delivery.start()
        try:
            yield
        finally:
            for crm in sandbox.crms:
                crm.delivery.stop()

    app = FastAPI(
        title="Rekindle sandbox",
        lifespan=lifespan,
        routes=[route for crm in _longest_prefix_first(sandbox) for route in crm.routes()],
        openapi_url=None,
        default_response_class=EscapedJson,
    )
    app.state.sandbox, app.state.crms = sandbox, sandbox.crms
    own = (routers for crm in sandbox.crms for routers in crm.control_routers())
    for router in (pages.router, routes.router, *own):
        app.include_router(router)
    app.add_exception_handler(HTTPException, _refused)
    return app


def _longest_prefix_first(sandbox: Sandbox) -> list[PretendCrm]:
    """The CRMs in the order in which paths are tried: one without a prefix takes what is left."""
    return sorted(sandbox.crms, key=lambda crm: -len(crm.prefix))


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else "internal error"
    path = request.url.path
    if not path.startswith("/control"):
        for crm in _longest_prefix_first(request.app.state.sandbox):
            if path.startswith(f"{crm.prefix}/"):
                return crm.refuse(request, status, detail)
    return JSONResponse({"detail": detail}, status)


class Server(uvicorn.Server):
    """A uvicorn server that says on stderr when it listens."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen, then tell where."""
        await super().startup(sockets)
        if self.started:
            print(f"sandbox ready at {self.url()}", file=sys.stderr, flush=True)  # noqa: T201

    def url(self) -> str:
        """The address this server listens at, with the port it was given."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"


def server(config: SandboxConfig, around: Callable[[ASGIApp], ASGIApp] | None = None) -> Server:
    """A server for a new sandbox, not yet running; `around` puts something between it and the network."""
    app: ASGIApp = create_app(config)
    wanted = uvicorn.Config(
        Abortable(app if around is None else around(app)),
        host=config.host,
        port=config.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
        date_header=False,  # the CRMs' own time may be another
    )
    return Server(wanted)


def serve(config: SandboxConfig) -> None:
    """Run a sandbox until it is stopped."""
    running = server(config)
    # Its people stay: looking through many thousands of them for garbage would hold up every answer for a second.
    gc.collect()
    gc.freeze()
    running.run()
