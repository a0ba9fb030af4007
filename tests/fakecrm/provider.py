"""The pretend CRM behind the port: a third door, written to show what adding a CRM takes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from connector.errors import (
    CrmAuthInvalid,
    CrmForbidden,
    CrmInvalid,
    CrmNotFound,
    CrmRateLimited,
    CrmUnavailable,
)
from connector.port.automation import WorkflowChoice
from connector.port.changes import Changes, Span
from connector.port.fields import PropertyDefinition
from connector.port.provider import AccountAccess, AccountDetails
from connector.port.records import Bounds, IdRange, Page, Stream
from connector.port.writing import ContactWrite, Pace, Provisioned, WriteOutcome
from core.errors import SettingsInvalid
from core.moments import from_millis, to_millis
from core.settings import Environment
from tests.fakecrm import parse
from tests.fakecrm.account import Account, FieldSpec, Missing, PersonRecord, Refused
from tests.fakecrm.oauth import FakeOAuth
from tests.fakecrm.platform import TOWNS, Platform
from tests.fakecrm.settings import FakeSettings, read
from tests.fakecrm.tokens import TokenRefused
from tests.fakecrm.webhooks import FakeWebhooks

T = TypeVar("T")
PAGE = 8
CHANGES = 40
_FORMS = {
    "text": "words", "long_text": "words", "number": "number", "flag": "yes_no",
    "choice": "pick", "date": "time", "moment": "time",
}  # fmt: skip
_KINDS = {
    Stream.MEETINGS: ("appointment",),
    Stream.MESSAGES: ("phone", "letter", "text"),
}


class FakeProvider:
    """The pretend CRM before an account is open."""

    name = "fake"
    label = "Pretend CRM"
    address = name
    names_workflows = True
    home_url = ""
    brands = ()

    def __init__(self, settings: FakeSettings, platform: Platform) -> None:
        self._settings = settings
        self._platform = platform

    def authorizer(self) -> FakeOAuth:
        return FakeOAuth(self._settings, self._platform)

    def visits(self) -> None:
        return None

    def framed_by(self) -> Sequence[str]:
        return ()

    def webhooks(self) -> FakeWebhooks:
        return FakeWebhooks(self._settings)

    def cards(self) -> None:
        return None

    def budgets(self) -> Mapping[str, tuple[int, int]]:
        return {"requests": (10_000, 1_000)}

    def open(self, access: AccountAccess) -> "FakeCrm":
        return FakeCrm(self._platform, access)


def from_environment(environment: Environment) -> FakeProvider:
    settings = read(environment)
    if settings.api_url not in TOWNS:
        raise SettingsInvalid("REKINDLE_FAKE_API_URL names no platform of this process.")
    return FakeProvider(settings, TOWNS[settings.api_url])


class FakeCrm:
    """One live account of the pretend CRM."""

    batch_size = 10
    pace = Pace(contacts_per_second=1_000.0)

    def __init__(self, platform: Platform, access: AccountAccess) -> None:
        self._platform = platform
        self._access = access

    def close(self) -> None:
        pass

    def fetch_account(self) -> AccountDetails:
        title = self._ask(lambda account: account.title)
        url = f"{self._platform.address}/{self._access.remote_account_id}/{{contact_id}}"
        return AccountDetails(title, "America/New_York", "USD", url)

    def streams(self) -> tuple[Stream, ...]:
        sales = (Stream.DEALS,) if "sales.read" in self._access.scopes else ()
        return (Stream.CONTACTS, *sales, *_KINDS)

    def bounds(self, stream: Stream) -> Bounds:
        if stream is not Stream.CONTACTS:
            return Bounds((IdRange(None, None),))
        numbers = self._ask(lambda account: sorted(account.people))
        if not numbers:
            return Bounds((IdRange(None, None),), 0)
        top = str(numbers[-1])
        return Bounds((IdRange("0", top), IdRange(top, None)), len(numbers))

    def halve(self, part: IdRange, cursor: str | None) -> tuple[IdRange, IdRange] | None:
        lower, upper = int(cursor or part.lower or 0), int(part.upper or 0)
        if upper - lower <= 2 * PAGE:
            return None
        middle = str((lower + upper) // 2)
        return IdRange(str(lower), middle), IdRange(middle, part.upper)

    def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        if stream.value in self._platform.forbidden:
            scopes = ("sales.read",) if stream is Stream.DEALS else ("people.read",)
            raise CrmForbidden(f"The {stream.value} may not be read.", scopes=scopes)
        start = int(cursor or part.lower or 0)
        if stream is Stream.CONTACTS:
            upto = None if part.upper is None else int(part.upper)
            people, more = self._ask(lambda account: account.page(start, upto, PAGE))
            following = str(people[-1].number) if more else None
            return Page(len(people), following, contacts=[parse.contact(p) for p in people])
        if stream is Stream.DEALS:
            sales = self._ask(lambda account: list(account.sales))
            sold = sales[start : start + PAGE]
            return Page(len(sold), _next(start, sales), deals=[parse.deal(s) for s in sold])
        happened = self._ask(
            lambda account: [h for h in account.happenings if h.what in _KINDS[stream]]
        )
        some = happened[start : start + PAGE]
        read_text = self._access.read_text
        rows = [row for h in some if (row := parse.activity(h, read_text)) is not None]
        return Page(len(some), _next(start, happened), activities=rows)

    def fetch_contacts(self, contact_ids: Sequence[str], *, closely: bool = False) -> Page:
        numbers = _numbers(contact_ids)
        people = self._ask(lambda account: account.find(numbers))
        may_sell = closely and Stream.DEALS.value not in self._platform.forbidden
        sales = self._ask(lambda account: list(account.sales)) if may_sell else []
        return Page(
            len(people),
            None,
            contacts=[parse.contact(p) for p in people],
            deals=[parse.deal(s) for s in sales if s.person in numbers],
        )

    def fetch_changes(self, watermark: str | None) -> Changes:
        """People by the pretend CRM's own clock, as of when it was asked; a few at a time by number."""
        told = self._ask(lambda account: account.clock())
        if watermark is None:
            return Changes(watermark=_mark(to_millis(told), 0, 0))
        since, began, after = map(int, watermark.split("."))
        began = began or to_millis(told)
        touched = from_millis(since)
        found = self._ask(lambda account: account.touched_since(touched, after))
        moved = {str(p.number): to_millis(p.touched) for p in found[:CHANGES]}
        if len(found) > CHANGES:
            following = _mark(since, began, found[CHANGES - 1].number)
            return Changes(moved=moved, watermark=following, more=True)
        return Changes(moved=moved, watermark=_mark(began, 0, 0), settled_at=began)

    def count_contacts(self, created: Span | None = None) -> int:
        return len(self._made_in(created))

    def list_contacts(self, created: Span) -> Sequence[str]:
        return [str(p.number) for p in self._made_in(created)]

    def _made_in(self, created: Span | None) -> list[PersonRecord]:
        people = self._ask(lambda account: list(account.people.values()))
        if created is None:
            return people
        return [p for p in people if created[0] <= to_millis(p.made) < created[1]]

    def provision(self, definitions: Sequence[PropertyDefinition]) -> Provisioned:
        specs = {
            d.name: FieldSpec(_FORMS[d.kind], tuple(option.value for option in d.options))
            for d in definitions
        }
        made, missing = self._ask(lambda account: account.define(specs))
        limit = "fields" if missing else None
        return Provisioned(made, missing, "No room for more fields." if missing else None, limit)

    def write(self, writes: Sequence[ContactWrite]) -> Sequence[WriteOutcome]:
        changes = [(int(w.contact_id), dict(w.values)) for w in writes]
        try:
            reasons = self._ask(lambda account: account.change(changes, datetime.now(UTC)))
        except Refused as refusal:
            raise CrmInvalid(str(refusal)) from None
        return [
            WriteOutcome(w.contact_id, succeeded=reason is None, reason=reason)
            for w, reason in zip(writes, reasons, strict=True)
        ]

    def fetch_values(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        people = self._ask(lambda account: account.find(_numbers(contact_ids)))
        return {
            str(p.number): {name: p.own[name] for name in names if name in p.own} for p in people
        }

    def fetch_workflows(self) -> Sequence[WorkflowChoice]:
        found = self._ask(lambda account: list(account.workflows.values()))
        return [WorkflowChoice(w.number, w.title) for w in found if w.live]

    def add_to_workflow(self, contact_id: str, workflow_id: str) -> None:
        try:
            self._ask(lambda account: account.enter(int(contact_id), workflow_id))
        except Missing:
            raise CrmNotFound("There is no such contact or workflow.") from None
        except Refused as refusal:
            raise CrmInvalid(str(refusal)) from None

    def fetch_members(
        self, contact_ids: Sequence[str], workflow_id: str, *, now_only: bool = False
    ) -> frozenset[str]:
        if now_only:
            return frozenset()  # its workflows are done as soon as they have begun
        entries = self._ask(lambda account: set(account.workflows[workflow_id].entries))
        return frozenset(i for i in contact_ids if int(i) in entries)

    def _ask(self, call: Callable[[Account], T]) -> T:
        """Ask with the token; a refused one is renewed once, then the account has left."""
        self._access.budget.take("requests")
        match self._platform.trouble():
            case 429:
                raise CrmRateLimited("Too many requests.", retry_after=1.0)
            case 503:
                raise CrmUnavailable("The pretend CRM is not available (503).")
        token = self._access.token()
        try:
            return call(self._platform.enter(token))
        except TokenRefused:
            renewed = self._access.renew(token)
        try:
            return call(self._platform.enter(renewed))
        except TokenRefused:
            raise CrmAuthInvalid("The account has disconnected Rekindle.") from None


def _numbers(contact_ids: Sequence[str]) -> list[int]:
    return [int(i) for i in contact_ids if i.isdigit()]


def _next(start: int, rows: Sequence[object]) -> str | None:
    return str(start + PAGE) if start + PAGE < len(rows) else None


def _mark(since: int, began: int, after: int) -> str:
    """From when on, when the pass under way began (0: none is), and the last number it told of."""
    return f"{since}.{began}.{after}"
