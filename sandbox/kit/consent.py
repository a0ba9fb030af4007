"""The page on which a person lets the app into an account, and the way back to the app."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.kit.gateway import Gateway, Headers, Work
from sandbox.kit.pages import SHARED, render

Form = ImmutableMultiDict[str, str]


class ConsentError(Exception):
    """The page cannot be shown, or the choice not be accepted; the text says why."""


@dataclass(frozen=True, slots=True)
class AppWish:
    """What the app asks for; an installation that was begun at the vendor's carries no state."""

    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    optional: tuple[str, ...] = ()
    challenge: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """An account that the person may choose."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """How one vendor asks: reads the address, shows the page, turns a decision into a code.

    `read` and `grant` raise ConsentError; `denial` says what goes back with a refusal.
    """

    read: Callable[[Request], AppWish]
    show: Callable[[Request, AppWish], str]
    grant: Callable[[Request, AppWish, Form], str]
    denial: tuple[tuple[str, str], ...] = (("error", "access_denied"),)
    error_template: str = "consent_error.html"
    templates: Path = SHARED


def consent_routes(gateway: Gateway, paths: Iterable[str], page: ConsentPage) -> list[Route]:
    """The page and its form under each of the paths."""
    return [
        gateway.route(method, path, _work(page)) for path in paths for method in ("GET", "POST")
    ]


def choice_page(
    request: Request, wish: AppWish, *, vendor: str, app: str, field: str, choices: list[Choice]
) -> str:
    """The usual page: what the app asks for, and one account to choose under the name `field`."""
    return render(
        "consent.html",
        vendor=vendor,
        app=app,
        wish=wish,
        field=field,
        choices=choices,
        action=form_address(request),
    )


def form_address(request: Request) -> str:
    """Where a page's form goes: to the page's own address, with what the app asked for."""
    return f"{request.url.path}?{request.url.query}"


def is_allowed_redirect(
    uri: str, registered: Iterable[str], local_schemes: Iterable[str] = ("http",)
) -> bool:
    """Whether the address is registered and https, or is on the developer's own machine."""
    parts = urlsplit(uri)
    local = parts.hostname in {"localhost", "127.0.0.1"} and parts.scheme in local_schemes
    return local or (uri in registered and parts.scheme == "https")


def _work(page: ConsentPage) -> Work:
    def work(request: Request, body: bytes, _headers: Headers) -> Response:
        try:
            wish = page.read(request)
            if request.method == "GET":
                return HTMLResponse(page.show(request, wish))
            form: Form = ImmutableMultiDict(parse_qsl(body.decode("utf-8", "replace")))
            if form.get("decision") != "grant":
                return _back(wish, dict(page.denial))
            return _back(wish, {"code": page.grant(request, wish, form)})
        except ConsentError as error:
            told = render(page.error_template, page.templates, reason=str(error))
            return HTMLResponse(told, 400)

    return work


def _back(wish: AppWish, answer: dict[str, str]) -> Response:
    given = answer | ({"state": wish.state} if wish.state is not None else {})
    joint = "&" if urlsplit(wish.redirect_uri).query else "?"
    return RedirectResponse(f"{wish.redirect_uri}{joint}{urlencode(given)}", 302)
