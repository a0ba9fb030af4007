"""The users of a location, by their addresses."""

from connector.highlevel import endpoints
from connector.highlevel.http import HighLevelHttp
from connector.highlevel.values import records_of

_PAGE, _MOST_PAGES = 100, 10


def fetch_addresses(http: HighLevelHttp, company_id: str) -> list[str]:
    """The e-mail addresses of the users of the location, up to a thousand."""
    found: list[str] = []
    for page in range(_MOST_PAGES):
        params = {
            "companyId": company_id,
            "locationId": http.location_id,
            "limit": str(_PAGE),
            "skip": str(page * _PAGE),
        }
        users = records_of(http.call(endpoints.USERS, params=params), "users")
        found += [user["email"] for user in users if isinstance(user.get("email"), str)]
        if len(users) < _PAGE:
            break
    return found
