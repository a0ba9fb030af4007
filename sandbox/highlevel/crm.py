"""The pretend HighLevel as a sandbox knows it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.highlevel import api
from sandbox.highlevel.accounts import NORTHGATE, Accounts
from sandbox.highlevel.answers import answer, error_body
from sandbox.highlevel.app import HighLevelApp
from sandbox.highlevel.command_line import add_arguments, read_options
from sandbox.highlevel.config import HighLevelOptions
from sandbox.highlevel.control import happenings, people, records, routes, workflows
from sandbox.highlevel.face import routes as face
from sandbox.highlevel.face.reading import home, read_happenings
from sandbox.highlevel.location import Location
from sandbox.highlevel.platform import PREFIX, HighLevel
from sandbox.kit.answers import Json
from sandbox.kit.crm import AccountView, Environment, PretendCrm, RecordCount, Starts
from sandbox.kit.face.showing import Happening
from sandbox.sealing import KnownPeople
from sandbox.world.brought import Brought

__all__ = ["add_arguments", "open_crm", "read_options"]  # what the registry asks for


class HighLevelCrm(PretendCrm):
    """Serves its paths under /highlevel, and its controls under /control/highlevel."""

    name = "highlevel"
    title = "HighLevel"
    prefix = PREFIX
    controlled: Accounts

    def __init__(self, environment: Environment) -> None:
        options = environment.config.options_of(HighLevelOptions)
        self.highlevel = HighLevel(
            HighLevelApp(options.credentials),
            replace(options.limits),
            environment.now,
            environment.config.seed,
            faults=environment.faults,
            counters=environment.counters,
        )
        self.delivery = self.highlevel.delivery
        self.controlled = Accounts(self.highlevel, environment)
        self._people = options.contacts if environment.config.people else 0

    def open_accounts(self) -> None:
        self.controlled.open_all(self._people)

    def routes(self) -> list[Route]:
        return api.routes(self.highlevel)

    def control_routers(self) -> list[APIRouter]:
        own = (routes, workflows, records, happenings, people, face)
        return [part.router for part in own]

    def refuse(self, request: Request, status: int, detail: str) -> Response:  # noqa: ARG002
        told = f"Cannot {request.method} {request.url.path.removeprefix(PREFIX)}"
        return answer(error_body(status, told), status)

    def accounts(self) -> list[AccountView]:
        views = []
        for location in self._locations():
            rows = [
                RecordCount(kind, number, _address(location, kind))
                for kind, number in location.counts().items()
            ]
            installed = self.highlevel.grants.live(location.id) is not None
            view = AccountView(location.id, location.profile.name, installed, rows, home(location))
            views.append(view)
        return views

    def happenings(self, since: datetime) -> list[Happening]:
        return [one for row in self._locations() for one in read_happenings(row, since)]

    def loaded(self) -> Sequence[Json]:
        return [report.json() for report in self.controlled.loaded]

    def state(self) -> Json:
        return {"locations": [self._describe(location) for location in self._locations()]}

    def counted(self) -> Json:
        worlds = [one.world for one in self.controlled.populations.values()]
        against = sum(len(world.against_wishes) for world in worlds)
        return {**super().counted(), "highlevel_against_wishes": against}

    def starts(self) -> dict[str, Starts]:
        return {row.id: row.engine.starts() for row in self._locations() if row.engine is not None}

    def workflow_enrollments(self) -> Mapping[str, Mapping[str, int]]:
        return {
            row.id: {str(w["id"]): int(str(w["enrolled"])) for w in row.engine.workflows()}
            for row in self._locations()
            if row.engine is not None
        }

    def brought(self) -> dict[str, Brought]:
        return {account: one.world.brought for account, one in self.controlled.populations.items()}

    def known_people(self) -> list[KnownPeople]:
        first = self.controlled.populations.get(NORTHGATE)
        return [] if first is None else [(first.world, first.contact_of)]

    def _locations(self) -> list[Location]:
        return list(self.highlevel.locations.values())

    def _describe(self, location: Location) -> Json:
        install = self.highlevel.grants.live(location.id)
        return {
            "id": location.id,
            "name": location.profile.name,
            "company": location.company_id,
            "installed": install is not None,
            "scopes": sorted(install.scopes) if install is not None else [],
            "counts": location.counts(),
            "users": [user.json() for user in location.users],
        }


def _address(location: Location, kind: str) -> str | None:
    """Where one can look at the records of a kind; there is no such place for conversations."""
    if kind == "conversations":
        return None
    return f"/control/highlevel/records/{location.id}/{kind}"


def open_crm(environment: Environment) -> HighLevelCrm:
    """The pretend HighLevel of one sandbox, without accounts."""
    return HighLevelCrm(environment)
