"""The pretend HubSpot as one thing: its portals, the app registered with it and what they share."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.hubspot.answers import JSON, fault_answer
from sandbox.hubspot.app import HubSpotApp
from sandbox.hubspot.config import HubSpotLimits
from sandbox.hubspot.grants import HubSpotGrants
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.webhook_requests import WebhookRequests
from sandbox.hubspot.webhooks import EventSource
from sandbox.kit.answers import Json
from sandbox.kit.counters import Counters
from sandbox.kit.delivery import Delivery
from sandbox.kit.faults import Faults
from sandbox.kit.gateway import Gateway
from sandbox.kit.rolling_window import RollingWindow


@dataclass(slots=True)
class HubSpot:
    """Everything one server holds of HubSpot; `now` is the virtual time, `wall` the real one."""

    app: HubSpotApp
    limits: HubSpotLimits
    now: Callable[[], datetime]
    seed: int
    wall: Callable[[], float] = time.time
    faults: Faults = field(default_factory=Faults)
    counters: Counters = field(default_factory=Counters)
    portals: dict[int, Portal] = field(default_factory=dict)
    grants: HubSpotGrants = field(init=False)
    window: RollingWindow = field(init=False)
    delivery: Delivery = field(init=False)
    gateway: Gateway = field(init=False)

    def __post_init__(self) -> None:
        self.grants = HubSpotGrants(self.limits, self.wall)
        self.window = RollingWindow(self.wall)
        webhooks = WebhookRequests(lambda: self.app, self.wall)
        self.delivery = Delivery(webhooks, self.limits, self.wall, self.seed)
        self.gateway = Gateway(self.faults, self.counters, self.now, fault_answer, JSON)

    def announce_changes(self, portal: Portal) -> None:
        """Send webhooks for what changes in the portal from now on."""
        source = EventSource(
            portal.id,
            portal.definitions,
            lambda: self.app,
            lambda: self.granted(portal.id),
            self.publish,
            random.Random(self.seed + portal.id),
            lambda: self.limits.calculated_properties_tell,
        )
        portal.records.on_change(source.hear)
        portal.records.on_rollup(source.hear)
        portal.conversations.on_event(source.hear_conversation)

    def granted(self, portal_id: int) -> frozenset[str]:
        """The scopes the app holds in a portal; none where it is not installed."""
        install = self.grants.live(portal_id)
        return install.scopes if install is not None else frozenset()

    def publish(self, event: Json) -> None:
        """Hand one webhook event to the delivery."""
        self.delivery.publish(event)
