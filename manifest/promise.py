"""What a marketplace has been told about the app: its scopes, addresses and subscriptions.

The vendor's own files are the truth; `manifest/<provider>/read.py` turns them into a `Promise`.
"""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

Document = Mapping[str, object]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ContactEvent(StrEnum):
    """What can happen to a contact, in our words."""

    BEGAN_TO_WRITE = "contact.began_to_write"
    CREATED = "contact.created"
    DELETED = "contact.deleted"
    ERASED = "contact.erased"
    MERGED = "contact.merged"
    PROPERTY_CHANGED = "contact.property_changed"
    RESTORED = "contact.restored"
    WROTE = "contact.wrote"


class WebhookSubscription(NamedTuple):
    """One event the CRM sends us; `property_name` is set for `PROPERTY_CHANGED` alone."""

    event: ContactEvent
    property_name: str | None = None


class ManifestInvalid(Exception):
    """A marketplace file cannot be kept as a promise; says which file, which field and why."""

    def __init__(self, file: str, field: str, problem: str) -> None:
        self.file = file
        self.field = field
        self.problem = problem
        where = f"{file}, field {field}" if field else file
        super().__init__(f"{where}: {problem}. Correct the file, then start again.")


@dataclass(frozen=True, slots=True)
class Promise:
    """One marketplace's view of the app; `documents` holds the vendor's files by component type."""

    provider: str
    app_name: str
    required_scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...]
    redirect_urls: tuple[str, ...]
    webhook_target: str
    webhook_subscriptions: tuple[WebhookSubscription, ...]
    fetch_origins: tuple[str, ...]
    documents: Mapping[str, Document]


def known_providers() -> tuple[str, ...]:
    """Names the CRMs that have a folder here with a reader in it, in alphabetical order."""
    return tuple(sorted(reader.parent.name for reader in _readers()))


def load_promise(provider: str) -> Promise:
    """Reads what we promised `provider`'s marketplace.

    Raises LookupError for a provider without a folder and ManifestInvalid for a broken file.
    """
    if provider not in known_providers():
        raise LookupError(f"no marketplace files for {provider!r}; known: {known_providers()}")
    reader = importlib.import_module(f"manifest.{provider}.read")
    promise: Promise = reader.read_promise(Path(str(reader.__file__)).parent)
    return promise


def _readers() -> Iterator[Path]:
    # The package's search path, so that a folder found elsewhere counts like one in here.
    for place in importlib.import_module("manifest").__path__:
        yield from Path(place).glob("*/read.py")


def with_public_url(promise: Promise, public_url: str) -> Promise:
    """Moves every address at the webhook target's origin to the deployment's own origin.

    Other addresses, such as a developer's localhost redirect, stay. `public_url` is an origin
    (`https://host[:port]`; plain http only on this machine); anything else raises ValueError.
    """
    ours = _checked_origin(public_url)
    promised = origin_of(promise.webhook_target)
    return replace(
        promise,
        redirect_urls=_moved_all(promise.redirect_urls, promised, ours),
        webhook_target=_moved(promise.webhook_target, promised, ours),
        fetch_origins=_moved_all(promise.fetch_origins, promised, ours),
        documents={
            kind: _moved_document(document, promised, ours)
            for kind, document in promise.documents.items()
        },
    )


def origin_of(url: str) -> str:
    """Keeps scheme, host and port of a URL, without a trailing slash."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(url: str) -> bool:
    """Says whether a URL points at this very machine, where plain http is acceptable."""
    return urlsplit(url).hostname in _LOOPBACK


def _checked_origin(public_url: str) -> str:
    origin = public_url.removesuffix("/")
    parts = urlsplit(origin)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(origin))
    if not (secure and parts.hostname and parts.username is None and origin == origin_of(origin)):
        raise ValueError(
            "the public URL must be https://host or https://host:port, without path or user name; "
            "http is possible on localhost alone"
        )
    return origin


def _moved(url: str, promised: str, ours: str) -> str:
    if url == promised or url.startswith(f"{promised}/"):
        return ours + url.removeprefix(promised)
    return url


def _moved_all(urls: tuple[str, ...], promised: str, ours: str) -> tuple[str, ...]:
    """Two addresses can become one when the deployment is the developer's own machine."""
    return tuple(dict.fromkeys(_moved(url, promised, ours) for url in urls))


def _moved_document(document: Document, promised: str, ours: str) -> Document:
    return {key: _moved_value(value, promised, ours) for key, value in document.items()}


def _moved_value(value: object, promised: str, ours: str) -> object:
    match value:
        case str():
            return _moved(value, promised, ours)
        case dict():
            return _moved_document(value, promised, ours)
        case list():
            moved = [_moved_value(item, promised, ours) for item in value]
            return [item for place, item in enumerate(moved) if item not in moved[:place]]
        case _:
            return value
