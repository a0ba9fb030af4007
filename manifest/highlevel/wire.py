"""The shape of the HighLevel app's file, in the words of the developer portal, strict so that a typo is seen.

The portal has fields and no file: what stands here is typed in there, both lists of scopes into its one list.
Scopes cannot be asked for one by one later: a change makes a new version that everybody must agree to again.
`further` are those without which the app still does its work. A listing under an agency's own brand may not have
HighLevel's name in its redirect address; ours has it in the path, so the listing type is "Standard". For a
"White-label" one "crm" stands in its place in every address.
"""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from manifest.promise import is_loopback, origin_of

# An event is only offered to an app that has its scope.
EVENT_SCOPES = {
    "Contact": "contacts.readonly",
    "Note": "contacts.readonly",
    "InboundMessage": "conversations/message.readonly",
    "OutboundMessage": "conversations/message.readonly",
    "Appointment": "calendars/events.readonly",
    "Opportunity": "opportunities.readonly",
}
_BRAND = ("highlevel", "ghl", "leadconnector")


def _https_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("must be an https:// address")
    return url


def _redirect_address(url: str) -> str:
    return url if is_loopback(url) else _https_address(url)


Text = Annotated[str, Field(min_length=1)]
Tagline = Annotated[str, Field(min_length=20, max_length=170)]
Scope = Annotated[str, Field(pattern=r"^[a-zA-Z-]+(/[a-zA-Z]+)?\.(readonly|write)$")]
Event = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+$")]
HttpsAddress = Annotated[str, AfterValidator(_https_address)]
RedirectAddress = Annotated[str, AfterValidator(_redirect_address)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Scopes(_Part):
    core: Annotated[list[Scope], Field(min_length=1)]
    further: list[Scope]


class Webhooks(_Part):
    default_url: Annotated[HttpsAddress, Field(alias="defaultUrl")]
    events: Annotated[list[Event], Field(min_length=1)]


class App(_Part):
    """app.json."""

    name: Text
    tagline: Tagline
    target_user: Annotated[Literal["Sub-account"], Field(alias="targetUser")]
    who_can_install: Annotated[
        list[Literal["Agency", "Sub-account"]], Field(alias="whoCanInstall", min_length=1)
    ]
    bulk_installation: Annotated[Literal[True], Field(alias="bulkInstallation")]
    listing_type: Annotated[Literal["Standard", "White-label"], Field(alias="listingType")]
    scopes: Scopes
    redirect_urls: Annotated[list[RedirectAddress], Field(alias="redirectUrls", min_length=1)]
    webhooks: Webhooks
    modules: list[Text]
    custom_page: Annotated[HttpsAddress, Field(alias="customPage")]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        granted = {*self.scopes.core, *self.scopes.further}
        for event in self.webhooks.events:
            needed = next((s for e, s in EVENT_SCOPES.items() if event.startswith(e)), None)
            if needed is None or needed not in granted:
                raise ValueError(f"the event {event} is not known, or its scope is not asked for")
        if origin_of(self.webhooks.default_url) not in map(origin_of, self.redirect_urls):
            raise ValueError("no redirect URL is at the webhooks' origin")
        if origin_of(self.webhooks.default_url) != origin_of(self.custom_page):
            raise ValueError("the custom page is not at the webhooks' origin")
        shown = (*self.redirect_urls, self.custom_page)
        branded = any(word in url.lower() for url in shown for word in _BRAND)
        if self.listing_type == "White-label" and branded:
            raise ValueError("a white-label listing may not name the brand in an address")
        return self
