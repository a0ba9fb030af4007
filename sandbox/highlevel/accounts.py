"""The agency, its locations and the stand-alone one that a sandbox's HighLevel opens with, and later ones."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sandbox.config import StartError
from sandbox.highlevel.automation import Automation
from sandbox.highlevel.contact_files import load_contacts
from sandbox.highlevel.journal import Journal
from sandbox.highlevel.location import Company, Location, Profile, User
from sandbox.highlevel.platform import HighLevel
from sandbox.highlevel.population import Population, make_staff_fields
from sandbox.highlevel.staff import Staff
from sandbox.kit.crm import Environment
from sandbox.kit.files import HistoryError, LoadReport, text_lines
from sandbox.world.verticals import DENTAL, HOME_SERVICES, MED_SPA, WELLNESS, Vertical, business
from sandbox.world.world import World

AGENCY = "LhAgencyCo4pT9xQ2mZ7"
STAND_ALONE = "HvCompany7kN3sB5wR1c"
NORTHGATE = "NgDental8cV2kQ5tY1aB"
SOLSTICE = "SoMedSpa3fR7nW9uE6hJ"
PIONEER = "PiHomeSv5gT4bM8xL2pD"
HARBORVIEW = "HvWellns1qZ6jC0sK9vF"


@dataclass(frozen=True, slots=True)
class Plan:
    """A location to open; `share` is its size beside the first one."""

    id: str
    company_id: str
    vertical: Vertical
    profile: Profile
    share: float


PLANS = (
    Plan(
        NORTHGATE,
        AGENCY,
        DENTAL,
        Profile(
            "Northgate Dental",
            "Madison",
            "WI",
            "53703",
            "America/Chicago",
            "desk@northgatedental.example",
            "+16085550100",
        ),
        1.0,
    ),
    Plan(
        SOLSTICE,
        AGENCY,
        MED_SPA,
        Profile(
            "Solstice Med Spa",
            "San Diego",
            "CA",
            "92101",
            "America/Los_Angeles",
            "hello@solsticemedspa.example",
            "+16195550101",
        ),
        0.4,
    ),
    Plan(
        PIONEER,
        AGENCY,
        HOME_SERVICES,
        Profile(
            "Pioneer Home Services",
            "Portland",
            "ME",
            "04101",
            "America/New_York",
            "office@pioneerhome.example",
            "+12075550102",
        ),
        80 / 300,
    ),
    Plan(
        HARBORVIEW,
        STAND_ALONE,
        WELLNESS,
        Profile(
            "Harborview Wellness",
            "Portland",
            "ME",
            "04101",
            "America/New_York",
            "care@harborviewwellness.example",
            "+12075550103",
        ),
        0.2,
    ),
)
_STAFF = (("Robin", "Hale"), ("Casey", "Nolan"))


class Accounts:
    """The agencies and locations of one sandbox's HighLevel, and who lives in them."""

    def __init__(self, highlevel: HighLevel, environment: Environment) -> None:
        self.highlevel = highlevel
        self.environment = environment
        self.populations: dict[str, Population] = {}
        self.loaded: list[LoadReport] = []

    @property
    def language(self) -> str:
        """What the people of all locations write in."""
        return self.environment.config.nature.language

    def open_all(self, contacts: int) -> None:
        """The default companies and locations, with what the start asked to load; `contacts` is the first one's size.

        Raises StartError for a file that cannot be loaded.
        """
        as_of = self.environment.config.as_of
        owner = User(
            "LhOwner5dJ8yH2gK6eS4", AGENCY, "Lee", "Hart", "lee@lighthouse.example", "admin"
        )
        companies, agency_users = self.highlevel.companies, self.highlevel.agency_users
        agency_users[owner.id] = owner
        companies[AGENCY] = Company(
            AGENCY,
            "Lighthouse Agency",
            owner.id,
            "hello@lighthouse.example",
            domain="crm.lighthouse.example",
        )
        for plan in PLANS:
            size = round(contacts * plan.share)
            location = self.open(plan, size, as_of)
            if plan.company_id not in companies:
                name, user = plan.profile.name, location.users[0]
                companies[plan.company_id] = Company(plan.company_id, name, user.id, user.email)
        self._load_file()

    def load_contacts(self, location_id: str, lines: Iterable[str]) -> LoadReport:
        """Load contacts, with a custom field for each column that the vendor has no place for.

        Raises HistoryError for an unreadable file.
        """
        location = self.highlevel.locations[location_id]
        report = load_contacts(lines, location, now=self.environment.time.now())
        self.loaded.append(report)
        return report

    def _load_file(self) -> None:
        path = self.environment.config.contacts_csv
        if path is None:
            return
        try:
            report = self.load_contacts(NORTHGATE, text_lines(path.read_bytes()))
        except HistoryError as error:
            raise StartError(f"{path.name} cannot be loaded: {error}") from error
        print(f"sandbox loaded {path.name}: {report.json()}", file=sys.stderr)  # noqa: T201

    def open(self, plan: Plan, contacts: int, as_of: datetime) -> Location:
        """One location with people; nobody is told of it."""
        users = tuple(_user(plan, number) for number in range(len(_STAFF)))
        location = self.highlevel.open_location(plan.id, plan.company_id, plan.profile, users)
        agenda, conduct = self.environment.time.agenda, self.environment.config.conduct
        Staff(location, agenda, conduct)
        if not contacts:
            make_staff_fields(location, plan.vertical)
            location.engine = Automation(Journal(location), agenda, None, conduct.built)
            return location
        tenant = business(
            plan.vertical,
            name=plan.profile.name,
            seed=self.environment.config.seed + 100 + len(self.highlevel.locations),
            contacts=contacts,
            as_of=as_of,
            zone=plan.profile.zone,
            nature=self.environment.config.nature,
        )
        population = Population(location, agenda, World(tenant), plan.vertical)
        self.populations[location.id] = population
        population.settle()
        location.engine = Automation(population.journal, agenda, population, conduct.built)
        return location

    def add(self, company_id: str, name: str, contacts: int) -> Location:
        """A later location of an agency; the app is there at once if the agency wished so."""
        profile = Profile(
            name, "Portland", "ME", "04101", "America/New_York", "desk@new.example", "+12075550199"
        )
        plan = Plan(self.highlevel.ids.draw(), company_id, WELLNESS, profile, 1.0)
        location = self.open(plan, contacts, self.highlevel.now())
        agency = self.highlevel.grants.live(company_id)
        if agency is not None and agency.future_locations:
            self.highlevel.install(company_id, location.id, agency.scopes, user_id=None)
        return location


def _user(plan: Plan, number: int) -> User:
    first, last = _STAFF[number]
    domain = plan.profile.email.partition("@")[2]
    return User(
        id=f"{plan.id[:16]}usr{number}",
        company_id=plan.company_id,
        first_name=first,
        last_name=last,
        email=f"{first.lower()}@{domain}",
        role="admin" if number == 0 else "user",
        location_ids=(plan.id,),
    )
