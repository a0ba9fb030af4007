"""HighLevel as the registry sees it: what can be done before an account is open, and the open account."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connector.errors import CrmForbidden, CrmUnavailable
from connector.highlevel import (
    endpoints,
    http,
    lists,
    records,
    signature,
    sources,
    tasks,
    team,
    write,
)
from connector.highlevel.activities import Activities
from connector.highlevel.changes import ChangeSearch
from connector.highlevel.contacts import Contacts
from connector.highlevel.custom_fields import CustomFields
from connector.highlevel.deals import Deals
from connector.highlevel.http import HighLevelHttp
from connector.highlevel.oauth import HighLevelOAuth
from connector.highlevel.records import Records
from connector.highlevel.settings import HighLevelSettings, read
from connector.highlevel.values import fields_of, records_of, text
from connector.highlevel.visits import HighLevelVisits
from connector.highlevel.webhooks import HighLevelWebhooks
from connector.port.automation import Hindrance, Obstacle, WorkflowChoice
from connector.port.changes import Changes, Span
from connector.port.fields import (
    ContactProperty,
    FieldDefinition,
    PropertyDefinition,
    PropertyPage,
)
from connector.port.provider import AccountAccess, AccountDetails
from connector.port.records import ActivityRow, Bounds, IdRange, Page, Stream
from connector.port.signed import VerifiesCards
from connector.port.tasks import NewTask
from connector.port.writing import ContactWrite, Provisioned, WriteOutcome
from connector.tls import trusted
from core.clock import SystemClock
from core.settings import Environment

_BRANDS = ("GoHighLevel", "HighLevel", "LeadConnector", "GHL")


class HighLevelProvider:
    """HighLevel before an account is open."""

    name = "highlevel"
    names_workflows = True

    def __init__(self, settings: HighLevelSettings) -> None:
        self._settings = settings
        # An agency that sells HighLevel under its own name shows the vendor's nowhere.
        self.label = "CRM" if settings.white_label else "HighLevel"
        self.address = "crm" if settings.white_label else self.name
        self.home_url = settings.home_url
        self.brands = _BRANDS if settings.white_label else ()

    def authorizer(self) -> HighLevelOAuth:
        return HighLevelOAuth(self._settings)

    def webhooks(self) -> HighLevelWebhooks:
        return HighLevelWebhooks(self._webhook_keys, self._settings.app_id)

    def cards(self) -> VerifiesCards | None:
        """None: HighLevel has no card beside a contact."""
        return None

    def visits(self) -> HighLevelVisits | None:
        """None without the app's shared secret."""
        secret = self._settings.sso_key
        return None if secret is None else HighLevelVisits(secret)

    def framed_by(self) -> Sequence[str]:
        return (
            self._settings.app_url,
            "https://*.gohighlevel.com",
            "https://*.leadconnectorhq.com",
            "https://*.msgsndr.com",
        )

    def budgets(self) -> Mapping[str, tuple[int, int]]:
        return http.BUDGETS

    def open(self, access: AccountAccess) -> "HighLevelCrm":
        return HighLevelCrm(self._settings, access)

    def _webhook_keys(self) -> Sequence[Ed25519PublicKey]:
        """The keys that were set; a sandbox on this machine may be asked for its own."""
        text = self._settings.webhook_keys
        if text.startswith("http"):
            try:
                answer = httpx2.get(text, verify=trusted(), timeout=5.0).raise_for_status()
            except httpx2.HTTPError as error:
                raise CrmUnavailable("The sandbox does not tell its webhook key.") from error
            # As plain text, or inside JSON with its line breaks escaped.
            text = answer.text.replace("\\n", "\n")
        return signature.public_keys(text)


def from_environment(environment: Environment) -> HighLevelProvider:
    return HighLevelProvider(read(environment))


class HighLevelCrm:
    """One live HighLevel location with the capabilities HighLevel has."""

    batch_size = write.BATCH

    def __init__(self, settings: HighLevelSettings, access: AccountAccess) -> None:
        self._settings = settings
        self._access = access
        self._http = HighLevelHttp(settings.api_url, access)
        self._fields = CustomFields(self._http)
        self._contacts = Contacts(self._http)
        self._deals = Deals(self._http, access.scopes, access.currency)
        self._changes = ChangeSearch(
            self._http, self._contacts, lambda: self._activities, access.scopes
        )
        self.pace = write.pace(settings.daily_share)

    def fetch_account(self) -> AccountDetails:
        details = self._location
        return AccountDetails(
            name=text(details.get("name")) or f"Account {self._http.location_id}",
            timezone=text(details.get("timezone")) or "UTC",
            # The location's own record names none; its payments do.
            currency=self._currency() or "USD",
            record_url=self._settings.record_url.replace("{location_id}", self._http.location_id),
        )

    def fetch_is_admin(self, person_id: str) -> bool:
        """Whether the user has an admin's role, and that in this location."""
        roles = fields_of(self._http.call(endpoints.USER, user_id=person_id), "roles")
        places = roles.get("locationIds")
        is_listed = isinstance(places, list) and self._http.location_id in places
        is_here = is_listed or roles.get("type") == "agency"
        return roles.get("role") == "admin" and is_here

    def streams(self) -> tuple[Stream, ...]:
        return records.streams(self._access.scopes)

    def bounds(self, stream: Stream) -> Bounds:
        return self._records.bounds(stream)

    def halve(self, part: IdRange, cursor: str | None) -> tuple[IdRange, IdRange] | None:
        """None: HighLevel's cursors cannot be split."""
        del part, cursor
        return None

    def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        return self._records.fetch_page(stream, part, cursor)

    def fetch_contacts(self, contact_ids: Sequence[str], *, closely: bool = False) -> Page:
        return self._records.fetch_contacts(contact_ids, closely=closely)

    def fetch_notes(self, contact_ids: Sequence[str]) -> list[ActivityRow]:
        return self._activities.notes(contact_ids)

    def fetch_changes(self, watermark: str | None) -> Changes:
        return self._changes.fetch_changes(watermark)

    def count_contacts(self, created: Span | None = None) -> int:
        return self._changes.count(created)

    def list_contacts(self, created: Span) -> Sequence[str]:
        return self._changes.list_ids(created)

    def fetch_fields(self) -> Sequence[FieldDefinition]:
        return self._fields.definitions()

    def fetch_properties(self) -> Sequence[ContactProperty]:
        return [*sources.standard_properties(), *self._fields.properties()]

    def fetch_property_page(self, names: Sequence[str], cursor: str | None) -> PropertyPage:
        return self._records.values_page(names, cursor)

    def fetch_properties_of(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        return self._records.values_of(contact_ids, names)

    def provision(self, definitions: Sequence[PropertyDefinition]) -> Provisioned:
        return self._fields.provision(definitions)

    def write(self, writes: Sequence[ContactWrite]) -> Sequence[WriteOutcome]:
        return write.write(self._http, self._fields, writes, self._access.sources)

    def fetch_values(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        return write.fetch_values(self._contacts, self._fields, contact_ids, names)

    def fetch_workflows(self) -> Sequence[WorkflowChoice]:
        params = {"locationId": self._http.location_id}
        answer = self._http.call(endpoints.WORKFLOWS, params=params)
        return [
            WorkflowChoice(text(w.get("id")), text(w.get("name") or w.get("id")))
            for w in records_of(answer, "workflows")
            if w.get("status") == "published" and w.get("id")
        ]

    def fetch_hindrances(self, workflow_ids: Sequence[str]) -> Sequence[Hindrance]:
        """HighLevel tells what is published; whether a workflow lets contacts in again it tells nobody."""
        params = {"locationId": self._http.location_id}
        found = records_of(self._http.call(endpoints.WORKFLOWS, params=params), "workflows")
        status = {text(w.get("id")): text(w.get("status")) for w in found}
        names = {text(w.get("id")): text(w.get("name")) for w in found}
        if "published" not in status.values():
            return [Hindrance(Obstacle.NO_WORKFLOWS)]
        off = [i for i in workflow_ids if status.get(i) != "published"]
        return [Hindrance(Obstacle.OFF, names.get(i) or i) for i in off]

    def add_to_workflow(self, contact_id: str, workflow_id: str) -> None:
        self._http.call(
            endpoints.ADD_TO_WORKFLOW, body={}, contact_id=contact_id, workflow_id=workflow_id
        )

    def remove_from_workflow(self, contact_id: str, workflow_id: str) -> None:
        self._http.call(
            endpoints.REMOVE_FROM_WORKFLOW,
            body={},
            contact_id=contact_id,
            workflow_id=workflow_id,
        )

    def create_task(self, task: NewTask) -> str:
        return tasks.create(self._http, task)

    def find_task(self, contact_id: str, trace: str) -> str | None:
        return tasks.find(self._http, contact_id, trace)

    def fetch_done(self, tasks_of: Sequence[tuple[str, str]]) -> Mapping[str, bool]:
        return tasks.fetch_done(self._http, tasks_of)

    def fetch_team(self) -> Sequence[str]:
        return team.fetch_addresses(self._http, text(self._location.get("companyId")))

    def fetch_members(
        self, contact_ids: Sequence[str], workflow_id: str, *, now_only: bool = False
    ) -> frozenset[str]:
        return self._contacts.members(contact_ids, workflow_id, now_only=now_only)

    list_kind = "tag"
    list_batch = lists.AT_ONCE

    def find_list(self, name: str) -> str | None:
        """A tag is no record: whoever has it is in the list, whoever gave it to them."""
        del name
        return None

    def make_list(self, name: str) -> str:
        return name

    def add_to_list(self, list_id: str, contact_ids: Sequence[str]) -> frozenset[str]:
        return lists.add(self._http, list_id, contact_ids)

    def close(self) -> None:
        self._http.close()

    @cached_property
    def _location(self) -> Mapping[str, object]:
        answer = self._http.call(endpoints.LOCATION, location_id=self._http.location_id)
        return fields_of(answer, "location")

    def _currency(self) -> str | None:
        try:
            return self._deals.currency()
        except CrmForbidden:
            return None

    @cached_property
    def _records(self) -> Records:
        return Records(
            self._contacts,
            self._fields,
            self._activities,
            self._deals,
            scopes=self._access.scopes,
            now=SystemClock().now,
            every_field=self._access.every_field,
            sources=self._access.sources,
        )

    @cached_property
    def _activities(self) -> Activities:
        return Activities(self._http, self._zone, self._access.read_text)

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(text(self._location.get("timezone")) or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo("UTC")
