"""Every path of the pretend HubSpot, in the order in which paths are tried."""

from starlette.routing import Route

from sandbox.hubspot import (
    action_routes,
    associations,
    batches,
    catalog,
    consent,
    conversation_routes,
    flow_routes,
    gateway,
    legacy_routes,
    link_routes,
    list_routes,
    membership_routes,
    oauth,
    oauth_v1,
    objects,
    older_associations,
    preference_routes,
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
        *older_associations.operations(),
        *link_routes.operations(),
        *objects.operations(),
        *properties.operations(),
        *membership_routes.operations(),
        *list_routes.operations(),
        *sequence_routes.operations(),
        *flow_routes.operations(),
        *action_routes.operations(),
        *catalog.operations(),
        *preference_routes.operations(),
        *conversation_routes.operations(),
        *legacy_routes.operations(),
    ]
    return [
        *consent.routes(hubspot),
        *oauth.routes(hubspot),
        *oauth_v1.routes(hubspot),
        *gateway.routes(hubspot, operations),
    ]
