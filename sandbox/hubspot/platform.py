"""The pretend HubSpot as one thing: its portals, the app registered with it and what they share."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.config import Limits
from sandbox.counters import Counters
from sandbox.faults import Faults
from sandbox.hubspot.answers import Json
from sandbox.hubspot.app import HubSpotApp
from sandbox.hubspot.delivery import Delivery
from sandbox.hubspot.grants import Grants
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.webhooks import EventSource
from sandbox.window import RollingWindow


@dataclass(slots=True)
class HubSpot:
    """Everything one server holds of HubSpot; `now` is the virtual time, `wall` the real one."""

    app: HubSpotApp
    limits: Limits
    now: Callable[[], datetime]
    seed: int
    wall: Callable[[], float] = time.time
    faults: Faults = field(default_factory=Faults)
    counters: Counters = field(default_factory=Counters)
    portals: dict[int, Portal] = field(default_factory=dict)
    grants: Grants = field(init=False)
    window: RollingWindow = field(init=False)
    delivery: Delivery = field(init=False)

    def __post_init__(self) -> None:
        """Open for business without any portal."""
        self.grants = Grants(self.limits, self.wall)
        self.window = RollingWindow(self.wall)
        self.delivery = Delivery(lambda: self.app, self.limits, self.wall, self.seed)

    def announce_changes(self, portal: Portal) -> None:
        """Send webhooks for what changes in the portal from now on."""
        source = EventSource(
            portal.id,
            portal.definitions,
            lambda: self.app,
            lambda: self.granted(portal.id),
            self.publish,
            random.Random(self.seed + portal.id),
        )
        portal.records.on_change(source.hear)
        portal.conversations.on_event(source.hear_conversation)

    def granted(self, portal_id: int) -> frozenset[str]:
        """The scopes the app holds in a portal; none where it is not installed."""
        install = self.grants.installs.get(portal_id)
        return install.scopes if install is not None and install.active else frozenset()

    def publish(self, event: Json) -> None:
        """Hand one webhook event to the delivery."""
        self.delivery.publish(event)
