"""Whether whoever looks at a card may also act from it; pure."""

from core.wording import gettext
from oauth.account_settings.fields import AccountSettings


def look_only(own: AccountSettings, user_id: str, *, is_admin: bool = False) -> str | None:
    """Why a person may look and do nothing; None where they may act."""
    if is_admin:
        return None
    if not user_id:
        return gettext(
            "Your CRM doesn't say who you are, so you can look, and do nothing from here."
        )
    allowed = own.acting_users.split()
    if allowed and user_id not in allowed:
        return gettext(
            "You can look, but not start. Starting, stopping and correcting is for the people whom an "
            "admin has named in the settings."
        )
    return None


def user_of(person: str) -> str:
    """The id of a user of the CRM by the name under which what they do is kept; empty of anybody else."""
    before, _, user_id = person.rpartition(" user ")
    return user_id if before else ""
