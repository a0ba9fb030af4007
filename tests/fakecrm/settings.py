"""The pretend CRM's settings: its address, and the app's credentials there."""

from dataclasses import dataclass, field

from core.errors import SettingsInvalid
from core.settings import Environment

_PREFIX = "REKINDLE_FAKE_"


@dataclass(frozen=True, slots=True)
class FakeSettings:
    api_url: str
    client_id: str
    client_secret: str = field(repr=False)


def read(environment: Environment) -> FakeSettings:
    """Raises SettingsInvalid naming what is missing."""
    names = [_PREFIX + name for name in ("API_URL", "CLIENT_ID", "CLIENT_SECRET")]
    missing = [name for name in names if not environment.values.get(name)]
    if missing:
        raise SettingsInvalid(f"Set {' and '.join(missing)} to use the pretend CRM.")
    return FakeSettings(*(environment.values[name] for name in names))


def sandbox_variables(address: str) -> dict[str, str]:
    return {
        _PREFIX + "API_URL": address,
        _PREFIX + "CLIENT_ID": "fake-app",
        _PREFIX + "CLIENT_SECRET": "fake-secret-not-for-production",
    }
