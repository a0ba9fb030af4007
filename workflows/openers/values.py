"""An opener as the texts of our properties; pure."""

from workflows.openers.facts import Opener

SUBJECT = "rekindle_opener_email_subject"
EMAIL = "rekindle_opener_email"
SMS = "rekindle_opener_sms"
CALL_NOTE = "rekindle_opener_call_note"
VERSION = "rekindle_opener_version"
PROPERTIES = (SUBJECT, EMAIL, SMS, CALL_NOTE, VERSION)
# Nobody is to be written to: nothing invites anybody to do so.
NO_WORDS = dict.fromkeys(PROPERTIES, "")


def values_of_opener(opener: Opener) -> dict[str, str]:
    """Everything that a workflow or a person needs for the touch."""
    return {
        SUBJECT: opener.subject,
        EMAIL: opener.email,
        SMS: opener.sms,
        CALL_NOTE: opener.call_note,
        VERSION: opener.version,
    }


def values_for_a_call(opener: Opener) -> dict[str, str]:
    """What a person needs who is to call first; nothing that could be sent."""
    return {**NO_WORDS, CALL_NOTE: opener.call_note, VERSION: opener.version}
