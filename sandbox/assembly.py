"""Puts one sandbox together: the clock, the pretend CRMs, their accounts and their people."""

import secrets
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sandbox.config import SandboxConfig
from sandbox.counters import Counters
from sandbox.faults import Faults
from sandbox.highlevel.app import HighLevelApp
from sandbox.highlevel.opening import NORTHGATE, Opening
from sandbox.highlevel.platform import HighLevel
from sandbox.hubspot.app import default_app
from sandbox.hubspot.automation import Automation, PortalInfo
from sandbox.hubspot.contact_export import load_contacts
from sandbox.hubspot.custom_properties import CUSTOM_PROPERTIES
from sandbox.hubspot.history import LoadReport, load_purchases
from sandbox.hubspot.platform import HubSpot
from sandbox.hubspot.population import Population
from sandbox.hubspot.portal import FREE_TIER_LACKS, Account, Owner, Portal
from sandbox.hubspot.sequences import Sender
from sandbox.sealing import SealError, seal_towns
from sandbox.stage import Stage
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
class Sandbox:
    """One running sandbox; `instance` is new with every start."""

    config: SandboxConfig
    stage: Stage
    hubspot: HubSpot
    highlevel: HighLevel
    opening: Opening
    populations: dict[int, Population] = field(default_factory=dict)
    instance: str = field(default_factory=lambda: secrets.token_hex(8))
    loaded: list[LoadReport] = field(default_factory=list)


def assemble(config: SandboxConfig) -> Sandbox:
    """A sandbox with its accounts, people or loaded history in place, and the truth sealed.

    Raises HistoryError for a file that cannot be loaded, SealError for a truth that cannot be kept.
    """
    stage = Stage.starting_at(config.as_of)
    faults, counters = Faults(), Counters()
    ahead = timedelta(seconds=config.clock_ahead_seconds)

    def now() -> datetime:
        return stage.now() + ahead

    hubspot = HubSpot(
        default_app(config.credentials),
        replace(config.limits),
        now,
        config.seed,
        faults=faults,
        counters=counters,
    )
    highlevel = HighLevel(
        HighLevelApp(config.highlevel_credentials),
        replace(config.highlevel_limits),
        now,
        config.seed,
        faults=faults,
        counters=counters,
    )
    opening = Opening(highlevel, stage.agenda, config.seed, config.nature)
    sandbox = Sandbox(config, stage, hubspot, highlevel, opening)
    from_files = config.purchases_csv is not None or config.contacts_csv is not None
    people = 0 if from_files else config.contacts
    _open_harbor(sandbox, people)
    _open_bayside(sandbox, min(SMALL, people))
    opening.open_all(config.highlevel_contacts if people else 0, config.as_of)
    _load_files(sandbox)
    _seal(sandbox)
    return sandbox


def load_purchase_lines(sandbox: Sandbox, portal_id: int, lines: Iterable[str]) -> LoadReport:
    """Load purchases into an account; rows after the virtual now appear when time reaches them.

    Raises HistoryError for a file that cannot be read at all.
    """
    timeline, stage = sandbox.populations[portal_id].timeline, sandbox.stage
    report = load_purchases(lines, timeline, stage.agenda, as_of=stage.now())
    sandbox.loaded.append(report)
    sandbox.hubspot.portals[portal_id].index.catch_up()
    return report


def load_contact_lines(sandbox: Sandbox, portal_id: int, lines: Iterable[str]) -> LoadReport:
    """Load a contact export into an account; raises HistoryError for an unreadable file."""
    timeline = sandbox.populations[portal_id].timeline
    report = load_contacts(lines, timeline, now=sandbox.stage.now())
    sandbox.loaded.append(report)
    sandbox.hubspot.portals[portal_id].index.catch_up()
    return report


def _seal(sandbox: Sandbox) -> None:
    """Seal the truth about the first account of each CRM, if the start asked for it."""
    config = sandbox.config
    if config.truth is None:
        return
    if config.truth_key is None:
        raise SealError("a truth file needs a key file beside it")
    harbor, northgate = sandbox.populations[HARBOR], sandbox.opening.populations.get(NORTHGATE)
    towns = [(harbor.world, harbor.contact_of)] if harbor.world is not None else []
    if northgate is not None:
        towns.append((northgate.world, northgate.contact_of))
    number = seal_towns(towns, config.truth, config.truth_key)
    print(f"sandbox sealed the truth about {number} contacts", file=sys.stderr)  # noqa: T201


def _load_files(sandbox: Sandbox) -> None:
    config = sandbox.config
    for path, load in (
        (config.contacts_csv, load_contact_lines),
        (config.purchases_csv, load_purchase_lines),
    ):
        if path is not None:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                report = load(sandbox, HARBOR, lines)
            print(f"sandbox loaded {path.name}: {report.json()}", file=sys.stderr)  # noqa: T201


def _open_harbor(sandbox: Sandbox, people: int) -> None:
    account = Account("Harbor Hearing Center", "harborhearing.example")
    portal = _portal(sandbox, HARBOR, account, _HARBOR_STAFF)
    _settle(sandbox, portal, people, sandbox.config.seed)


def _open_bayside(sandbox: Sandbox, people: int) -> None:
    account = Account(
        "Bayside Hearing",
        "baysidehearing.example",
        time_zone="US/Pacific",
        ui_domain="app-eu1.hubspot.com",
        hosting="eu1",
    )
    portal = _portal(sandbox, BAYSIDE, account, _BAYSIDE_STAFF, FREE_TIER_LACKS)
    _settle(sandbox, portal, people, sandbox.config.seed + 1)


def _portal(
    sandbox: Sandbox,
    portal_id: int,
    account: Account,
    staff: tuple[Owner, ...],
    tier_lacks: frozenset[str] = frozenset(),
) -> Portal:
    hubspot = sandbox.hubspot
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


def _settle(sandbox: Sandbox, portal: Portal, people: int, seed: int) -> None:
    config, stage = sandbox.config, sandbox.stage
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
        )
        world = World(tenant)
    owners = [owner.id for owner in portal.owners]
    population = Population(
        portal.records,
        stage.agenda,
        world,
        owners=owners,
        conversations=portal.conversations,
    )
    sandbox.populations[portal.id] = population
    if world is not None:
        population.settle()
    portal.index.catch_up()
    if "automation" not in portal.tier_lacks:
        portal.engines = Automation(
            portal.records, stage.agenda, population, _info(portal), now=stage.now
        )
    sandbox.hubspot.announce_changes(portal)


def _info(portal: Portal) -> PortalInfo:
    senders = tuple(
        Sender(owner.user_id, owner.id, owner.email, seat=owner.seat) for owner in portal.owners
    )
    return PortalInfo(portal.account.time_zone, senders)
