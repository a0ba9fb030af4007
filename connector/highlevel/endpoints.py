"""Every address of HighLevel that is called, with its API version and the scope it needs: one table."""

from dataclasses import dataclass
from urllib.parse import quote

# The version travels in a header, and each module's document names its own; a missing or unknown one answers 401.
# Version 3 has other names and shapes: nothing here asks for it, and a refused version is an error, never another try.
DATED = "2021-07-28"
CONVERSING = "2021-04-15"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address; `path` has a {name} for each id in it. The token endpoint alone needs no scope."""

    method: str
    path: str
    scope: str = ""
    version: str = DATED

    def address(self, **ids: str) -> str:
        """The path with its ids, escaped so that an id can name nothing but itself."""
        return self.path.format(**{name: quote(value, safe="") for name, value in ids.items()})


_READ, _WRITE, _DEALS = "contacts.readonly", "contacts.write", "opportunities.readonly"

AUTHORIZE_PATH = "/v2/oauth/chooselocation"
TOKEN = Endpoint("POST", "/oauth/token")
LOCATION_TOKEN = Endpoint("POST", "/oauth/locationToken", "oauth.write")
INSTALLED_LOCATIONS = Endpoint("GET", "/oauth/installedLocations", "oauth.readonly")

USER = Endpoint("GET", "/users/{user_id}", "users.readonly")
USERS = Endpoint("GET", "/users/search", "users.readonly")
LOCATION = Endpoint("GET", "/locations/{location_id}", "locations.readonly")
CUSTOM_FIELDS = Endpoint(
    "GET", "/locations/{location_id}/customFields", "locations/customFields.readonly"
)
CREATE_CUSTOM_FIELD = Endpoint(
    "POST", "/locations/{location_id}/customFields", "locations/customFields.write"
)

CONTACT_SEARCH = Endpoint("POST", "/contacts/search", _READ)
CONTACT = Endpoint("GET", "/contacts/{contact_id}", _READ)
UPDATE_CONTACT = Endpoint("PUT", "/contacts/{contact_id}", _WRITE)
CONTACT_APPOINTMENTS = Endpoint("GET", "/contacts/{contact_id}/appointments", _READ)
CONTACT_NOTES = Endpoint("GET", "/contacts/{contact_id}/notes", _READ)
ADD_TO_WORKFLOW = Endpoint("POST", "/contacts/{contact_id}/workflow/{workflow_id}", _WRITE)
REMOVE_FROM_WORKFLOW = Endpoint("DELETE", "/contacts/{contact_id}/workflow/{workflow_id}", _WRITE)
CONTACT_TASKS = Endpoint("GET", "/contacts/{contact_id}/tasks", _READ)
CREATE_TASK = Endpoint("POST", "/contacts/{contact_id}/tasks", _WRITE)
ADD_TAGS = Endpoint("POST", "/contacts/bulk/tags/update/add", _WRITE)
WORKFLOWS = Endpoint("GET", "/workflows/", "workflows.readonly")

OPPORTUNITIES = Endpoint("GET", "/opportunities/search", _DEALS)
OPPORTUNITY_SEARCH = Endpoint("POST", "/opportunities/search", _DEALS)
LOST_REASONS = Endpoint("GET", "/opportunities/lost-reason", _DEALS)
TRANSACTIONS = Endpoint("GET", "/payments/transactions", "payments/transactions.readonly")

CALENDARS = Endpoint("GET", "/calendars/", "calendars.readonly", CONVERSING)
CALENDAR_EVENTS = Endpoint("GET", "/calendars/events", "calendars/events.readonly", CONVERSING)
MESSAGE_EXPORT = Endpoint(
    "GET", "/conversations/messages/export", "conversations/message.readonly", CONVERSING
)
