"""What a sandbox asks of every pretend CRM, and what it gives to each."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.config import SandboxConfig
from sandbox.kit.answers import Json
from sandbox.kit.counters import Counters
from sandbox.kit.delivery import Delivery
from sandbox.kit.face.showing import Happening
from sandbox.kit.faults import Faults
from sandbox.sealing import KnownPeople
from sandbox.virtual_time import VirtualTime
from sandbox.world.brought import Brought

Starts = Counter[tuple[str, str]]  # by programme and contact


@dataclass(frozen=True, slots=True)
class Environment:
    """What all pretend CRMs of one sandbox share."""

    config: SandboxConfig
    time: VirtualTime
    faults: Faults
    counters: Counters

    def now(self) -> datetime:
        """The time by a CRM's own clock."""
        return self.time.now() + timedelta(seconds=self.config.clock_ahead_seconds)


@dataclass(frozen=True, slots=True)
class RecordCount:
    """How many records of a kind an account holds, and the address at which one can look at them."""

    kind: str
    number: int
    address: str | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account as the sandbox's own page shows it."""

    id: str
    name: str
    installed: bool
    records: Sequence[RecordCount]
    home: str | None = None  # where one works in it as its people do


class PretendCrm(ABC):
    """One pretend CRM of a running sandbox."""

    name: str
    title: str  # the vendor's name as people write it
    prefix: str  # what its paths begin with; at most one CRM has none
    delivery: Delivery
    controlled: object  # what its control routes work on: they find it by its type

    @abstractmethod
    def open_accounts(self) -> None:
        """Open the accounts a sandbox begins with, with their people."""

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """Everything the vendor serves: consent page, token endpoints, API."""

    @abstractmethod
    def refuse(self, request: Request, status: int, detail: str) -> Response:
        """The vendor's answer to a path that it does not have, or that takes other methods."""

    @abstractmethod
    def accounts(self) -> Sequence[AccountView]:
        """The accounts as they are now."""

    def control_routers(self) -> Sequence[APIRouter]:
        """Controls of this CRM alone, with paths under /control."""
        return ()

    def happenings(self, since: datetime) -> Sequence[Happening]:
        """What happened to contacts after a moment, oldest first in each account."""
        del since
        return ()

    def state(self) -> Json:
        """What `GET /control/state` tells of this CRM."""
        accounts = [asdict(account) for account in self.accounts()]
        return {self.name: {"accounts": accounts, "webhooks": self.webhooks()}}

    def loaded(self) -> Sequence[Json]:
        """What became of the files that were loaded into its accounts."""
        return ()

    def webhooks(self) -> Json:
        """Where webhooks go and what became of them."""
        delivery = self.delivery
        told: Json = {"target": delivery.target(), "pending": delivery.pending()}
        return told | asdict(delivery.tally)

    def counted(self) -> Json:
        """What `GET /control/counters` tells of this CRM besides requests, writes and starts."""
        return {f"{self.name}_webhooks": asdict(self.delivery.tally)}

    def starts(self) -> Mapping[str, Starts]:
        """By account: how often each contact was to enter each workflow or sequence."""
        return {}

    def workflow_enrollments(self) -> Mapping[str, Mapping[str, int]]:
        """By account: how often each of its workflows was entered."""
        return {}

    def brought(self) -> Mapping[str, Brought]:
        """By account with people who behave: what touches have brought them to do."""
        return {}

    def known_people(self) -> Sequence[KnownPeople]:
        """The people of its first account, of whom a sealed truth is to tell."""
        return ()
