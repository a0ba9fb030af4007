"""Which changes become webhook events, and what such an event says."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.hubspot.app import CONVERSATION, HubSpotApp, Subscription
from sandbox.hubspot.conversations import Told
from sandbox.hubspot.definitions import Definitions
from sandbox.hubspot.object_types import TYPE_IDS
from sandbox.hubspot.records import Change
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
    calculated_tell: Callable[[], bool] = lambda: False

    def hear(self, change: Change) -> None:
        """Publish one event for every subscription that asks for the change."""
        granted = self.scopes()
        if not granted.issuperset(READ[change.kind]):
            return
        app = self.app()
        for subscription in app.subscriptions:
            if self._wants(subscription, change):
                self.publish(self._event(subscription, change, app.credentials.app_id))

    def hear_conversation(self, told: Told) -> None:
        """Publish one event for every subscription that asks for what happened to a thread."""
        if "conversations.read" not in self.scopes():
            return
        app = self.app()
        for subscription in app.subscriptions:
            if (subscription.kind, subscription.event) == (CONVERSATION, told.event):
                self.publish(self._conversation(subscription, told, app.credentials.app_id))

    def _conversation(self, subscription: Subscription, told: Told, app_id: int) -> Json:
        event: Json = {
            "eventId": self.dice.randrange(1, 1_000_000),
            "subscriptionId": subscription.id,
            "portalId": self.portal_id,
            "appId": app_id,
            "occurredAt": epoch_ms(told.at),
            "subscriptionType": subscription.shown_as,
            "attemptNumber": 0,
            "objectId": int(told.thread_id),
            "changeSource": "CONVERSATIONS",
        }
        if told.message is None:
            return event
        message = {"messageId": told.message.id, "messageType": told.message.kind}
        return event | message | {"changeFlag": "NEW_MESSAGE"}

    def _wants(self, subscription: Subscription, change: Change) -> bool:
        if subscription.event != change.event or subscription.kind != change.kind:
            return False
        if change.event != "propertyChange":
            return True
        if subscription.property != change.name:
            return False
        definition = self.definitions.find(change.kind, change.name or "")
        # Calculated properties change without telling anyone, as far as anybody knows.
        return definition is not None and (not definition.calculated or self.calculated_tell())

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
