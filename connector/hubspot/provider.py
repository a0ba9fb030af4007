"""HubSpot as the registry sees it: what can be done before an account is open, and the open account."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.errors import CrmError, CrmNotFound, CrmUnexpected
from connector.hubspot import fields, flows, http, lists, paths, ranges, records, tasks, write
from connector.hubspot.answers import properties
from connector.hubspot.changes import ChangeSearch
from connector.hubspot.consent import labels_of
from connector.hubspot.http import HubSpotHttp
from connector.hubspot.mapping import CANDIDATES, choose, wanted
from connector.hubspot.oauth import HubSpotOAuth
from connector.hubspot.records import Records
from connector.hubspot.sequences import Sequences
from connector.hubspot.settings import HubSpotSettings, read
from connector.hubspot.webhooks import HubSpotWebhooks
from connector.port.automation import Hindrance
from connector.port.changes import Changes, Span
from connector.port.fields import (
    ContactProperty,
    FieldDefinition,
    FieldValue,
    PropertyDefinition,
    PropertyPage,
)
from connector.port.provider import AccountAccess, AccountDetails
from connector.port.records import Bounds, IdRange, Page, Stream
from connector.port.sequences import Sender, SequenceChoice, Stay
from connector.port.tasks import NewTask
from connector.port.writing import ContactWrite, Pace, Provisioned, WriteOutcome
from core.settings import Environment

if TYPE_CHECKING:
    from connector.hubspot.control import Control


# HubSpot's own client is large: loaded where it is used, or before anybody waits for it.
LATER = ("connector.hubspot.control",)


class HubSpotProvider:
    """HubSpot before an account is open."""

    name = "hubspot"
    label = "HubSpot"
    address = name
    names_workflows = False
    home_url = ""
    brands = ()

    def __init__(self, settings: HubSpotSettings) -> None:
        self._settings = settings

    def authorizer(self) -> HubSpotOAuth:
        return HubSpotOAuth(self._settings)

    def webhooks(self) -> HubSpotWebhooks:
        return HubSpotWebhooks(self._settings)

    def cards(self) -> HubSpotWebhooks:
        return HubSpotWebhooks(self._settings)

    def visits(self) -> HubSpotWebhooks:
        return HubSpotWebhooks(self._settings)

    def framed_by(self) -> Sequence[str]:
        return (self._settings.app_url, "https://*.hubspot.com")

    def budgets(self) -> Mapping[str, tuple[int, int]]:
        return http.BUDGETS

    def open(self, access: AccountAccess) -> "HubSpotCrm":
        return HubSpotCrm(self._settings, access)


def from_environment(environment: Environment) -> HubSpotProvider:
    return HubSpotProvider(read(environment))


class HubSpotCrm:
    """One live HubSpot account with the capabilities HubSpot has."""

    batch_size = write.BATCH
    # 110 requests in 10 s, a hundred contacts each; every value is read back once.
    pace = Pace(contacts_per_second=500.0)

    def __init__(self, settings: HubSpotSettings, access: AccountAccess) -> None:
        self._settings = settings
        self._access = access
        self._http = HubSpotHttp(settings.api_url, access)
        self._sequences = Sequences(self._http, access.scopes)
        self._opened: Records | None = None
        self._changes = ChangeSearch(
            self._http, self.streams(), self._property_names, access.read_text
        )

    def fetch_account(self) -> AccountDetails:
        details = self._http.get(paths.ACCOUNT)
        if not isinstance(details, dict):
            raise CrmUnexpected("HubSpot's answer about the account is not an object.")
        portal = self._access.remote_account_id
        said = properties({"properties": details})
        home = self._settings.people_work_at(said.get("uiDomain") or "")
        return AccountDetails(
            name=said.get("companyName") or self._domain() or f"Account {portal}",
            timezone=said.get("timeZone") or "UTC",
            currency=said.get("companyCurrency") or "USD",
            record_url=f"{home}/contacts/{portal}/record/0-1/{{contact_id}}",
        )

    def _domain(self) -> str:
        """The customer's own website: HubSpot tells no name, and what is written to people goes out under this one."""
        try:
            return HubSpotOAuth(self._settings).fetch_domain(self._access.token())
        except CrmError:
            return ""

    def streams(self) -> tuple[Stream, ...]:
        return records.streams(self._access.scopes, texts=self._access.read_text is not None)

    def bounds(self, stream: Stream) -> Bounds:
        return self._records().bounds(stream)

    def halve(self, part: IdRange, cursor: str | None) -> tuple[IdRange, IdRange] | None:
        return ranges.halve(part, cursor)

    def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        return self._records().fetch_page(stream, part, cursor)

    def fetch_contacts(self, contact_ids: Sequence[str], *, closely: bool = False) -> Page:
        return self._records().fetch_contacts(contact_ids, closely=closely)

    def fetch_written(self, conversation_ids: Sequence[str], *, since: int) -> Page:
        return self._records().fetch_written(conversation_ids, since=since)

    def fetch_changes(self, watermark: str | None) -> Changes:
        return self._changes.fetch_changes(watermark)

    def count_contacts(self, created: Span | None = None) -> int:
        return self._changes.count(created)

    def list_contacts(self, created: Span) -> Sequence[str]:
        return self._changes.list_ids(created)

    def fetch_fields(self) -> Sequence[FieldDefinition]:
        control = self._control()
        try:
            return fields.definitions(control.properties())
        finally:
            control.close()

    def fetch_field_history(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Sequence[FieldValue]:
        return fields.history(self._http, contact_ids, names)

    def fetch_properties(self) -> Sequence[ContactProperty]:
        control = self._control()
        try:
            return fields.properties(control.properties())
        finally:
            control.close()

    def fetch_property_page(self, names: Sequence[str], cursor: str | None) -> PropertyPage:
        return Records(self._http, {}, names).values_page(cursor)

    def fetch_properties_of(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        # They are known to exist: the account's properties need not be listed first.
        return _values(Records(self._http, {}, names).batch_read(contact_ids, names), names)

    def provision(self, definitions: Sequence[PropertyDefinition]) -> Provisioned:
        control = self._control()
        try:
            return control.provision(definitions)
        finally:
            control.close()

    def write(self, writes: Sequence[ContactWrite]) -> Sequence[WriteOutcome]:
        return write.write(self._http, writes)

    def fetch_values(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        return _values(self._records().batch_read(contact_ids, names), names)

    def fetch_hindrances(self, workflow_ids: Sequence[str]) -> Sequence[Hindrance]:
        """`workflow_ids` say nothing here: a property is the trigger."""
        del workflow_ids
        return flows.hindrances(self._http, self._access.scopes)

    def fetch_senders(self) -> Sequence[Sender]:
        return [*self._sequences.senders().values()]

    def fetch_sequences(self, sender_id: str) -> Sequence[SequenceChoice]:
        return self._sequences.choices(sender_id)

    def fetch_sequence_hindrances(self, bound: Sequence[tuple[str, str]]) -> Sequence[Hindrance]:
        return self._sequences.hindrances(bound)

    def enroll(self, contact_id: str, sequence_id: str, sender_id: str) -> None:
        self._sequences.enroll(contact_id, sequence_id, sender_id)

    def fetch_stays(
        self, contact_ids: Sequence[str], *, closely: bool = False
    ) -> Mapping[str, Stay]:
        return self._sequences.stays(contact_ids, closely=closely)

    def trigger_values(self, *, playbook: str, at: datetime) -> Mapping[str, str]:
        # Only a changed moment re-enrols, so the moment is the trigger and the playbook its argument.
        return {
            "rekindle_playbook": playbook,
            "rekindle_trigger_at": at.strftime("%Y-%m-%dT%H:%M:%S.")
            + f"{at.microsecond // 1000:03d}Z",
        }

    def create_task(self, task: NewTask) -> str:
        return tasks.create(self._http, task)

    def find_task(self, contact_id: str, trace: str) -> str | None:
        return tasks.find(self._http, contact_id, trace)

    def fetch_done(self, tasks_of: Sequence[tuple[str, str]]) -> Mapping[str, bool]:
        return tasks.fetch_done(self._http, tasks_of)

    def fetch_team(self) -> Sequence[str]:
        """Owners are the users who can have records; HubSpot lists no others by this permission."""
        found = self._http.pages(paths.OWNERS, {})
        return [owner["email"] for owner in found if isinstance(owner.get("email"), str)]

    list_kind = "list"
    list_batch = lists.AT_ONCE

    def find_list(self, name: str) -> str | None:
        return lists.find(self._http, name)

    def make_list(self, name: str) -> str:
        return lists.make(self._http, name)

    def add_to_list(self, list_id: str, contact_ids: Sequence[str]) -> frozenset[str]:
        return lists.add(self._http, list_id, contact_ids)

    def close(self) -> None:
        self._http.close()

    def _control(self) -> "Control":
        from connector.hubspot.control import Control  # noqa: PLC0415

        return Control(self._settings.api_url, self._access, self._http)

    def _records(self) -> Records:
        # The account's own properties are read once for each time it is opened.
        if self._opened is None:
            definitions = self._definitions()
            names = [str(one["name"]) for one in definitions]
            settled, sources = self._access.chosen, self._access.sources
            asked = names if self._access.every_field else wanted(names, settled, sources)
            mapping = choose(names, settled, sources)
            self._opened = Records(
                self._http,
                mapping,
                asked,
                scopes=self._access.scopes,
                read_text=self._access.read_text,
                kept={name for fed in sources.values() for name in fed},
                labels=labels_of(definitions, mapping),
            )
        return self._opened

    def _property_names(self) -> Sequence[str]:
        return [str(one["name"]) for one in self._definitions()]

    def _definitions(self) -> Sequence[Mapping[str, Any]]:
        control = self._control()
        try:
            return control.properties()
        except CrmNotFound:
            # A server that speaks only the records part of the API: the standard names must do.
            return [{"name": name} for names in CANDIDATES.values() for name in names]
        finally:
            control.close()


def _values(
    found: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """Contact id → the values that it has of these properties."""
    return {
        r["id"]: {name: value for name in names if (value := properties(r).get(name))}
        for r in found
    }
