"""What the pretend HighLevel is started with: its limits, the registered app's credentials, its people."""

from dataclasses import dataclass, field

from sandbox.kit.limits import Limits

HIGHLEVEL_SCOPES = (
    "calendars.readonly",
    "calendars/events.readonly",
    "contacts.readonly",
    "contacts.write",
    "conversations/message.readonly",
    "locations.readonly",
    "locations/customFields.readonly",
    "locations/customFields.write",
    "marketplace-installer-details.readonly",
    "oauth.readonly",
    "oauth.write",
    "opportunities.readonly",
    "payments/transactions.readonly",
    "users.readonly",
    "workflows.readonly",
)


@dataclass(slots=True)
class HighLevelLimits(Limits):
    """HighLevel's numbers as documented or reported.

    In `sandbox_mode` the stricter numbers of a vendor's test account hold. With
    `retry_all` webhooks are retried after any failure, as announced in 2026; else after 429 alone.
    Whether a contact's visit to a tracked site raises a webhook is not documented: `visits_tell` says
    whether it does here.
    """

    requests: int = 100
    daily: int = 200_000
    sandbox_mode: bool = False
    retry_after_header: bool = False
    search_lag_min_seconds: float = 1.0
    search_lag_max_seconds: float = 3.0
    refuse_date_updated_sort: bool = False
    ignore_unknown_fields: bool = False
    allow_duplicate_contacts: bool = False
    bulk_tag_contacts: int = 500
    custom_fields: int = 10_000  # no number is documented
    access_token_seconds: float = 86_399.0
    refresh_token_seconds: float = 31_536_000.0
    refresh_grace_seconds: float = 30.0
    agency_plan_lacks_oauth: bool = False
    webhook_timeout_seconds: float = 10.0
    webhook_retries: int = 6
    retry_all: bool = False
    webhook_pause_seconds: float = 1.0
    webhook_wrong_type_rate: float = 0.02
    visits_tell: bool = True

    @property
    def burst(self) -> int:
        """Requests allowed in one window."""
        return min(self.requests, 25) if self.sandbox_mode else self.requests

    @property
    def day(self) -> int:
        """Requests allowed in one day."""
        return min(self.daily, 10_000) if self.sandbox_mode else self.daily


@dataclass(frozen=True, slots=True)
class HighLevelCredentials:
    """How the app that is registered with HighLevel proves itself, and its shared secret."""

    client_id: str = "66f0a1b2c3d4e5f601234567-m1demo00"
    client_secret: str = field(default="sandbox-highlevel-secret-not-for-production", repr=False)
    sso_key: str = field(default="sandbox-highlevel-sso-key-not-for-production", repr=False)

    @property
    def app_id(self) -> str:
        """The client id up to its first dash."""
        return self.client_id.partition("-")[0]


@dataclass(frozen=True, slots=True)
class HighLevelOptions:
    """HighLevel's part of what a sandbox is started with.

    `contacts` is the size of the first location; the others are smaller in proportion. Where the
    sandbox has no people at all there are none here either.
    """

    contacts: int = 300
    limits: HighLevelLimits = field(default_factory=HighLevelLimits)
    credentials: HighLevelCredentials = field(default_factory=HighLevelCredentials)
