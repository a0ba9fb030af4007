"""Which changes become webhook events, and what such an event says."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.hubspot.app import HubSpotApp, Subscription
from sandbox.hubspot.definitions import Definitions
from sandbox.hubspot.records import TYPE_IDS, Change
from sandbox.hubspot.scopes import READ
from sandbox.kit.answers import Json
from sandbox.kit.moments import epoch_ms


@dataclass(slots=True)
class EventSource:
    """Turns one portal's changes into events for the app that is installed there."""

    portal_id: int
    definitions: Definitions
    app: Callable[[], HubSpotApp]
    scopes: Callable[[], frozenset[str]]
    publish: Callable[[Json], None]
    dice: random.Random

    def hear(self, change: Change) -> None:
        """Publish one event for every subscription that asks for the change."""
        granted = self.scopes()
        if not granted.issuperset(READ[change.kind]):
            return
        app = self.app()
        for subscription in app.subscriptions:
            if self._wants(subscription, change):
                self.publish(self._event(subscription, change, app.credentials.app_id))

    def _wants(self, subscription: Subscription, change: Change) -> bool:
        if subscription.event != change.event or subscription.kind != change.kind:
            return False
        if change.event != "propertyChange":
            return True
        if subscription.property != change.name:
            return False
        definition = self.definitions.find(change.kind, change.name or "")
        # Calculated properties change without telling anyone.
        return definition is not None and not definition.calculated

    def _event(self, subscription: Subscription, change: Change, app_id: int) -> Json:
        event: Json = {
            # Real event ids repeat now and then; whoever trusts them is found out here.
            "eventId": self.dice.randrange(1, 1_000_000),
            "subscriptionId": subscription.id,
            "portalId": self.portal_id,
            "appId": app_id,
            "occurredAt": epoch_ms(change.at),
            "subscriptionType": subscription.shown_as,
            "attemptNumber": 0,
            "objectId": int(change.record_id),
            "objectTypeId": TYPE_IDS[change.kind],
            "changeSource": change.source,
            "sourceId": change.source_id,
        }
        if change.event == "propertyChange":
            event["propertyName"] = change.name
            event["propertyValue"] = change.value or ""
            event["isSensitive"] = False
        if change.event == "creation":
            event["changeFlag"] = "NEW"
        if change.event == "deletion":
            event["changeFlag"] = "DELETED"
        return event | dict(change.extra)
