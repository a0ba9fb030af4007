"""Gives errors their HTTP status and their page; no error knows HTTP itself."""

import uuid

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment

from connector.errors import CrmError
from core import log
from core.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from oauth.errors import CredentialsRefused, NotConnected, OAuthError

_STATUSES: tuple[tuple[type[AppError], int], ...] = (
    (CredentialsRefused, 502),
    (OAuthError, 400),
    (NotConnected, 409),
    (NotFound, 404),
    (Forbidden, 401),
    (Conflict, 409),
    (Invalid, 400),
    (CrmError, 502),
)


def status_of(error: AppError) -> int:
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def install(app: FastAPI, pages: Environment) -> None:
    """Handlers for what we raise on purpose, and for what we did not foresee."""

    @app.exception_handler(AppError)
    async def expected(request: Request, error: AppError) -> Response:
        reference = uuid.uuid4().hex[:8]
        log.get(__name__).warning(
            "app.request.refused", code=error.code, route=_route(request), reference=reference
        )
        title = error.title if isinstance(error, OAuthError) else "That did not work"
        return answer(request, pages, status_of(error), title, error.message, reference)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        reference = uuid.uuid4().hex[:8]
        log.get(__name__).error(
            "app.request.failed", route=_route(request), reference=reference, exc_info=error
        )
        return answer(
            request,
            pages,
            500,
            "Something went wrong on our side",
            "Nothing was started or changed. Try again; if it stays, tell us the reference.",
            reference,
        )


def _route(request: Request) -> str:
    """The route's pattern: the path itself names people and accounts."""
    return str(getattr(request.scope.get("route"), "path", "unknown"))


def answer(
    request: Request, pages: Environment, status: int, title: str, message: str, reference: str
) -> Response:
    """A page for people, JSON for machines."""
    if "text/html" in request.headers.get("accept", ""):
        page = pages.get_template("error.html").render(
            title=title, message=message, reference=reference
        )
        return HTMLResponse(page, status_code=status)
    return JSONResponse({"error": {"message": message, "reference": reference}}, status_code=status)
