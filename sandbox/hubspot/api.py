"""Every path of the pretend HubSpot, in the order in which paths are tried."""

from starlette.routing import Route

from sandbox.hubspot import (
    associations,
    batches,
    catalog,
    gateway,
    list_routes,
    objects,
    properties,
    search,
    sequence_routes,
)
from sandbox.hubspot.consent import Consent
from sandbox.hubspot.oauth import Tokens
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
        *Consent(hubspot).routes(),
        *Tokens(hubspot).routes(),
        *gateway.routes(hubspot, operations),
    ]
