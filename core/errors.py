"""The tree of errors, named for what the caller can do.

AppError                 a message that may be shown, and a code; never a secret
├─ NotFound (NotYet) · Conflict · Invalid
├─ Forbidden             NotSignedIn · AdminsOnly · CrossOrigin
├─ SettingsInvalid       a setting is missing or wrong: names it and says what to do
├─ CrmError              see connector/errors.py
├─ OAuthError            see oauth/errors.py: a page a customer can act on
└─ ImpossibleTransition  see core/states.py: a state that does not follow the one there is
"""


class AppError(Exception):
    """Anything this product raises on purpose; `message` is safe to show to a customer."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(AppError):
    code = "not_found"


class NotYet(NotFound):
    """What will be there once something that is under way is done."""

    code = "not_yet"
    title = "Not there yet"


class Conflict(AppError):
    code = "conflict"


class Forbidden(AppError):
    code = "forbidden"


class NotSignedIn(Forbidden):
    """Nobody is signed in here, or not any more; `way_back` is the address at which one gets in again, if any."""

    code = "not_signed_in"

    def __init__(self, message: str, *, way_back: str | None = None) -> None:
        super().__init__(message)
        self.way_back = way_back


class AdminsOnly(Forbidden):
    """Somebody of the account's team asks for what its admins settle."""

    code = "admins_only"


class CrossOrigin(Forbidden):
    """Another site's page sent this."""

    code = "cross_origin"


class Invalid(AppError):
    code = "invalid"


class SettingsInvalid(AppError):
    code = "settings_invalid"
