"""Installing by OAuth, for one account or for an agency with many."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What a CRM granted for one account; `expires_in` in seconds from the answer.

    `remote_agency_id` is set where an agency manages the account. Empty scopes: the CRM named none, so that
    those asked for were granted. A refresh need not repeat whose tokens they are: then the ids are empty.
    `remote_user_id` is who agreed, where the CRM says so: an id and never a name or an address.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    remote_account_id: str
    scopes: tuple[str, ...]
    remote_agency_id: str | None = None
    remote_user_id: str = ""


@dataclass(frozen=True, slots=True)
class AgencyGrant:
    """What a CRM granted to an agency: it opens no account itself, but mints grants for its accounts."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    remote_agency_id: str
    scopes: tuple[str, ...]
    remote_user_id: str = ""


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """Where to send the installer, and what to keep until they come back."""

    url: str
    code_verifier: str = field(repr=False)


@runtime_checkable
class Authorizes(Protocol):
    """Installs by OAuth."""

    # Whether every sign-in begins with us. Where one may begin at the marketplace it carries no state of
    # ours; it installs all the same, but signs nobody in.
    needs_state: bool
    # Whether an account that has installed us may go through once more, only to say who its admin is.
    signs_in: bool

    def authorize(
        self, *, state: str, redirect_uri: str, required: Sequence[str], optional: Sequence[str]
    ) -> AuthorizeRequest: ...

    def exchange(
        self, *, code: str, code_verifier: str | None, redirect_uri: str
    ) -> TokenGrant | AgencyGrant:
        """Raises CrmMisconfigured for our own credentials, CrmInvalid for a bad or used code."""
        ...

    def refresh(self, refresh_token: str) -> TokenGrant:
        """An account's tokens anew; raises CrmAuthInvalid when it has disconnected us."""
        ...


@runtime_checkable
class AuthorizesAgencies(Protocol):
    """Installs once for an agency, and so for many accounts, some of them later."""

    def refresh_agency(self, refresh_token: str) -> AgencyGrant:
        """Raises CrmAuthInvalid when the agency has disconnected us."""
        ...

    def list_accounts(self, access_token: str, remote_agency_id: str) -> Sequence[str]:
        """Remote ids of the agency's accounts that have the app installed, all pages of them."""
        ...

    def mint(self, access_token: str, remote_agency_id: str, remote_account_id: str) -> TokenGrant:
        """Tokens of one of the agency's accounts; raises CrmNotFound where the app is not installed."""
        ...
