"""HubSpot's settings: addresses, and the app's credentials from its project page."""

from dataclasses import dataclass, field

from core.errors import SettingsInvalid
from core.settings import Environment

_PREFIX = "REKINDLE_HUBSPOT_"


@dataclass(frozen=True, slots=True)
class HubSpotSettings:
    api_url: str
    app_url: str
    client_id: str
    client_secret: str = field(repr=False)
    app_id: str | None = None
    public_url: str = "http://localhost:8321"


def read(environment: Environment) -> HubSpotSettings:
    """Raises SettingsInvalid naming the variables that are missing."""
    values = environment.values
    missing = [
        _PREFIX + name for name in ("CLIENT_ID", "CLIENT_SECRET") if not values.get(_PREFIX + name)
    ]
    if missing:
        raise SettingsInvalid(
            f"Set {' and '.join(missing)} to the values on the app's Auth tab to use HubSpot."
        )
    return HubSpotSettings(
        api_url=values.get(_PREFIX + "API_URL", "https://api.hubapi.com").rstrip("/"),
        app_url=values.get(_PREFIX + "APP_URL", "https://app.hubspot.com").rstrip("/"),
        client_id=values[_PREFIX + "CLIENT_ID"],
        client_secret=values[_PREFIX + "CLIENT_SECRET"],
        app_id=values.get(_PREFIX + "APP_ID"),
        public_url=values.get("REKINDLE_PUBLIC_URL", "http://localhost:8321").rstrip("/"),
    )
