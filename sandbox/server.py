"""The server: the pretend HubSpot at its root, HighLevel under /highlevel, the controls under /control."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import socket

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from sandbox.assembly import assemble
from sandbox.config import SandboxConfig
from sandbox.control.conversations import ConversationControl
from sandbox.control.highlevel import HighLevelControl
from sandbox.control.highlevel_records import HighLevelRecords
from sandbox.control.loading import Loading
from sandbox.control.pages import Pages
from sandbox.control.records import RecordControl
from sandbox.control.routes import Control
from sandbox.highlevel import answers as highlevel_answers
from sandbox.highlevel import api as highlevel_api
from sandbox.highlevel.gateway import PREFIX
from sandbox.hubspot import api
from sandbox.hubspot.answers import answer, error_body
from sandbox.wire import Wire


class EscapedJson(JSONResponse):
    """JSON in ASCII alone, so that a record's text that is no valid Unicode can be shown too."""

    def render(self, content: object) -> bytes:
        return json.dumps(content).encode()


def create_app(config: SandboxConfig) -> FastAPI:
    """A sandbox ready to serve; it holds its state as `app.state.sandbox`."""
    sandbox = assemble(config)
    control = Control(sandbox)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        deliveries = (sandbox.hubspot.delivery, sandbox.highlevel.delivery)
        for delivery in deliveries:
            delivery.start()
        try:
            yield
        finally:
            for delivery in deliveries:
                delivery.stop()

    app = FastAPI(
        title="Rekindle sandbox",
        lifespan=lifespan,
        routes=[*highlevel_api.routes(sandbox.highlevel), *api.routes(sandbox.hubspot)],
        openapi_url=None,
        default_response_class=EscapedJson,
    )
    app.state.sandbox = sandbox
    for router in (
        Pages(sandbox, control).router(),
        control.router(),
        RecordControl(sandbox).router(),
        ConversationControl(sandbox).router(),
        Loading(sandbox).router(),
        HighLevelControl(sandbox).router(),
        HighLevelRecords(sandbox).router(),
    ):
        app.include_router(router)
    app.add_exception_handler(HTTPException, _refused)
    return app


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "internal error"
    if request.url.path.startswith("/control"):
        return JSONResponse({"detail": detail}, status)
    if request.url.path.startswith(f"{PREFIX}/"):
        told = f"Cannot {request.method} {request.url.path.removeprefix(PREFIX)}"
        return highlevel_answers.answer(highlevel_answers.error_body(status, told), status)
    category = {404: "OBJECT_NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(status, "UNKNOWN")
    message = "Unable to find a matching route" if status == 404 else str(detail)
    return answer(error_body(message, category), status)


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


def server(config: SandboxConfig) -> Server:
    """A server for a new sandbox, not yet running."""
    wanted = uvicorn.Config(
        Wire(create_app(config)),
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
    server(config).run()
