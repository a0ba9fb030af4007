"""Reads the HighLevel app's file into a promise, refusing what the developer portal would refuse."""

from pathlib import Path

import orjson
from pydantic import ValidationError

from manifest.highlevel.wire import App
from manifest.promise import (
    ContactEvent,
    Document,
    ManifestInvalid,
    Promise,
    WebhookSubscription,
)

FILE = "app.json"

# The other events say only that something happened with a contact.
_EVENTS = {
    "ContactCreate": ContactEvent.CREATED,
    "ContactUpdate": ContactEvent.PROPERTY_CHANGED,
    "ContactDelete": ContactEvent.DELETED,
}


def read_promise(folder: Path) -> Promise:
    """Reads `app.json` in `folder`; raises ManifestInvalid that names the field."""
    shown = f"{folder.name}/{FILE}"
    document = _document(folder / FILE, shown)
    try:
        app = App.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise ManifestInvalid(shown, field, first["msg"]) from error
    return Promise(
        provider=folder.name,
        app_name=app.name,
        required_scopes=tuple(app.scopes.core),
        optional_scopes=tuple(app.scopes.further),
        redirect_urls=tuple(app.redirect_urls),
        webhook_target=app.webhooks.default_url,
        webhook_subscriptions=tuple(
            WebhookSubscription(_EVENTS[event]) for event in app.webhooks.events if event in _EVENTS
        ),
        fetch_origins=(),
        documents={"app": document},
    )


def _document(file: Path, shown: str) -> Document:
    try:
        document = orjson.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise ManifestInvalid(shown, "", "the file is missing") from error
    except orjson.JSONDecodeError as error:
        raise ManifestInvalid(shown, f"at line {error.lineno}", error.msg) from error
    if not isinstance(document, dict):
        raise ManifestInvalid(shown, "", "it must hold one JSON object")
    return document
