"""Every path of the pretend HighLevel, in the order in which paths are tried."""

from starlette.routing import Route

from sandbox.highlevel import (
    booking_routes,
    calendar_routes,
    campaign_routes,
    chooselocation,
    contact_making,
    contact_routes,
    contact_search,
    conversation_routes,
    custom_value_routes,
    gateway,
    location_routes,
    marketplace_routes,
    message_routes,
    note_routes,
    oauth,
    opportunity_routes,
    sales_routes,
    task_routes,
)
from sandbox.highlevel.platform import HighLevel


def routes(highlevel: HighLevel) -> list[Route]:
    """Install page, token endpoints and API, all under the prefix."""
    operations = [
        *contact_search.operations(),
        *contact_making.operations(),
        *contact_routes.operations(),
        *note_routes.operations(),
        *task_routes.operations(),
        *campaign_routes.operations(),
        *location_routes.operations(),
        *custom_value_routes.operations(),
        *conversation_routes.operations(),
        *message_routes.operations(),
        *calendar_routes.operations(),
        *booking_routes.operations(),
        *sales_routes.operations(),
        *opportunity_routes.operations(),
        *marketplace_routes.operations(),
    ]
    return [
        *chooselocation.routes(highlevel),
        *oauth.routes(highlevel),
        *gateway.routes(highlevel, operations),
    ]
