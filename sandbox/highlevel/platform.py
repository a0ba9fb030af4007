"""The pretend HighLevel as one thing: agencies, locations, the app registered with it."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.highlevel.answers import JSON, fault_error
from sandbox.highlevel.app import LIFECYCLE, HighLevelApp
from sandbox.highlevel.config import HighLevelLimits
from sandbox.highlevel.grants import HighLevelGrants, Install
from sandbox.highlevel.ids import Ids
from sandbox.highlevel.location import Company, Location, Profile, User
from sandbox.highlevel.webhook_requests import WebhookRequests
from sandbox.kit.answers import Json
from sandbox.kit.counters import Counters
from sandbox.kit.delivery import Delivery
from sandbox.kit.faults import Faults
from sandbox.kit.gateway import Gateway
from sandbox.kit.moments import iso
from sandbox.kit.rolling_window import RollingWindow

PREFIX = "/highlevel"


@dataclass(slots=True)
class HighLevel:
    """Everything one server holds of HighLevel; `now` is the virtual time, `wall` the real one."""

    app: HighLevelApp
    limits: HighLevelLimits
    now: Callable[[], datetime]
    seed: int
    faults: Faults
    counters: Counters
    wall: Callable[[], float] = time.time
    companies: dict[str, Company] = field(default_factory=dict)
    agency_users: dict[str, User] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    spent: dict[tuple[str, int], int] = field(default_factory=dict)  # by resource and day
    grants: HighLevelGrants = field(init=False)
    window: RollingWindow = field(init=False)
    delivery: Delivery = field(init=False)
    gateway: Gateway = field(init=False)
    ids: Ids = field(init=False)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.grants = HighLevelGrants(self.limits, self.wall)
        self.window = RollingWindow(self.wall)
        webhooks = WebhookRequests(lambda: self.app, self.limits)
        self.delivery = Delivery(webhooks, self.limits, self.wall, self.seed)
        self.gateway = Gateway(
            self.faults, self.counters, self.now, fault_error, JSON, prefix=PREFIX
        )
        self.ids = Ids(self.seed)
        self.dice = random.Random(self.seed)

    def open_location(
        self, location_id: str, company_id: str, profile: Profile, users: tuple[User, ...]
    ) -> Location:
        """A new, empty location that nobody has told the app of."""
        location = self.locations[location_id] = Location(
            id=location_id,
            company_id=company_id,
            profile=profile,
            users=users,
            now=self.now,
            limits=self.limits,
            wall=self.wall,
            seed=self.seed + len(self.locations) + 1,
            tell=lambda event, payload: self.announce(location_id, event, payload),
        )
        return location

    def of_company(self, company_id: str) -> list[Location]:
        """The locations of an agency, in the order they were opened."""
        return [row for row in self.locations.values() if row.company_id == company_id]

    def install(
        self,
        company_id: str,
        location_id: str | None,
        scopes: tuple[str, ...],
        *,
        user_id: str | None,
        future_locations: bool = False,
    ) -> Install:
        """Put the app into a location, or an agency, and send the INSTALL event."""
        company = self.companies[company_id]
        wish = Install(
            company_id,
            location_id,
            user_id or company.owner_id,
            scopes,
            self.now(),
            future_locations=future_locations,
        )
        install = self.grants.keep(wish)
        if install is wish:
            self._publish("INSTALL", self._installed(company, install, user_id))
        return install

    def _installed(self, company: Company, install: Install, user_id: str | None) -> Json:
        known: Json = {
            "installType": install.user_type,
            "locationId": install.location_id,
            "companyId": company.id,
            "userId": user_id,
            "planId": "66f0a1b2c3d4e5f601234599",
            "companyName": company.name,
            "trial": {"onTrial": False},
        }
        white_label: Json = {"isWhitelabelCompany": company.domain is not None}
        if company.domain is not None:
            logo = f"https://{company.domain}/logo.png"
            white_label["whitelabelDetails"] = {"domain": company.domain, "logoUrl": logo}
        return {name: value for name, value in known.items() if value is not None} | white_label

    def uninstall(self, company_id: str, location_id: str | None) -> list[str]:
        """Take the app out of a location, or of an agency with all its locations.

        Returns the locations and agencies it was taken out of; each is told by UNINSTALL.
        """
        targets: list[str | None] = [location_id]
        if location_id is None:
            targets = [*(row.id for row in self.of_company(company_id)), None]
        ended = []
        for target in targets:
            if self.grants.uninstall(target or company_id):
                ended.append(target or company_id)
                known = {"locationId": target} if target else {}
                self._publish("UNINSTALL", {**known, "companyId": company_id})
        return ended

    def announce(self, location_id: str, event: str, payload: Json) -> None:
        """Send an event of a location, if the app is there and may hear it."""
        install = self.grants.live(location_id)
        if install is None or not self.app.hears(event, frozenset(install.scopes)):
            return
        told: Json = {"type": event, "locationId": location_id, **payload}
        wrong = self.dice.random() < self.limits.webhook_wrong_type_rate
        if wrong and event == "AppointmentUpdate":
            told["type"] = "AppointmentCreate"  # as on the vendor's own page
        if wrong and event == "InvoicePaid":
            del told["type"], told["locationId"]  # told by altId alone, as in the vendor's example
        self._publish(event, told)

    def _publish(self, event: str, payload: Json) -> None:
        head = {"type": event} if event in LIFECYCLE else {}
        self.delivery.publish(
            {
                **head,
                **payload,
                "appId": self.app.credentials.app_id,
                "versionId": self.app.version_id,
                "timestamp": iso(datetime.fromtimestamp(self.wall(), self.now().tzinfo)),
                "webhookId": str(uuid.uuid4()),
            }
        )
