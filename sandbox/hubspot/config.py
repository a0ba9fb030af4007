"""What the pretend HubSpot is started with: its limits and the registered app's credentials."""

from dataclasses import dataclass, field

from sandbox.kit.limits import Limits

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
class HubSpotLimits(Limits):
    """HubSpot's numbers as documented; a test may make them smaller.

    Whether a calculated property's change raises a webhook is not documented: here it does where
    `calculated_properties_tell` is set.
    """

    requests: int = 110
    searches_per_second: int = 5
    search_lag_min_seconds: float = 0.2
    search_lag_max_seconds: float = 1.0
    access_token_seconds: float = 1_800.0
    custom_properties: int = 1_000
    webhook_linger_seconds: float = 0.05
    calculated_properties_tell: bool = False


@dataclass(frozen=True, slots=True)
class HubSpotCredentials:
    """How the one registered app proves itself."""

    client_id: str = "5f3c9a52-0b1e-4a77-9d0e-6c1d2f7a8b90"
    client_secret: str = field(default="sandbox-hubspot-secret-not-for-production", repr=False)
    app_id: int = 2_210_011


@dataclass(frozen=True, slots=True)
class HubSpotOptions:
    """HubSpot's part of what a sandbox is started with; the second account is on the free tier, unless told."""

    limits: HubSpotLimits = field(default_factory=HubSpotLimits)
    credentials: HubSpotCredentials = field(default_factory=HubSpotCredentials)
    second_is_free: bool = True
