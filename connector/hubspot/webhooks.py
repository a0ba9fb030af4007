"""Webhook deliveries and card requests: verified, then in our words."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from connector.hubspot import signature
from connector.hubspot.settings import HubSpotSettings
from connector.port import Delivery, SignedRequest
from core.errors import Forbidden, Invalid
from core.moments import from_millis

_EVENTS = {
    "creation": "created",
    "propertyChange": "changed",
    "deletion": "deleted",
    "merge": "merged",
    "restore": "restored",
    "associationChange": "changed",
    "privacyDeletion": "erased",
}
_NUMBER = re.compile(r"\d+")
_IDENTITY = ("portalId", "userId", "userEmail", "appId")


class HubSpotWebhooks:
    """Verifies what HubSpot sends us with the app's client secret."""

    def __init__(self, settings: HubSpotSettings) -> None:
        self._settings = settings

    def read_deliveries(self, request: SignedRequest, *, now: datetime) -> Sequence[Delivery]:
        signature.verify_v3(self._settings.client_secret, request, now=now)
        try:
            events = orjson.loads(request.body)
            if not isinstance(events, list):
                raise Invalid("The delivery is not a list of events.")
            return [d for e in events if (d := self._delivery(e)) is not None]
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, OverflowError):
            raise Invalid("The delivery is not a list of events.") from None

    def _delivery(self, event: dict[str, Any]) -> Delivery | None:
        kind, _, what = str(event["subscriptionType"]).partition(".")
        of_contact = kind in {"object", "contact"} and event.get("objectTypeId", "0-1") == "0-1"
        if what not in _EVENTS or not of_contact:
            return None
        contact_id = (
            event.get("objectId") or event.get("primaryObjectId") or event.get("fromObjectId")
        )
        if contact_id is None:
            return None
        return Delivery(
            delivery_key=_key(event),
            remote_account_id=str(event["portalId"]),
            event=_EVENTS[what],
            contact_id=str(contact_id),
            occurred_at=from_millis(int(event["occurredAt"])),
            is_echo=self._is_own(event),
            also=_merged(event),
        )

    def _is_own(self, event: dict[str, Any]) -> bool:
        own = self._settings.app_id
        return (
            own is not None
            and event.get("changeSource") == "INTEGRATION"
            and own in _NUMBER.findall(str(event.get("sourceId", "")))
        )

    def read_card_request(self, request: SignedRequest, *, now: datetime) -> tuple[str, str]:
        signature.verify_v3(self._settings.client_secret, request, now=now)
        pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
        names = [name for name, _ in pairs]
        # A card's own code can add parameters of these names and HubSpot would sign them too.
        if any(names.count(name) != 1 for name in ("portalId", "contactId")) or any(
            names.count(name) > 1 for name in _IDENTITY
        ):
            raise Forbidden("The request does not say clearly who is asking.")
        values = dict(pairs)
        return values["portalId"], values["contactId"]

    def sign_card_request(
        self, url: str, remote_account_id: str, contact_id: str, *, now: datetime
    ) -> SignedRequest:
        """A card request as HubSpot's proxy would send it."""
        query = urlencode({"contactId": contact_id, "portalId": remote_account_id})
        request = SignedRequest("GET", f"{url}?{query}", {}, b"")
        return replace(
            request, headers=signature.sign_v3(self._settings.client_secret, request, now=now)
        )


def _key(event: dict[str, Any]) -> str:
    """EventId is not unique: what happened to which record, and when, is."""
    parts = (
        "portalId",
        "subscriptionId",
        "subscriptionType",
        "objectId",
        "propertyName",
        "occurredAt",
    )
    extra = (
        "primaryObjectId",
        "mergedObjectIds",
        "fromObjectId",
        "toObjectId",
        "associationRemoved",
    )
    # Hashed, because a merge may name hundreds of records.
    said = orjson.dumps([event.get(name) for name in (*parts, *extra)])
    return hashlib.blake2b(said, digest_size=16).hexdigest()


def _merged(event: dict[str, Any]) -> tuple[str, ...]:
    ids = [
        *(event.get("mergedObjectIds") or []),
        event.get("newObjectId"),
        event.get("primaryObjectId"),
    ]
    return tuple(dict.fromkeys(str(i) for i in ids if i is not None))
