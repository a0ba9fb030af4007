"""A pretend HighLevel over HTTP, and the adapter in front of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from connector.budget import Unlimited
from connector.highlevel.provider import HighLevelCrm, HighLevelProvider, from_environment
from connector.highlevel.settings import sandbox_variables
from connector.port.provider import AccountAccess, Budget
from connector.port.records import ReadText
from core.settings import Environment
from manifest.promise import load_promise
from sandbox.config import SandboxConfig
from sandbox.highlevel.config import HighLevelLimits, HighLevelOptions
from sandbox.hubspot.client import HubSpotClient, serving_hubspot

PROMISE = load_promise("highlevel")
SCOPES = [*PROMISE.required_scopes, *PROMISE.optional_scopes]

Open = Callable[..., HighLevelCrm]


def easy() -> HighLevelLimits:
    """Limits that a test does not meet by accident, an index without lag, orderly webhooks."""
    return HighLevelLimits(
        requests=100_000,
        daily=10_000_000,
        search_lag_min_seconds=0,
        search_lag_max_seconds=0,
        webhook_duplicate_rate=0,
        webhook_reorder_rate=0,
        webhook_wrong_type_rate=0,
        webhook_pause_seconds=0.05,
    )


def config() -> SandboxConfig:
    return SandboxConfig(
        crms=("highlevel",), options=(HighLevelOptions(contacts=60, limits=easy()),)
    )


def served() -> AbstractContextManager[HubSpotClient]:
    """A HighLevel with people."""
    return serving_hubspot(config())


def provider(lab: HubSpotClient) -> HighLevelProvider:
    return from_environment(Environment(sandbox_variables(lab.url)))


def location(lab: HubSpotClient, place: int = 0) -> str:
    """The id of one of the sandbox's locations."""
    return str(lab.control("state")["locations"][place]["id"])


@contextmanager
def opening() -> Iterator[Open]:
    """Opens locations as if they had installed the app, and closes them in the end."""
    opened: list[HighLevelCrm] = []

    def open_one(
        lab: HubSpotClient,
        *,
        scopes: list[str] | None = None,
        budget: Budget | None = None,
        place: int = 0,
        read_text: ReadText | None = None,
    ) -> HighLevelCrm:
        remote, granted = location(lab, place), SCOPES if scopes is None else scopes
        where = {"location": remote, "scopes": granted}
        held = {"token": str(lab.control("highlevel/token", where)["access_token"])}

        def renew(refused: str) -> str:
            assert refused == held["token"]
            held["token"] = str(lab.control("highlevel/token", where)["access_token"])
            return held["token"]

        access = AccountAccess(
            account_id="highlevel-1",
            remote_account_id=remote,
            token=lambda: held["token"],
            renew=renew,
            budget=budget or Unlimited(),
            scopes=frozenset(granted),
            read_text=read_text,
        )
        crm = provider(lab).open(access)
        opened.append(crm)
        return crm

    yield open_one
    for crm in opened:
        crm.close()
