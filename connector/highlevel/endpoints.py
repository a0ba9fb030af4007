"""Every address of HighLevel that is called, with the API version it is called in: one table."""

from dataclasses import dataclass
from urllib.parse import quote

# The version travels in a header, and each module has its own; a missing or foreign one answers 401.
DATED = "2021-07-28"
CONVERSING = "2021-04-15"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address; `path` has a {name} for each id in it."""

    method: str
    path: str
    version: str = DATED

    def address(self, **ids: str) -> str:
        """The path with its ids, escaped so that an id can name nothing but itself."""
        return self.path.format(**{name: quote(value, safe="") for name, value in ids.items()})


AUTHORIZE_PATH = "/v2/oauth/chooselocation"
TOKEN = Endpoint("POST", "/oauth/token")
LOCATION_TOKEN = Endpoint("POST", "/oauth/locationToken")
INSTALLED_LOCATIONS = Endpoint("GET", "/oauth/installedLocations")

LOCATION = Endpoint("GET", "/locations/{location_id}")
CUSTOM_FIELDS = Endpoint("GET", "/locations/{location_id}/customFields")
CREATE_CUSTOM_FIELD = Endpoint("POST", "/locations/{location_id}/customFields")

CONTACT_SEARCH = Endpoint("POST", "/contacts/search")
CONTACT = Endpoint("GET", "/contacts/{contact_id}")
UPDATE_CONTACT = Endpoint("PUT", "/contacts/{contact_id}")
CONTACT_APPOINTMENTS = Endpoint("GET", "/contacts/{contact_id}/appointments")
CONTACT_NOTES = Endpoint("GET", "/contacts/{contact_id}/notes")
ADD_TO_WORKFLOW = Endpoint("POST", "/contacts/{contact_id}/workflow/{workflow_id}")
WORKFLOWS = Endpoint("GET", "/workflows/")

OPPORTUNITIES = Endpoint("GET", "/opportunities/search")
OPPORTUNITY_SEARCH = Endpoint("POST", "/opportunities/search")
LOST_REASONS = Endpoint("GET", "/opportunities/lost-reason")
TRANSACTIONS = Endpoint("GET", "/payments/transactions")

CALENDARS = Endpoint("GET", "/calendars/", CONVERSING)
CALENDAR_EVENTS = Endpoint("GET", "/calendars/events", CONVERSING)
MESSAGE_EXPORT = Endpoint("GET", "/conversations/messages/export", CONVERSING)
