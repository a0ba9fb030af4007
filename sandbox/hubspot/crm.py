"""The pretend HubSpot as a sandbox knows it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.hubspot import api
from sandbox.hubspot.accounts import HARBOR, Accounts
from sandbox.hubspot.answers import answer, error_body
from sandbox.hubspot.app import default_app
from sandbox.hubspot.command_line import add_arguments, read_options
from sandbox.hubspot.config import HubSpotOptions
from sandbox.hubspot.control import (
    conversations,
    happenings,
    loading,
    pages,
    people,
    records,
    routes,
)
from sandbox.hubspot.face import fetching
from sandbox.hubspot.face import routes as face
from sandbox.hubspot.face.reading import home, read_happenings
from sandbox.hubspot.object_types import KINDS
from sandbox.hubspot.platform import HubSpot
from sandbox.hubspot.portal import Portal
from sandbox.kit.answers import Json
from sandbox.kit.crm import AccountView, Environment, PretendCrm, RecordCount, Starts
from sandbox.kit.face.showing import Happening
from sandbox.sealing import KnownPeople
from sandbox.world.brought import Brought

__all__ = ["add_arguments", "open_crm", "read_options"]  # what the registry asks for


class HubSpotCrm(PretendCrm):
    """Serves its paths without a prefix, and its controls directly under /control."""

    name = "hubspot"
    title = "HubSpot"
    prefix = ""
    controlled: Accounts

    def __init__(self, environment: Environment) -> None:
        options = environment.config.options_of(HubSpotOptions)
        self.hubspot = HubSpot(
            default_app(options.credentials),
            replace(options.limits),
            environment.now,
            environment.config.seed,
            faults=environment.faults,
            counters=environment.counters,
        )
        self.delivery = self.hubspot.delivery
        self.controlled = Accounts(self.hubspot, environment)

    def open_accounts(self) -> None:
        self.controlled.open_all()

    def routes(self) -> list[Route]:
        return api.routes(self.hubspot)

    def control_routers(self) -> list[APIRouter]:
        return [
            pages.router,
            routes.router,
            records.router,
            conversations.router,
            happenings.router,
            people.router,
            loading.router,
            face.router,
            fetching.router,
        ]

    def refuse(self, request: Request, status: int, detail: str) -> Response:  # noqa: ARG002
        category = {404: "OBJECT_NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(status, "UNKNOWN")
        message = "Unable to find a matching route" if status == 404 else detail
        return answer(error_body(message, category), status)

    def accounts(self) -> list[AccountView]:
        views = []
        for portal in self._portals():
            counts = portal.records.counts()
            rows = [
                RecordCount(kind, counts[kind], f"/control/browse/{portal.id}/{kind}")
                for kind in KINDS
            ]
            installed = self.hubspot.grants.live(portal.id) is not None
            name, id_ = portal.account.name, str(portal.id)
            views.append(AccountView(id_, name, installed, rows, home(portal)))
        return views

    def happenings(self, since: datetime) -> list[Happening]:
        return [one for portal in self._portals() for one in read_happenings(portal, since)]

    def loaded(self) -> Sequence[Json]:
        return [report.json() for report in self.controlled.loaded]

    def state(self) -> Json:
        return {
            "portals": [self._describe(portal) for portal in self._portals()],
            "webhooks": self.webhooks(),
        }

    def counted(self) -> Json:
        worlds = [one.world for one in self.controlled.populations.values()]
        against = sum(len(world.against_wishes) for world in worlds if world is not None)
        return {"webhooks": asdict(self.delivery.tally), "hubspot_against_wishes": against}

    def starts(self) -> dict[str, Starts]:
        return {str(p.id): p.engines.starts() for p in self._portals() if p.engines is not None}

    def workflow_enrollments(self) -> Mapping[str, Mapping[str, int]]:
        return {str(p.id): p.workflow_enrollments() for p in self._portals()}

    def brought(self) -> dict[str, Brought]:
        return {
            str(account): one.world.brought
            for account, one in self.controlled.populations.items()
            if one.world is not None
        }

    def known_people(self) -> list[KnownPeople]:
        first = self.controlled.populations[HARBOR]
        return [] if first.world is None else [(first.world, first.contact_of)]

    def _portals(self) -> list[Portal]:
        return list(self.hubspot.portals.values())

    def _describe(self, portal: Portal) -> Json:
        return {
            "portal": portal.id,
            "name": portal.account.name,
            "installed": self.hubspot.grants.live(portal.id) is not None,
            "scopes": sorted(self.hubspot.granted(portal.id)),
            "counts": portal.records.counts(),
            "owners": [asdict(owner) for owner in portal.owners],
        }


def open_crm(environment: Environment) -> HubSpotCrm:
    """The pretend HubSpot of one sandbox, without accounts."""
    return HubSpotCrm(environment)
