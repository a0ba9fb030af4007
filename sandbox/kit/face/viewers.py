"""Who looks at an account's pages in this browser: one of its people, chosen by a click and kept in a cookie."""

from collections.abc import Iterable
from typing import TypeVar

from fastapi import Request
from fastapi.responses import RedirectResponse

T = TypeVar("T")


def find_viewer(
    request: Request, account: object, people: Iterable[tuple[str, T]]
) -> tuple[str, T]:
    """The person whom this browser has chosen, or the first one; pairs are of id and person."""
    listed = list(people)
    chosen = request.cookies.get(_name(account))
    return next((one for one in listed if one[0] == chosen), listed[0])


def choose_viewer(account: object, person_id: str, to: str) -> RedirectResponse:
    """Keep who looks from now on, and go back to where one was in this sandbox."""
    answer = RedirectResponse(inside(to), 303)
    answer.set_cookie(_name(account), person_id, httponly=True, samesite="lax")
    return answer


def inside(to: str) -> str:
    """The address if it is one of this sandbox, else that of its own page."""
    is_path = to.startswith("/") and not to.startswith(("//", "/\\"))
    return to if is_path else "/control/"


def here(request: Request) -> str:
    """The address that is shown, without the host."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}"


def _name(account: object) -> str:
    return f"looks_{account}"
