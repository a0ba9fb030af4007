"""What one sandbox process is started with, and the limits that may be changed while it runs."""

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

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
    """The vendor's numbers as documented; a test may make them smaller. Times are real seconds."""

    requests: int = 110
    window_seconds: float = 10.0
    searches_per_second: int = 5
    search_results: int = 10_000
    search_lag_min_seconds: float = 0.2
    search_lag_max_seconds: float = 1.0
    access_token_seconds: float = 1_800.0
    code_seconds: float = 600.0
    custom_properties: int = 1_000
    webhook_timeout_seconds: float = 5.0
    webhook_retries: int = 10
    webhook_pause_seconds: float = 0.5
    webhook_linger_seconds: float = 0.05
    webhook_duplicate_rate: float = 0.02
    webhook_reorder_rate: float = 0.05

    def change(self, wanted: dict[str, object]) -> None:
        """Set the named limits; raises ValueError, changing nothing, for a wrong name or number."""
        known = {limit.name: limit.type for limit in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise ValueError(f"unknown limit {name!r}; there are: {', '.join(sorted(known))}")
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"limit {name} takes a number that is not negative")
        for name, value in wanted.items():
            setattr(self, name, value)


@dataclass(frozen=True, slots=True)
class Credentials:
    """How the one registered app proves itself."""

    client_id: str = "5f3c9a52-0b1e-4a77-9d0e-6c1d2f7a8b90"
    client_secret: str = field(default="sandbox-hubspot-secret-not-for-production", repr=False)
    app_id: int = 2_210_011


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """Everything a sandbox is started with; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 20_261_116
    contacts: int = 1_500
    as_of: datetime = datetime(2026, 11, 16, 14, 0, tzinfo=UTC)
    purchases_csv: Path | None = None
    contacts_csv: Path | None = None
    limits: Limits = field(default_factory=Limits)
    credentials: Credentials = field(default_factory=Credentials)
