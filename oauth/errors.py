"""What can go wrong while installing, as pages a customer can act on."""

from core.errors import AppError


class OAuthError(AppError):
    """The install did not happen; `message` says what to do next."""

    code = "oauth"
    title = "Rekindle was not installed"


class ConsentDenied(OAuthError):
    code = "oauth_denied"


class StateInvalid(OAuthError):
    """The answer does not belong to a sign-in that this browser began, or it came too late."""

    code = "oauth_state"


class ScopesMissing(OAuthError):
    code = "oauth_scopes"

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(
            "The account did not grant what Rekindle needs: "
            + ", ".join(missing)
            + ". Install again and leave these permissions ticked, "
            "or ask an administrator of the account to do it. Nothing was stored."
        )
        self.missing = missing


class NotInstalled(OAuthError):
    """Somebody signed in to an account that has no Rekindle."""

    code = "oauth_not_installed"
    title = "This account has no Rekindle yet"


class CredentialsRefused(OAuthError):
    """Our own client id or secret is wrong: the operator's to mend, not the customer's."""

    code = "oauth_credentials"


class NotConnected(AppError):
    """The account is not installed, or its connection has ended."""

    code = "not_connected"
