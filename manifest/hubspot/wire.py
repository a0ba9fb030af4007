"""The shapes of HubSpot's project files on platform version 2026.09, strict so that a typo is seen.

HubSpot's own validator needs an account, so these models hold what its published templates show.
"""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from manifest.promise import is_loopback, origin_of


def _https_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("must be an https:// address")
    return url


def _https_origin(url: str) -> str:
    if origin_of(_https_address(url)) != url:
        raise ValueError("must be an origin: scheme and host, without a path or trailing slash")
    return url


def _redirect_address(url: str) -> str:
    return url if is_loopback(url) else _https_address(url)


def _source_path(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("must start with a slash; it is counted from the source folder")
    return path


Text = Annotated[str, Field(min_length=1)]
Uid = Annotated[str, Field(min_length=1, max_length=64)]
HttpsAddress = Annotated[str, AfterValidator(_https_address)]
HttpsOrigin = Annotated[str, AfterValidator(_https_origin)]
RedirectAddress = Annotated[str, AfterValidator(_redirect_address)]
SourcePath = Annotated[str, AfterValidator(_source_path)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Project(_File):
    """hsproject.json."""

    name: Text
    src_dir: Annotated[Text, Field(alias="srcDir")]
    platform_version: Annotated[Literal["2026.09"], Field(alias="platformVersion")]


class Auth(_File):
    type: Literal["oauth"]
    redirect_urls: Annotated[list[RedirectAddress], Field(alias="redirectUrls", min_length=1)]
    required_scopes: Annotated[list[Text], Field(alias="requiredScopes", min_length=1)]
    optional_scopes: Annotated[list[Text], Field(alias="optionalScopes")]
    conditional_scopes: Annotated[list[Text], Field(alias="conditionallyRequiredScopes")]

    @model_validator(mode="after")
    def _asks_for_a_scope_once(self) -> Self:
        scopes = [*self.required_scopes, *self.optional_scopes, *self.conditional_scopes]
        repeated = sorted({scope for scope in scopes if scopes.count(scope) > 1})
        if repeated:
            raise ValueError(f"asks twice for {', '.join(repeated)}")
        if "oauth" not in self.required_scopes:
            raise ValueError("requiredScopes must contain oauth, which every app needs")
        return self


class PermittedUrls(_File):
    fetch: Annotated[list[HttpsOrigin], Field(min_length=1)]
    iframe: list[HttpsAddress]
    img: list[HttpsAddress]


class Support(_File):
    email: Annotated[Text, Field(alias="supportEmail")]
    documentation_url: Annotated[HttpsAddress, Field(alias="documentationUrl")]
    url: Annotated[HttpsAddress, Field(alias="supportUrl")]
    phone: Annotated[Text, Field(alias="supportPhone")]


class AppConfig(_File):
    name: Text
    description: Text
    logo: SourcePath
    distribution: Literal["marketplace"]
    auth: Auth
    permitted_urls: Annotated[PermittedUrls, Field(alias="permittedUrls")]
    support: Support


class App(_File):
    uid: Uid
    type: Literal["app"]
    config: AppConfig


class Settings(_File):
    target_url: Annotated[HttpsAddress, Field(alias="targetUrl")]
    max_concurrent_requests: Annotated[int, Field(alias="maxConcurrentRequests", ge=1)]


class ObjectSubscription(_File):
    type: Annotated[
        Literal[
            "object.creation",
            "object.deletion",
            "object.merge",
            "object.restore",
            "object.propertyChange",
        ],
        Field(alias="subscriptionType"),
    ]
    object_type: Annotated[Literal["contact"], Field(alias="objectType")]
    property_name: Annotated[Text | None, Field(alias="propertyName")] = None
    active: bool

    @model_validator(mode="after")
    def _names_a_property_when_it_must(self) -> Self:
        if (self.type == "object.propertyChange") != (self.property_name is not None):
            raise ValueError("propertyName belongs to object.propertyChange, and to it alone")
        return self


class HubSubscription(_File):
    type: Annotated[
        Literal["contact.privacyDeletion", "conversation.creation", "conversation.newMessage"],
        Field(alias="subscriptionType"),
    ]
    active: bool


class Subscriptions(_File):
    crm_objects: Annotated[list[ObjectSubscription], Field(alias="crmObjects")]
    hub_events: Annotated[list[HubSubscription], Field(alias="hubEvents")]


class WebhooksConfig(_File):
    settings: Settings
    subscriptions: Subscriptions


class Webhooks(_File):
    uid: Uid
    type: Literal["webhooks"]
    config: WebhooksConfig


class CardConfig(_File):
    name: Text
    description: Text
    location: Literal[
        "crm.record.sidebar", "crm.record.tab", "crm.preview", "helpdesk.sidebar", "home"
    ]
    entrypoint: SourcePath
    object_types: Annotated[list[Literal["contacts"]], Field(alias="objectTypes", min_length=1)]


class Card(_File):
    uid: Uid
    type: Literal["card"]
    config: CardConfig


class SettingsPageConfig(_File):
    entrypoint: SourcePath


class SettingsPage(_File):
    uid: Uid
    type: Literal["settings"]
    config: SettingsPageConfig


AnyComponent = App | Webhooks | Card | SettingsPage
Component = Annotated[AnyComponent, Field(discriminator="type")]
COMPONENT: TypeAdapter[AnyComponent] = TypeAdapter(Component)
