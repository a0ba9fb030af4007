"""The accounts that a sandbox's HubSpot opens with, and the files that may be loaded into them."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.conduct import Built
from sandbox.config import StartError
from sandbox.hubspot.action_requests import ActionRequests
from sandbox.hubspot.actions import Actions, CustomAction
from sandbox.hubspot.automation import Automation, PortalInfo
from sandbox.hubspot.config import HubSpotOptions
from sandbox.hubspot.contact_files import load_contacts, property_maker
from sandbox.hubspot.custom_properties import CUSTOM_PROPERTIES
from sandbox.hubspot.platform import HubSpot
from sandbox.hubspot.population import Population
from sandbox.hubspot.portal import FREE_TIER_LACKS, Account, Owner, Portal
from sandbox.hubspot.purchase_files import load_purchases
from sandbox.hubspot.sequences import Sender
from sandbox.hubspot.staff import Staff
from sandbox.kit.crm import Environment
from sandbox.kit.files import HistoryError, LoadReport, text_lines
from sandbox.world.tenant import hearing_care
from sandbox.world.world import World

HARBOR, BAYSIDE = 48_210_011, 48_210_377
SMALL = 60  # people in the second account, which is there to be told apart from the first

_HARBOR_STAFF = (
    Owner("71201", 5_100_201, "dana.reyes@harborhearing.example", "Dana", "Reyes"),
    Owner("71202", 5_100_202, "miles.porter@harborhearing.example", "Miles", "Porter"),
    Owner("71203", 5_100_203, "ines.falk@harborhearing.example", "Ines", "Falk", seat=False),
)
_BAYSIDE_STAFF = (
    Owner("88401", 6_200_401, "toni.adler@baysidehearing.example", "Toni", "Adler", seat=False),
)


@dataclass(slots=True)
class Accounts:
    """The portals of one sandbox's HubSpot, who lives in them, and what was loaded into them."""

    hubspot: HubSpot
    environment: Environment
    populations: dict[int, Population] = field(default_factory=dict)
    loaded: list[LoadReport] = field(default_factory=list)

    def open_all(self) -> None:
        """Open both portals with their people, or with what the start asked to load.

        Raises StartError for a file that cannot be loaded.
        """
        people, seed = self.environment.config.people, self.environment.config.seed
        harbor = Account("Harbor Hearing Center", "harborhearing.example")
        lacks = (
            FREE_TIER_LACKS if self.environment.config.conduct.built is Built.NONE else frozenset()
        )
        self._settle(self._open(HARBOR, harbor, _HARBOR_STAFF, lacks), people, seed)
        bayside = Account(
            "Bayside Hearing",
            "baysidehearing.example",
            time_zone="US/Pacific",
            ui_domain="app-eu1.hubspot.com",
            hosting="eu1",
        )
        is_free = self.environment.config.options_of(HubSpotOptions).second_is_free
        lacks = FREE_TIER_LACKS if is_free else frozenset()
        second = self._open(BAYSIDE, bayside, _BAYSIDE_STAFF, lacks)
        self._settle(second, min(SMALL, people), seed + 1)
        self._load_files()

    def load_purchases(self, portal_id: int, lines: Iterable[str]) -> LoadReport:
        """Load purchases; rows after the virtual now appear when time reaches them.

        Raises HistoryError for a file that cannot be read at all.
        """
        timeline, time = self.populations[portal_id].timeline, self.environment.time
        report = load_purchases(lines, timeline, time.agenda, as_of=time.now())
        return self._loaded(portal_id, report)

    def load_contacts(self, portal_id: int, lines: Iterable[str]) -> LoadReport:
        """Load contacts, with a property of the portal's own for each column that HubSpot has none for.

        Raises HistoryError for an unreadable file.
        """
        timeline, now = self.populations[portal_id].timeline, self.environment.time.now()
        make = property_maker(self.hubspot.portals[portal_id].definitions.register, now)
        return self._loaded(portal_id, load_contacts(lines, timeline, now=now, make=make))

    def _loaded(self, portal_id: int, report: LoadReport) -> LoadReport:
        self.loaded.append(report)
        self.hubspot.portals[portal_id].index.catch_up()
        return report

    def _load_files(self) -> None:
        config = self.environment.config
        for path, load in (
            (config.contacts_csv, self.load_contacts),
            (config.purchases_csv, self.load_purchases),
        ):
            if path is not None:
                try:
                    report = load(HARBOR, text_lines(path.read_bytes()))
                except HistoryError as error:
                    raise StartError(f"{path.name} cannot be loaded: {error}") from error
                print(f"sandbox loaded {path.name}: {report.json()}", file=sys.stderr)  # noqa: T201

    def _open(
        self,
        portal_id: int,
        account: Account,
        staff: tuple[Owner, ...],
        tier_lacks: frozenset[str] = frozenset(),
    ) -> Portal:
        hubspot = self.hubspot
        portal = Portal(
            id=portal_id,
            account=account,
            owners=staff,
            now=hubspot.now,
            limits=hubspot.limits,
            wall=hubspot.wall,
            seed=hubspot.seed + portal_id,
            tier_lacks=tier_lacks,
        )
        for kind, definition in CUSTOM_PROPERTIES:
            portal.definitions.register(kind, definition)
        hubspot.portals[portal_id] = portal
        return portal

    def _settle(self, portal: Portal, people: int, seed: int) -> None:
        """Let people live in the portal from now on, and its workflows run."""
        config, time = self.environment.config, self.environment.time
        world = None
        if people:
            nature = config.nature
            tenant = hearing_care(
                seed=seed,
                contacts=people,
                as_of=config.as_of,
                weeks=nature.weeks,
                family=nature.family,
                null=nature.null,
                language=nature.language,
            )
            world = World(tenant)
        owners = [owner.id for owner in portal.owners]
        population = Population(
            portal.records,
            time.agenda,
            world,
            owners=owners,
            conversations=portal.conversations,
        )
        self.populations[portal.id] = population
        if world is not None:
            population.settle()
        portal.lists.follow()
        portal.index.catch_up()
        if "automation" not in portal.tier_lacks:
            portal.actions = self._actions(portal)
            portal.engines = Automation(
                portal.records,
                time.agenda,
                population,
                _info(portal),
                now=time.now,
                actions=portal.actions,
                built=config.conduct.built,
            )
        Staff(portal.records, time.agenda, config.conduct)
        self.hubspot.announce_changes(portal)

    def _actions(self, portal: Portal) -> Actions:
        time, hubspot = self.environment.time, self.hubspot

        def find(uid: str) -> CustomAction | None:
            return hubspot.app.action(uid)  # an upload puts another app in the place of this one

        return Actions(
            portal.id,
            find,
            ActionRequests(lambda: hubspot.app, hubspot.limits).post,
            lambda wait, act: time.agenda.schedule(time.now() + wait, act),
        )


def _info(portal: Portal) -> PortalInfo:
    senders = tuple(
        Sender(owner.user_id, owner.id, owner.email, seat=owner.seat) for owner in portal.owners
    )
    return PortalInfo(portal.account.time_zone, senders)
