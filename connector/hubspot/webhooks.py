"""Webhook deliveries and card requests: verified, then in our words."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from connector.events import Unreadable, read_each
from connector.hubspot import signature
from connector.hubspot.settings import HubSpotSettings
from connector.json_text import NotJson, decode
from connector.port.signed import CardRequest, Deliveries, Delivery, SignedRequest
from connector.port.visits import Visit
from core.errors import Forbidden, Invalid
from core.moments import from_millis, to_millis

_EVENTS = {
    "creation": "created",
    "propertyChange": "changed",
    "deletion": "deleted",
    "merge": "merged",
    "restore": "restored",
    "associationChange": "changed",
    "privacyDeletion": "erased",
}
# Both come with a conversation's first message. Of what staff note there nobody outside hears.
_TALKS = ("creation", "newMessage")
_COMMENT = "COMMENT"
_NUMBER = re.compile(r"\d+")
_ID = re.compile(r"\d{1,20}", re.ASCII)
_IDENTITY = ("portalId", "userId", "userEmail", "appId")
# How far HubSpot's clock may be ahead of ours before a time is nonsense.
_AHEAD = timedelta(days=1)


class HubSpotWebhooks:
    """Verifies what HubSpot sends us with the app's client secret."""

    def __init__(self, settings: HubSpotSettings) -> None:
        self._settings = settings

    def read_deliveries(
        self, request: SignedRequest, *, now: datetime, account_now: datetime | None = None
    ) -> Deliveries:
        signature.verify_v3(self._settings.client_secret, request, now=now)
        try:
            events = decode(request.body)
        except NotJson:
            events = None
        if not isinstance(events, list):
            raise Invalid("The delivery is not a list of events.")
        latest = max(now, account_now or now)
        return read_each(events, partial(self._delivery, now=latest), account_of=_account_of)

    def _delivery(self, event: Mapping[str, Any], *, now: datetime) -> Delivery | None:
        said = event.get("subscriptionType")
        if not isinstance(said, str):
            raise Unreadable("subscriptionType is missing or no text.")
        kind, _, what = said.partition(".")
        if kind == "conversation":
            return self._talk(event, what, now=now)
        of_contact = kind in {"object", "contact"} and event.get("objectTypeId", "0-1") == "0-1"
        if what not in _EVENTS or not of_contact:
            return None
        return Delivery(
            delivery_key=_key(event),
            remote_account_id=_id(event, "portalId"),
            event=_EVENTS[what],
            contact_id=_id(event, "objectId", "primaryObjectId", "fromObjectId"),
            occurred_at=_occurred_at(event, now),
            is_echo=self._is_own(event),
            also=_merged(event),
        )

    def _talk(self, event: Mapping[str, Any], what: str, *, now: datetime) -> Delivery | None:
        """That something was written in a conversation: by whom, to whom and what is asked for."""
        if what not in _TALKS or event.get("messageType") == _COMMENT:
            return None
        return Delivery(
            delivery_key=_key(event),
            remote_account_id=_id(event, "portalId"),
            event="wrote",
            contact_id="",
            occurred_at=_occurred_at(event, now),
            conversation_id=_id(event, "objectId"),
        )

    def _is_own(self, event: Mapping[str, Any]) -> bool:
        own = self._settings.app_id
        return (
            own is not None
            and event.get("changeSource") == "INTEGRATION"
            and own in _NUMBER.findall(str(event.get("sourceId", "")))
        )

    def read_card_request(self, request: SignedRequest, *, now: datetime) -> CardRequest:
        signature.verify_v3(self._settings.client_secret, request, now=now)
        pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
        names = [name for name, _ in pairs]
        # A card's own code can add parameters of these names and HubSpot would sign them too.
        if any(names.count(name) != 1 for name in ("portalId", "contactId")) or any(
            names.count(name) > 1 for name in _IDENTITY
        ):
            raise Forbidden("The request does not say clearly who is asking.")
        values = dict(pairs)
        return CardRequest(values["portalId"], values["contactId"], values.get("userId", ""))

    def read_visit(self, request: SignedRequest, *, now: datetime) -> Visit:
        """Who asks from HubSpot's settings page or card; HubSpot's proxy adds and signs the parameters."""
        signature.verify_v3(self._settings.client_secret, request, now=now)
        pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
        names = [name for name, _ in pairs]
        values = dict(pairs)
        portal, person = values.get("portalId", ""), values.get("userId", "")
        is_clear = all(names.count(name) <= 1 for name in _IDENTITY)
        own = self._settings.app_id
        is_ours = own is None or values.get("appId", own) == own
        if not (is_clear and is_ours and _ID.fullmatch(portal) and _ID.fullmatch(person)):
            raise Forbidden("The request does not say clearly who is asking.")
        return Visit(remote_account_id=portal, person_id=person)

    def sign_card_request(
        self, url: str, who: CardRequest, *, now: datetime, body: bytes | None = None
    ) -> SignedRequest:
        """A card request as HubSpot's proxy would send it."""
        told = {"contactId": who.contact_id, "portalId": who.remote_account_id}
        query = urlencode(told | ({"userId": who.user_id} if who.user_id else {}))
        method = "GET" if body is None else "POST"
        request = SignedRequest(method, f"{url}?{query}", {}, body or b"")
        return replace(
            request, headers=signature.sign_v3(self._settings.client_secret, request, now=now)
        )


def _account_of(event: Mapping[str, Any]) -> str:
    return _as_id(event.get("portalId")) or ""


def _id(event: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that is there, which has to be an id; raises Unreadable."""
    given = next((name for name in names if event.get(name) is not None), None)
    if given is None:
        raise Unreadable(f"{names[0]} is missing.")
    found = _as_id(event[given])
    if found is None:
        raise Unreadable(f"{given} is no id.")
    return found


def _as_id(value: object) -> str | None:
    """HubSpot's ids are whole numbers, as such or as texts."""
    text = "" if isinstance(value, bool) else str(value)
    return text if isinstance(value, int | str) and _ID.fullmatch(text) else None


def _occurred_at(event: Mapping[str, Any], now: datetime) -> datetime:
    text = _as_id(event.get("occurredAt"))
    if text is None or int(text) > to_millis(now + _AHEAD):
        raise Unreadable("occurredAt is missing or no time that can be.")
    return from_millis(int(text))


def _key(event: Mapping[str, Any]) -> str:
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
        "messageId",
    )
    # Hashed, because a merge may name hundreds of records.
    said = orjson.dumps([event.get(name) for name in (*parts, *extra)])
    return hashlib.blake2b(said, digest_size=16).hexdigest()


def _merged(event: Mapping[str, Any]) -> tuple[str, ...]:
    listed = event.get("mergedObjectIds") or []
    if not isinstance(listed, list):
        raise Unreadable("mergedObjectIds is not a list.")
    given = [*listed, event.get("newObjectId"), event.get("primaryObjectId")]
    ids = [_as_id(value) for value in given if value is not None]
    if None in ids:
        raise Unreadable("A merged record's id is no id.")
    return tuple(dict.fromkeys(i for i in ids if i is not None))
