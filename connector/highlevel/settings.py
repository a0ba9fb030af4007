"""HighLevel's settings: addresses, and the app's credentials from its page in the developer portal."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import SettingsInvalid
from core.settings import Environment

_PREFIX = "REKINDLE_HIGHLEVEL_"

# Published with the webhook guide; checks the header X-GHL-Signature.
WEBHOOK_KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=\n"
    "-----END PUBLIC KEY-----\n"
)
# Where people open a contact. Agencies may show HighLevel under a domain of their own.
RECORD_URL = "https://app.gohighlevel.com/v2/location/{location_id}/contacts/detail/{contact_id}"
_APP_URL = "https://marketplace.gohighlevel.com"
_HOME_URL = "https://app.gohighlevel.com/"
_PLAIN_URL = "https://marketplace.leadconnectorhq.com"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class HighLevelSettings:
    """`webhook_keys` is PEM text or a sandbox's address of it; `daily_share` the part of a day that writing may use."""

    api_url: str
    app_url: str
    client_id: str
    client_secret: str = field(repr=False)
    webhook_keys: str = WEBHOOK_KEY
    sso_key: str | None = field(default=None, repr=False)
    daily_share: float = 0.5
    record_url: str = RECORD_URL
    white_label: bool = False
    home_url: str = ""

    @property
    def app_id(self) -> str:
        """The app's id: what stands before the first dash of the client id."""
        return self.client_id.partition("-")[0]


def read(environment: Environment) -> HighLevelSettings:
    """Raises SettingsInvalid naming the variables that are missing or wrong."""
    values = environment.values
    missing = [
        _PREFIX + name for name in ("CLIENT_ID", "CLIENT_SECRET") if not values.get(_PREFIX + name)
    ]
    if missing:
        raise SettingsInvalid(
            f"Set {' and '.join(missing)} to the app's client key and its secret to use HighLevel."
        )
    white_label = values.get(_PREFIX + "WHITE_LABEL", "").lower() in {"1", "true", "yes", "on"}
    return HighLevelSettings(
        api_url=_address(values.get(_PREFIX + "API_URL"), "https://services.leadconnectorhq.com"),
        app_url=_address(values.get(_PREFIX + "APP_URL"), _PLAIN_URL if white_label else _APP_URL),
        client_id=values[_PREFIX + "CLIENT_ID"],
        client_secret=values[_PREFIX + "CLIENT_SECRET"],
        webhook_keys=_webhook_keys(values.get(_PREFIX + "WEBHOOK_KEYS")),
        sso_key=values.get(_PREFIX + "SSO_KEY") or None,
        daily_share=_share(values.get(_PREFIX + "DAILY_SHARE")),
        record_url=values.get(_PREFIX + "RECORD_URL") or RECORD_URL,
        white_label=white_label,
        home_url=values.get(_PREFIX + "HOME_URL") or ("" if white_label else _HOME_URL),
    )


def sandbox_variables(address: str) -> dict[str, str]:
    """The sandbox's published development credentials; worthless anywhere else."""
    return {
        _PREFIX + "API_URL": f"{address}/highlevel",
        _PREFIX + "APP_URL": f"{address}/highlevel",
        _PREFIX + "HOME_URL": f"{address}/control/highlevel/menu",
        _PREFIX
        + "RECORD_URL": f"{address}/highlevel/v2/location/{{location_id}}/contacts/detail/{{contact_id}}",
        _PREFIX + "CLIENT_ID": "66f0a1b2c3d4e5f601234567-m1demo00",
        _PREFIX + "CLIENT_SECRET": "sandbox-highlevel-secret-not-for-production",
        _PREFIX + "SSO_KEY": "sandbox-highlevel-sso-key-not-for-production",
        _PREFIX + "WEBHOOK_KEYS": f"{address}/control/highlevel/webhook-key",
    }


def _address(value: str | None, usual: str) -> str:
    return (value or usual).rstrip("/")


def _webhook_keys(value: str | None) -> str:
    text = (value or WEBHOOK_KEY).replace("\\n", "\n").strip()
    if "-----BEGIN PUBLIC KEY-----" in text:
        return text
    # Whoever answers at the address could forge every webhook: only this machine is believed.
    parts = urlsplit(text)
    if parts.scheme in {"http", "https"} and parts.hostname in _LOOPBACK:
        return text
    raise SettingsInvalid(
        f"Set {_PREFIX}WEBHOOK_KEYS to the public keys in PEM form (line breaks as \\n); "
        "an address is taken on this machine only."
    )


def _share(value: str | None) -> float:
    try:
        share = float(value or "0.5")
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise SettingsInvalid(f"Set {_PREFIX}DAILY_SHARE to a number above 0 and up to 1.")
    return share
