"""Every path of the pretend HubSpot, in the order in which paths are tried."""

from starlette.routing import Route

from sandbox.hubspot import (
    associations,
    batches,
    catalog,
    consent,
    gateway,
    list_routes,
    oauth,
    objects,
    properties,
    search,
    sequence_routes,
)
from sandbox.hubspot.platform import HubSpot


def routes(hubspot: HubSpot) -> list[Route]:
    """Install page, token endpoints and API; fixed words come before ids and names."""
    operations = [
        *search.operations(),
        *batches.operations(),
        *associations.operations(),
        *objects.operations(),
        *properties.operations(),
        *list_routes.operations(),
        *sequence_routes.operations(),
        *catalog.operations(),
    ]
    return [
        *consent.routes(hubspot),
        *oauth.routes(hubspot),
        *gateway.routes(hubspot, operations),
    ]
