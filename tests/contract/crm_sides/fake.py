"""The fake CRM's side."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from connector.port.records import Stream
from core.clock import FixedClock
from manifest.promise import Promise
from tests.contract.crm_side import BadValue, Post
from tests.fakecrm.platform import AGENCY, TODAY, TOWNS, Platform
from tests.fakecrm.settings import sandbox_variables


class FakeSide:
    provider = "fake"
    account = "alone"
    agency = AGENCY
    agency_accounts = ("east", "north", "south")
    public_url = "http://localhost:8321"
    token_lifetime = 1_800.0
    tells_uninstalls = True
    bad_value = BadValue("rekindle_dormancy_score", "seven")
    missing_id = "999999"

    def __init__(self) -> None:
        self._platform = Platform()
        self.renew()

    def renew(self) -> None:
        self.close()
        self._platform = Platform()
        self._taken = 0
        self.variables = sandbox_variables(self._platform.address)
        self.clock = FixedClock(TODAY)

    def close(self) -> None:
        TOWNS.pop(self._platform.address)

    def register(self, promise: Promise) -> None:
        """The pretend platform asks for nothing but the client id."""

    def consent(self, address: str, decision: str = "grant") -> str:
        return self._platform.decide(address, decision, holder=self.account)

    def consent_agency(self, address: str) -> str:
        return self._platform.decide(address, "grant", holder=AGENCY)

    def contact_ids(self, account: str) -> set[str]:
        return {str(number) for number in self._platform.accounts[account].people}

    def count(self, account: str, stream: Stream) -> int | None:
        room = self._platform.accounts[account]
        match stream:
            case Stream.CONTACTS:
                return len(room.people)
            case Stream.DEALS:
                return len(room.sales)
            case Stream.MEETINGS:
                return sum(h.what == "appointment" for h in room.happenings)
            case _:
                return sum(h.what != "appointment" for h in room.happenings)

    def texts(self, account: str) -> list[str]:
        return [h.words for h in self._platform.accounts[account].happenings if h.words]

    def add_contact(self, account: str) -> str:
        number = self._platform.accounts[account].add("New", datetime.now(UTC))
        self._platform.tell_of_person(account, "person_added", number)
        return str(number)

    def change_email(self, account: str, contact_id: str, email: str) -> None:
        self._platform.accounts[account].readdress(int(contact_id), email, datetime.now(UTC))
        self._platform.tell_of_person(account, "person_edited", int(contact_id))

    def delete_contact(self, account: str, contact_id: str) -> None:
        self._platform.accounts[account].remove(int(contact_id))
        self._platform.tell_of_person(account, "person_removed", int(contact_id))

    def values(self, account: str, contact_id: str) -> Mapping[str, str]:
        return dict(self._platform.accounts[account].people[int(contact_id)].own)

    def count_writes(self, account: str) -> Mapping[str, int]:
        return {str(n): count for n, count in self._platform.accounts[account].writes.items()}

    def count_entries(self, account: str) -> Mapping[str, int]:
        workflows = self._platform.accounts[account].workflows.values()
        return {str(n): count for w in workflows for n, count in w.entries.items()}

    def advance(self, until: datetime) -> None:
        self.clock.advance(until - self.clock.now())

    def posts(self) -> Sequence[Post]:
        new = self._platform.notices[self._taken :]
        self._taken += len(new)
        return [Post("/webhooks/fake", notice.headers, notice.body) for notice in new]

    def bulk_only(self, account: str) -> set[str]:
        sent = [h for h in self._platform.accounts[account].happenings if h.by != "customer"]
        by_hand = {h.person for h in sent if h.by == "staff"}
        return {str(h.person) for h in sent if h.person not in by_hand}

    def stumble(self, status: int, times: int) -> None:
        self._platform.troubles += [status] * times

    def forbid(self, stream: Stream) -> None:
        self._platform.forbidden.add(stream.value)

    def allow_properties(self, more: int) -> None:
        room = self._platform.accounts[self.account]
        room.most_fields = len(room.fields) + more

    def odd_posts(self, account: str, contact_id: str) -> Sequence[Post]:
        event = {"id": "1", "event": "person_edited", "account": account, "person": contact_id}
        at = int(datetime.now(UTC).timestamp() * 1000)
        self._platform.tell(None, {**event, "at": "soon"}, {**event, "at": at})
        return self.posts()

    def tell_uninstall(self, account: str, *, at: datetime, ours: bool = True) -> Sequence[Post]:
        if ours:  # it signs with our own secret, so that another app's notices do not even reach us
            event = {"id": f"{account}{at}", "event": "removed", "account": account, "person": ""}
            self._platform.tell({**event, "at": int(at.timestamp() * 1000)})
        return self.posts()

    def expire(self, account: str) -> None:
        self._platform.tokens.expire(account)

    def count_refreshes(self) -> int:
        return self._platform.tokens.refreshed

    def end_grace(self) -> None:
        self._platform.tokens.grace = -self._platform.tokens.grace

    def uninstall(self, account: str) -> None:
        self._platform.uninstall(account)

    def uninstall_agency(self) -> None:
        self._platform.uninstall(AGENCY)

    def add_account(self) -> str:
        self._platform.add_account("west", agency=AGENCY)
        return "west"

    def add_accounts(self, count: int) -> list[str]:
        names = [f"business-{number}" for number in range(count)]
        for name in names:
            self._platform.add_account(name, agency=AGENCY)
        return names


@contextmanager
def open_side() -> Iterator[FakeSide]:
    crm_side = FakeSide()
    yield crm_side
    crm_side.close()
