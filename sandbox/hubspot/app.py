"""The one developer app that is registered here, as its uploaded project files describe it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sandbox.hubspot.actions import CustomAction
from sandbox.hubspot.config import OPTIONAL_SCOPES, REQUIRED_SCOPES, HubSpotCredentials
from sandbox.hubspot.object_types import kind_of
from sandbox.kit.consent import is_allowed_redirect

_EVENTS = frozenset(
    ("creation", "deletion", "merge", "restore", "propertyChange", "associationChange")
)
CONVERSATION = "conversation"  # no kind of record, but webhooks tell of it
_THREAD_EVENTS = frozenset(
    ("creation", "deletion", "newMessage", "privacyDeletion", "propertyChange")
)


class ProjectError(ValueError):
    """The uploaded documents cannot be used; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One kind of event the app wants to hear of, in every portal that installed it."""

    id: int
    event: str
    kind: str
    property: str | None
    shown_as: str


@dataclass(frozen=True, slots=True)
class HubSpotApp:
    """What the project files declare, with the app's credentials."""

    credentials: HubSpotCredentials
    name: str = "Rekindle"
    required: tuple[str, ...] = REQUIRED_SCOPES
    conditional: tuple[str, ...] = ()
    optional: tuple[str, ...] = OPTIONAL_SCOPES
    redirect_urls: tuple[str, ...] = ()
    fetch_urls: tuple[str, ...] = ()  # whom its cards may ask
    target_url: str | None = None
    max_concurrent: int = 10
    subscriptions: tuple[Subscription, ...] = ()
    actions: tuple[CustomAction, ...] = ()

    def action(self, uid: str) -> CustomAction | None:
        """The workflow action with that uid, or None."""
        return next((action for action in self.actions if action.uid == uid), None)

    @property
    def declared(self) -> frozenset[str]:
        """Every scope the app may ask for."""
        return frozenset((*self.required, *self.conditional, *self.optional))

    def allows_redirect(self, uri: str) -> bool:
        """Whether the address is declared, or is on the developer's own machine."""
        return is_allowed_redirect(uri, self.redirect_urls)

    def upload(self, project: Mapping[str, object]) -> "HubSpotApp":
        """The app after an upload of `{"app": ..., "webhooks": ...}`; raises ProjectError."""
        changed = self
        if "app" in project:
            changed = _with_app(changed, _config(project["app"], "app"))
        if "webhooks" in project:
            changed = _with_webhooks(changed, _config(project["webhooks"], "webhooks"))
        if "workflow-action" in project:
            changed = replace(changed, actions=_actions(project["workflow-action"]))
        return changed


def default_app(credentials: HubSpotCredentials) -> HubSpotApp:
    """The app before anything was uploaded: contact events, no target."""
    wanted = [{"subscriptionType": f"object.{event}", "objectType": "contact"} for event in _PLAIN]
    wanted += [
        {
            "subscriptionType": "object.propertyChange",
            "objectType": "contact",
            "propertyName": name,
        }
        for name in ("email", "hs_email_optout", "hubspot_owner_id", "lifecyclestage")
    ]
    subscriptions = {
        "crmObjects": wanted,
        "hubEvents": [{"subscriptionType": "contact.privacyDeletion"}],
    }
    return HubSpotApp(credentials, subscriptions=_subscriptions(subscriptions))


_PLAIN = ("creation", "deletion", "merge", "restore")


def _config(document: object, kind: str) -> Mapping[str, object]:
    if not isinstance(document, dict) or document.get("type") != kind:
        raise ProjectError(f'the {kind} document must be a component with "type": "{kind}"')
    return _mapping(document.get("config"), f"{kind}.config")


def _with_app(app: HubSpotApp, config: Mapping[str, object]) -> HubSpotApp:
    auth = _mapping(config.get("auth"), "app.config.auth")
    required = _texts(auth.get("requiredScopes"), "requiredScopes")
    if "oauth" not in required:
        raise ProjectError("requiredScopes must contain oauth")
    redirects = _texts(auth.get("redirectUrls"), "redirectUrls")
    for url in redirects:
        if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in _LOCAL:
            raise ProjectError("redirectUrls must be https, except on localhost")
    permitted = _mapping(config.get("permittedUrls", {}), "app.config.permittedUrls")
    return replace(
        app,
        name=str(config.get("name") or app.name),
        required=required,
        conditional=_texts(auth.get("conditionallyRequiredScopes", []), "conditional scopes"),
        optional=_texts(auth.get("optionalScopes", []), "optionalScopes"),
        redirect_urls=redirects,
        fetch_urls=_texts(permitted.get("fetch", []), "permittedUrls.fetch"),
    )


_LOCAL = frozenset(("localhost", "127.0.0.1"))


def _with_webhooks(app: HubSpotApp, config: Mapping[str, object]) -> HubSpotApp:
    settings = _mapping(config.get("settings"), "webhooks.config.settings")
    target, most = settings.get("targetUrl"), settings.get("maxConcurrentRequests", 10)
    if not isinstance(target, str) or urlsplit(target).scheme not in {"http", "https"}:
        raise ProjectError("webhooks targetUrl must be an http(s) address")
    if not isinstance(most, int) or most < 1:
        raise ProjectError("webhooks maxConcurrentRequests must be a positive number")
    groups = _mapping(config.get("subscriptions"), "webhooks.config.subscriptions")
    return replace(
        app, target_url=target, max_concurrent=most, subscriptions=_subscriptions(groups)
    )


def _subscriptions(groups: Mapping[str, object]) -> tuple[Subscription, ...]:
    found: list[Subscription] = []
    for heading in ("crmObjects", "legacyCrmObjects", "hubEvents"):
        entries = groups.get(heading, [])
        if not isinstance(entries, list):
            raise ProjectError(f"subscriptions.{heading} must be a list")
        for entry in entries:
            wanted = _mapping(entry, f"subscriptions.{heading}")
            if wanted.get("active", True) is True:
                found.append(_subscription(wanted, 700_001 + len(found)))
    return tuple(found)


def _subscription(wanted: Mapping[str, object], number: int) -> Subscription:
    shown_as = str(wanted.get("subscriptionType"))
    subject, _, event = shown_as.partition(".")
    kind: str | None = CONVERSATION
    known = _THREAD_EVENTS
    if subject != CONVERSATION:
        kind = kind_of(str(wanted.get("objectType")) if subject == "object" else subject)
        known = _EVENTS | {"privacyDeletion"}
    if kind is None or event not in known:
        raise ProjectError(f"unknown webhook subscription {shown_as!r}")
    name = wanted.get("propertyName")
    if event == "propertyChange" and not isinstance(name, str):
        raise ProjectError(f"{shown_as} needs a propertyName")
    return Subscription(number, event, kind, name if isinstance(name, str) else None, shown_as)


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ProjectError(f"{where} must be an object")
    return value


def _actions(documents: object) -> tuple[CustomAction, ...]:
    """One component, or a list of them."""
    listed = documents if isinstance(documents, list) else [documents]
    return tuple(_action(document, 910_001 + place) for place, document in enumerate(listed))


def _action(document: object, number: int) -> CustomAction:
    config = _config(document, "workflow-action")
    uid, url = _mapping(document, "workflow-action").get("uid"), config.get("actionUrl")
    if not isinstance(uid, str) or not uid:
        raise ProjectError("a workflow-action needs a uid")
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
        raise ProjectError("workflow-action actionUrl must be an http(s) address")
    asked = _mapping(config.get("objectRequestOptions", {}), "objectRequestOptions")
    return CustomAction(number, uid, url, _texts(asked.get("properties", []), "properties"))


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ProjectError(f"{where} must be a list of texts")
    return tuple(value)
