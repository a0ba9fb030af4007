"""What an admin reads when the CRM does not enroll somebody in a sequence: why, and what to do; pure."""

from connector.port.sequences import Refusal, SequenceRefused

FULL = "The sender's sequence e-mails for today are used up in your CRM; it goes on when there is room again"
ENOUGH = "As many have begun in this sender's name within a day as your settings allow"

_CONTACT = {
    Refusal.IN_SEQUENCE: "Already in another sequence of your CRM",
    Refusal.UNSUBSCRIBED: "Your CRM does not enroll them: they have unsubscribed",
    Refusal.BOUNCED: "Your CRM does not enroll them: an e-mail to them has bounced",
    Refusal.SPAM: "Your CRM does not enroll them: an e-mail was marked as spam",
    Refusal.BLOCKED: "Your CRM does not enroll them: their address or its domain is blocked",
    Refusal.NO_EMAIL: "Your CRM does not enroll them: they have no e-mail address that works",
    Refusal.NO_CONTACT: "The contact is no longer in your CRM",
}
_SENDER = {
    Refusal.NO_SEAT: (
        "{sender} may not send sequences: your CRM has given them no paid sales or service seat. Assign one to them, "
        "or choose another sender on the page Dry run."
    ),
    Refusal.NO_INBOX: (
        "{sender} has no inbox connected in your CRM under the address of their user. Let them connect it, or choose "
        "another sender on the page Dry run."
    ),
    Refusal.NO_SENDER: (
        "{sender} is no user of your CRM any more. Choose another sender on the page Dry run."
    ),
    Refusal.NO_SEQUENCE: (
        "The sequence is gone, or {sender} may not use it. Share it with them, or choose another on the page Dry run."
    ),
    Refusal.FORBIDDEN: (
        "Your CRM does not let Rekindle enroll anybody in a sequence. Connect the account again and grant sequences, "
        "or choose another way on the page Dry run."
    ),
}
_NOBODY_LOST = " Nobody is lost: whoever was due waits."


def of_contact(refused: SequenceRefused) -> str:
    """Why this one is not enrolled; what nobody foresaw in the CRM's own codes."""
    return _CONTACT.get(refused.refusal, refused.message)


def of_sender(refusal: Refusal, name: str | None) -> str:
    """What stands in everybody's way, and what to do."""
    return _SENDER[refusal].format(sender=name or "The sender") + _NOBODY_LOST
