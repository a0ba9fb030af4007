"""One HubSpot account: its records, definitions, owners, lists and automation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.hubspot.actions import Actions
from sandbox.hubspot.config import OPTIONAL_SCOPES, REQUIRED_SCOPES, HubSpotLimits
from sandbox.hubspot.conversations import Conversations
from sandbox.hubspot.currencies import Currencies
from sandbox.hubspot.definitions import Definitions
from sandbox.hubspot.engines import Engines
from sandbox.hubspot.index import SearchIndex
from sandbox.hubspot.lists import Lists
from sandbox.hubspot.preferences import Preferences
from sandbox.hubspot.records import Records
from sandbox.hubspot.rules import Rules
from sandbox.hubspot.standard import Pipeline, standard_definitions, standard_pipelines

FREE_TIER_LACKS = frozenset(
    ("automation", "automation.sequences.read", "automation.sequences.enrollments.write")
)


@dataclass(frozen=True, slots=True)
class Account:
    """What the account-info endpoint tells."""

    name: str
    domain: str
    time_zone: str = "US/Eastern"
    currency: str = "USD"
    ui_domain: str = "app.hubspot.com"
    account_type: str = "STANDARD"
    hosting: str = "na1"


@dataclass(frozen=True, slots=True)
class Owner:
    """One person who can own records; `seat` says whether they may send sequences."""

    id: str
    user_id: int
    email: str
    first_name: str
    last_name: str
    seat: bool = True


@dataclass(slots=True)
class Portal:
    """Everything one account holds; tokens choose the portal of a request."""

    id: int
    account: Account
    owners: tuple[Owner, ...]
    now: Callable[[], datetime]
    limits: HubSpotLimits
    wall: Callable[[], float]
    seed: int
    tier_lacks: frozenset[str] = frozenset()
    records: Records = field(init=False)
    definitions: Definitions = field(init=False)
    lists: Lists = field(init=False)
    preferences: Preferences = field(init=False)
    conversations: Conversations = field(init=False)
    currencies: Currencies = field(init=False)
    index: SearchIndex = field(init=False)
    pipelines: dict[str, list[Pipeline]] = field(init=False)
    rules: Rules = field(default_factory=Rules)
    engines: Engines | None = None
    actions: Actions | None = None

    def __post_init__(self) -> None:
        """Open the account with its standard definitions."""
        self.records = Records(self.now)
        self.currencies = Currencies(self.account.currency)
        self.records.derive("deals", self.currencies.worth)
        self.definitions = Definitions(self.now)
        for kind, definition in standard_definitions():
            self.definitions.register(kind, definition)
        self.lists = Lists(self.records, self.now)
        self.preferences = Preferences(self.records, self.now)
        self.conversations = Conversations(self.records)
        self.index = SearchIndex(self.records, self.limits, self._index_time, self.seed)
        self.pipelines = standard_pipelines()

    def _index_time(self) -> float:
        return self.now().timestamp() if self.limits.search_lag_virtual else self.wall()

    def workflow_enrollments(self) -> dict[str, int]:
        """How often each of the account's workflows was entered."""
        engines = self.engines
        if engines is None:
            return {}
        return {str(w["id"]): len(engines.enrollments(str(w["id"]))) for w in engines.workflows()}

    def grants(self, scopes: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the scopes that this account's tier has."""
        return tuple(scope for scope in scopes if scope not in self.tier_lacks)


ALL_SCOPES = REQUIRED_SCOPES + OPTIONAL_SCOPES
