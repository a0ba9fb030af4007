"""HubSpot's settings: addresses, and the app's credentials from its project page."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

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

    def people_work_at(self, domain: str) -> str:
        """Where an account's people open HubSpot: its own region, unless another server stands in for HubSpot."""
        host = urlsplit(self.app_url).hostname or ""
        return f"https://{domain}" if host.endswith(".hubspot.com") and domain else self.app_url


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
        api_url=(values.get(_PREFIX + "API_URL") or "https://api.hubapi.com").rstrip("/"),
        app_url=(values.get(_PREFIX + "APP_URL") or "https://app.hubspot.com").rstrip("/"),
        client_id=values[_PREFIX + "CLIENT_ID"],
        client_secret=values[_PREFIX + "CLIENT_SECRET"],
        app_id=values.get(_PREFIX + "APP_ID") or None,
        public_url=(values.get("REKINDLE_PUBLIC_URL") or "http://localhost:8321").rstrip("/"),
    )


def sandbox_variables(address: str) -> dict[str, str]:
    """The sandbox's published development credentials; worthless anywhere else."""
    return {
        _PREFIX + "API_URL": address,
        _PREFIX + "APP_URL": address,
        _PREFIX + "APP_ID": "2210011",
        _PREFIX + "CLIENT_ID": "5f3c9a52-0b1e-4a77-9d0e-6c1d2f7a8b90",
        _PREFIX + "CLIENT_SECRET": "sandbox-hubspot-secret-not-for-production",
    }
