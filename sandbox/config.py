"""What one sandbox process is started with, and the limits that may be changed while it runs."""

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

from sandbox.world.tenant import Nature

REQUIRED_SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
)
OPTIONAL_SCOPES = (
    "automation",
    "automation.sequences.enrollments.write",
    "automation.sequences.read",
    "communication_preferences.read",
    "communication_preferences.statuses.batch.read",
    "conversations.read",
    "crm.lists.read",
    "crm.lists.write",
    "crm.objects.appointments.read",
    "crm.objects.appointments.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.objects.owners.read",
    "crm.schemas.deals.read",
    "sales-email-read",
    "scheduler.meetings.meeting-link.read",
    "settings.users.read",
    "tickets",
    "timeline",
)


@dataclass(slots=True)
class Limits:
    """The vendor's numbers as documented; a test may make them smaller. Times are real seconds.

    With `search_lag_virtual` the search index catches up as the sandbox's own time goes on.
    """

    requests: int = 110
    window_seconds: float = 10.0
    searches_per_second: int = 5
    search_results: int = 10_000
    search_lag_min_seconds: float = 0.2
    search_lag_max_seconds: float = 1.0
    search_lag_virtual: bool = False
    access_token_seconds: float = 1_800.0
    code_seconds: float = 600.0
    custom_properties: int = 1_000
    webhook_timeout_seconds: float = 5.0
    webhook_retries: int = 10
    webhook_pause_seconds: float = 0.5
    webhook_linger_seconds: float = 0.05
    webhook_duplicate_rate: float = 0.02
    webhook_reorder_rate: float = 0.05
    webhook_loss_rate: float = 0.0

    def change(self, wanted: dict[str, object]) -> None:
        """Set the named limits; raises ValueError, changing nothing, for a wrong name or number."""
        _change(self, wanted)


@dataclass(frozen=True, slots=True)
class Credentials:
    """How the one registered app proves itself."""

    client_id: str = "5f3c9a52-0b1e-4a77-9d0e-6c1d2f7a8b90"
    client_secret: str = field(default="sandbox-hubspot-secret-not-for-production", repr=False)
    app_id: int = 2_210_011


HIGHLEVEL_SCOPES = (
    "calendars.readonly",
    "calendars/events.readonly",
    "contacts.readonly",
    "contacts.write",
    "conversations.readonly",
    "conversations/message.readonly",
    "invoices.readonly",
    "locations.readonly",
    "locations/customFields.readonly",
    "locations/customFields.write",
    "locations/tags.readonly",
    "locations/tags.write",
    "marketplace-installer-details.readonly",
    "oauth.readonly",
    "oauth.write",
    "opportunities.readonly",
    "payments/orders.readonly",
    "payments/subscriptions.readonly",
    "payments/transactions.readonly",
    "users.readonly",
    "workflows.readonly",
)


@dataclass(slots=True)
class HighLevelLimits:
    """HighLevel's numbers as documented or reported; times are real seconds.

    In `sandbox_mode` the stricter numbers of a vendor's test account hold. With
    `retry_all` webhooks are retried after any failure, as announced in 2026; else after 429 alone.
    """

    requests: int = 100
    window_seconds: float = 10.0
    daily: int = 200_000
    sandbox_mode: bool = False
    retry_after_header: bool = False
    search_results: int = 10_000
    search_lag_min_seconds: float = 1.0
    search_lag_max_seconds: float = 3.0
    search_lag_virtual: bool = False
    refuse_date_updated_sort: bool = False
    ignore_unknown_fields: bool = False
    bulk_tag_contacts: int = 500
    custom_fields: int = 10_000  # no number is documented
    access_token_seconds: float = 86_399.0
    refresh_token_seconds: float = 31_536_000.0
    refresh_grace_seconds: float = 30.0
    code_seconds: float = 600.0
    agency_plan_lacks_oauth: bool = False
    webhook_timeout_seconds: float = 10.0
    webhook_retries: int = 6
    retry_all: bool = False
    webhook_pause_seconds: float = 1.0
    webhook_duplicate_rate: float = 0.02
    webhook_reorder_rate: float = 0.05
    webhook_wrong_type_rate: float = 0.02
    webhook_unsigned_rate: float = 0.0
    webhook_loss_rate: float = 0.0

    @property
    def burst(self) -> int:
        """Requests allowed in one window."""
        return min(self.requests, 25) if self.sandbox_mode else self.requests

    @property
    def day(self) -> int:
        """Requests allowed in one day."""
        return min(self.daily, 10_000) if self.sandbox_mode else self.daily

    def change(self, wanted: dict[str, object]) -> None:
        """Set the named limits; raises ValueError, changing nothing, for a wrong name or number."""
        _change(self, wanted)


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
class SandboxConfig:
    """Everything a sandbox is started with; port 0 takes a free one.

    `highlevel_contacts` is the size of the first HighLevel location; the others are smaller in
    proportion. Without HubSpot contacts there are none in HighLevel either. The CRMs' own clocks go
    `clock_ahead_seconds` before the sandbox's. `truth` is where the sealed truth goes, `truth_key`
    the file of its key, made if it is not there.
    """

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 20_261_116
    contacts: int = 1_500
    as_of: datetime = datetime(2026, 11, 16, 14, 0, tzinfo=UTC)
    clock_ahead_seconds: float = 0.0
    purchases_csv: Path | None = None
    contacts_csv: Path | None = None
    limits: Limits = field(default_factory=Limits)
    credentials: Credentials = field(default_factory=Credentials)
    highlevel_contacts: int = 300
    highlevel_limits: HighLevelLimits = field(default_factory=HighLevelLimits)
    highlevel_credentials: HighLevelCredentials = field(default_factory=HighLevelCredentials)
    nature: Nature = field(default_factory=Nature)
    truth: Path | None = None
    truth_key: Path | None = None


def _change(limits: Limits | HighLevelLimits, wanted: dict[str, object]) -> None:
    known = {limit.name for limit in fields(limits)}
    for name, value in wanted.items():
        if name not in known:
            raise ValueError(f"unknown limit {name!r}; there are: {', '.join(sorted(known))}")
        flag = isinstance(getattr(limits, name), bool)
        if flag != isinstance(value, bool):
            kind = "true or false" if flag else "a number that is not negative"
            raise ValueError(f"limit {name} takes {kind}")
        if not flag and (not isinstance(value, int | float) or value < 0):
            raise ValueError(f"limit {name} takes a number that is not negative")
    for name, value in wanted.items():
        setattr(limits, name, value)
