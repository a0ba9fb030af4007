"""Gives errors their HTTP status and their page; no error knows HTTP itself."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment
from starlette.exceptions import HTTPException

from app.templating import unbranded
from connector.errors import CrmError
from core import log
from core.errors import (
    AdminsOnly,
    AppError,
    Conflict,
    CrossOrigin,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    NotYet,
)
from core.said import said
from core.wording import gettext as _
from oauth.errors import CredentialsRefused, NotConnected, OAuthError

_STATUSES: tuple[tuple[type[AppError], int], ...] = (
    (CredentialsRefused, 502),
    (OAuthError, 400),
    (NotConnected, 409),
    (NotFound, 404),
    (CrossOrigin, 403),
    (AdminsOnly, 403),
    (Forbidden, 401),
    (Conflict, 409),
    (Invalid, 400),
    (CrmError, 502),
)


def status_of(error: AppError) -> int:
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def install(app: FastAPI, pages: Environment) -> None:
    """Handlers for what we raise on purpose, for what nobody may ask, and for what we did not foresee."""
    app.state.templates = pages
    app.add_exception_handler(AppError, _answered(expected))
    app.add_exception_handler(HTTPException, _answered(refused))
    app.add_exception_handler(RequestValidationError, _answered(incomplete))
    app.add_exception_handler(Exception, _answered(unforeseen))


def expected(request: Request, error: AppError) -> Response:
    """What we raise on purpose: it says itself what to do."""
    reference = _reference()
    log.get(__name__).warning(
        "app.request.refused", code=error.code, route=_route(request), reference=reference
    )
    title = error.title if isinstance(error, OAuthError | NotYet) else "That did not work"
    return answer(
        request,
        status_of(error),
        said(title),
        said(error.message),
        reference,
        ways=_ways(error),
        way_back=error.way_back if isinstance(error, NotSignedIn) else None,
    )


def refused(request: Request, error: HTTPException) -> Response:
    """An address or a method that there is not."""
    if error.status_code == 404:
        title, message = _("There is no such page"), _("The address may be old or mistyped.")
    else:
        title, message = _("That did not work"), _("This address can't be used like that.")
    return answer(request, error.status_code, title, message, _reference(), headers=error.headers)


def incomplete(request: Request, error: RequestValidationError) -> Response:
    """A request without what the route needs: names the places, never what stood there."""
    places = sorted({".".join(str(part) for part in line["loc"]) for line in error.errors()})
    reference = _reference()
    log.get(__name__).info(
        "app.request.incomplete", route=_route(request), places=places, reference=reference
    )
    message = _("Something is missing or has the wrong form: %(places)s. Nothing was changed.")
    return answer(
        request,
        422,
        _("That did not work"),
        message % {"places": ", ".join(places)},
        reference,
    )


def unforeseen(request: Request, error: Exception) -> Response:
    """What nobody foresaw: the log has it, the page a reference to it."""
    reference = _reference()
    log.get(__name__).error(
        "app.request.failed", route=_route(request), reference=reference, exc_info=error
    )
    return answer(
        request,
        500,
        _("Something went wrong on our side"),
        _("Nothing was started or changed. Try again; if it stays, tell us the reference."),
        reference,
    )


def answer(
    request: Request,
    status: int,
    title: str,
    message: str,
    reference: str,
    *,
    ways: Sequence[tuple[str, str]] = (),
    way_back: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page for people with a way on, JSON for machines."""
    if "text/html" in request.headers.get("accept", ""):
        pages: Environment = request.app.state.templates
        page = pages.get_template("error.html").render(
            title=title,
            message=message,
            reference=reference,
            ways=[*ways, (_("Go to Rekindle"), "/")],
            # The first page leads to a CRM's sign-in, which no frame may show.
            is_framed=request.headers.get("sec-fetch-dest") in {"iframe", "frame"},
        )
        brands = getattr(request.state, "brands", ())
        return HTMLResponse(unbranded(page, brands), status_code=status, headers=headers)
    told = {"message": message, "reference": reference}
    told |= {"way_back": way_back} if way_back else {}
    return JSONResponse({"error": told}, status_code=status, headers=headers)


def _ways(error: AppError) -> list[tuple[str, str]]:
    """Where to go from here, besides the front page, which offers to sign in and to install."""
    if isinstance(error, NotSignedIn) and error.way_back:
        return [(_("Install"), error.way_back)]
    if isinstance(error, NotSignedIn | OAuthError | NotConnected):
        return []
    if isinstance(error, NotYet):
        return [(_("See the progress"), "/admin/progress")]
    return [(_("Back to your account"), "/admin/")]


def _answered(
    handle: Callable[[Request, Any], Response],
) -> Callable[[Request, Any], Awaitable[Response]]:
    """As a handler on the event loop: it only draws."""

    async def handler(request: Request, error: Exception) -> Response:
        return handle(request, error)

    return handler


def _reference() -> str:
    return uuid.uuid4().hex[:8]


def _route(request: Request) -> str:
    """The route's pattern: the path itself names people and accounts."""
    return str(getattr(request.scope.get("route"), "path", "unknown"))
