"""Reads HubSpot's project files into a promise, refusing what HubSpot would refuse at upload."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import ValidationError

from manifest.hubspot.wire import (
    COMPONENT,
    AnyComponent,
    App,
    Card,
    HubSubscription,
    ObjectSubscription,
    Project,
    SettingsPage,
    Webhooks,
)
from manifest.promise import (
    ContactEvent,
    Document,
    ManifestInvalid,
    Promise,
    WebhookSubscription,
    origin_of,
)

Wire = TypeVar("Wire")

_EVENTS = {
    "object.creation": ContactEvent.CREATED,
    "object.deletion": ContactEvent.DELETED,
    "object.merge": ContactEvent.MERGED,
    "object.restore": ContactEvent.RESTORED,
    "object.propertyChange": ContactEvent.PROPERTY_CHANGED,
    "contact.privacyDeletion": ContactEvent.ERASED,
    "conversation.creation": ContactEvent.BEGAN_TO_WRITE,
    "conversation.newMessage": ContactEvent.WROTE,
}
# HubSpot binds a component's folder to its type.
_FOLDERS = {
    "app": "app",
    "webhooks": "app/webhooks",
    "card": "app/cards",
    "settings": "app/settings",
}


def read_promise(folder: Path) -> Promise:
    """Reads the project in `folder`; raises ManifestInvalid that names the file and field."""
    project = _checked(folder / "hsproject.json", folder, Project.model_validate)
    source = folder / project.src_dir
    files = _files_by_type(folder, source)
    app = _checked(_one(files, "app", folder), folder, App.model_validate)
    webhooks = _checked(_one(files, "webhooks", folder), folder, Webhooks.model_validate)
    _check_one_origin(app, webhooks, _shown(files["app"], folder))
    auth = app.config.auth
    return Promise(
        provider=folder.name,
        app_name=app.config.name,
        required_scopes=tuple(auth.required_scopes),
        optional_scopes=tuple(auth.optional_scopes),
        redirect_urls=tuple(auth.redirect_urls),
        webhook_target=webhooks.config.settings.target_url,
        webhook_subscriptions=tuple(_active_subscriptions(webhooks)),
        fetch_origins=tuple(app.config.permitted_urls.fetch),
        documents={kind: _document(file, folder) for kind, file in files.items()},
    )


def _files_by_type(folder: Path, source: Path) -> dict[str, Path]:
    """Finds and checks every component; at most one of each type until one is needed twice."""
    files: dict[str, Path] = {}
    for file in sorted(source.rglob("*-hsmeta.json")):
        if "node_modules" in file.parts:
            continue
        component = _checked(file, folder, COMPONENT.validate_python)
        _check_place(component, file, folder, source)
        if component.type in files:
            raise ManifestInvalid(_shown(file, folder), "type", f"a second {component.type}")
        files[component.type] = file
    return files


def _one(files: dict[str, Path], kind: str, folder: Path) -> Path:
    if kind not in files:
        raise ManifestInvalid(folder.name, "", f"there is no component of type {kind}")
    return files[kind]


def _active_subscriptions(webhooks: Webhooks) -> Iterator[WebhookSubscription]:
    subscriptions = webhooks.config.subscriptions
    listed: Iterable[ObjectSubscription | HubSubscription] = (
        *subscriptions.crm_objects,
        *subscriptions.hub_events,
    )
    for subscription in listed:
        if subscription.active:
            name = (
                subscription.property_name if isinstance(subscription, ObjectSubscription) else None
            )
            yield WebhookSubscription(_EVENTS[subscription.type], name)


def _check_place(component: AnyComponent, file: Path, folder: Path, source: Path) -> None:
    home = _FOLDERS[component.type]
    if file.parent != source / home:
        raise ManifestInvalid(_shown(file, folder), "type", f"{component.type} belongs in {home}")
    match component:
        case App(config=config):
            named = {"config.logo": config.logo}
        case Card() | SettingsPage():
            named = {"config.entrypoint": component.config.entrypoint}
        case Webhooks():
            named = {}
    for field, path in named.items():
        if not (source / path.lstrip("/")).is_file():
            raise ManifestInvalid(_shown(file, folder), field, f"there is no file {path}")


def _check_one_origin(app: App, webhooks: Webhooks, shown: str) -> None:
    """The card, the webhooks and the consent page must come to one deployment."""
    origin = origin_of(webhooks.config.settings.target_url)
    if origin not in app.config.permitted_urls.fetch:
        raise ManifestInvalid(shown, "config.permittedUrls.fetch", f"does not contain {origin}")
    if origin not in map(origin_of, app.config.auth.redirect_urls):
        raise ManifestInvalid(shown, "config.auth.redirectUrls", f"has no address at {origin}")


def _checked(file: Path, folder: Path, validate: Callable[[object], Wire]) -> Wire:
    try:
        return validate(_document(file, folder))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # A discriminated union puts the component's type in front of the path.
        steps = [str(step) for step in first["loc"]]
        field = ".".join(steps[1:] if steps and steps[0] in _FOLDERS else steps)
        raise ManifestInvalid(_shown(file, folder), field or "type", first["msg"]) from error


def _document(file: Path, folder: Path) -> Document:
    try:
        document = orjson.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise ManifestInvalid(_shown(file, folder), "", "the file is missing") from error
    except orjson.JSONDecodeError as error:
        raise ManifestInvalid(_shown(file, folder), f"at line {error.lineno}", error.msg) from error
    if not isinstance(document, dict):
        raise ManifestInvalid(_shown(file, folder), "", "it must hold one JSON object")
    return document


def _shown(file: Path, folder: Path) -> str:
    return f"{folder.name}/{file.relative_to(folder)}"
