"""One page where every number is defined: the words are those of the guide for admins, in short."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.pages.layout import draw
from app.pages.session import Account
from core.routing import Here
from workflows.results.planned import RANGES
from workflows.stops.breaker import LEAST_SENDS, LIMITS

routes = APIRouter(prefix="/admin")


@routes.get("/numbers")
def numbers(request: Request, here: Here, installation: Account) -> Response:
    return draw(
        "numbers.html",
        request,
        here,
        installation,
        active="numbers",
        ranges=RANGES,
        limits=LIMITS,
        least_sends=LEAST_SENDS,
    )
