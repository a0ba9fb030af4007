"""Every path of the pretend HighLevel, in the order in which paths are tried."""

from starlette.routing import Route

from sandbox.highlevel import (
    calendar_routes,
    chooselocation,
    contact_routes,
    contact_search,
    conversation_routes,
    gateway,
    location_routes,
    marketplace_routes,
    oauth,
    sales_routes,
)
from sandbox.highlevel.platform import HighLevel


def routes(highlevel: HighLevel) -> list[Route]:
    """Install page, token endpoints and API, all under the prefix."""
    operations = [
        *contact_search.operations(),
        *contact_routes.operations(),
        *location_routes.operations(),
        *conversation_routes.operations(),
        *calendar_routes.operations(),
        *sales_routes.operations(),
        *marketplace_routes.operations(),
    ]
    return [
        *chooselocation.routes(highlevel),
        *oauth.routes(highlevel),
        *gateway.routes(highlevel, operations),
    ]
