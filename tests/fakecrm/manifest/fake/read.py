"""What the pretend CRM's marketplace has been told, from its one JSON file."""

from pathlib import Path

import orjson

from manifest.promise import ContactEvent, Promise, WebhookSubscription


def read_promise(folder: Path) -> Promise:
    document = orjson.loads((folder / "app.json").read_bytes())
    return Promise(
        provider="fake",
        app_name=document["name"],
        required_scopes=tuple(document["scopes"]),
        optional_scopes=tuple(document["optional_scopes"]),
        redirect_urls=tuple(document["redirects"]),
        webhook_target=document["notices"],
        webhook_subscriptions=tuple(
            WebhookSubscription(event) for event in (ContactEvent.CREATED, ContactEvent.DELETED)
        ),
        fetch_origins=(),
        documents={"app": document},
    )
