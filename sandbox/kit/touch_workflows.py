"""The workflows for reactivation that a customer might build, as data."""

from sandbox.conduct import Built
from sandbox.kit.workflow_spec import Spec

ONE_TOUCH, WHOLE = "Rekindle: send one touch", "Reactivation: win back quiet contacts"


def one_touch(built: Built, *, field: str = "") -> Spec:
    """The workflow that sends one touch; `field` comes before the names of the app's properties.

    It branches on the channel, sends what the app has written, and leaves a receipt.
    """
    return {
        "name": ONE_TOUCH,
        "enabled": built not in (Built.DRAFT, Built.WHOLE, Built.SEQUENCE),
        "re_enroll": built is not Built.ONCE,
        "steps": [
            {
                "do": "branch",
                "property": f"{field}rekindle_best_channel",
                "equals": "sms",
                "then": [{"do": "sms", "text_from": f"{field}rekindle_opener_sms"}],
                "else": [
                    {
                        "do": "email",
                        "subject_from": f"{field}rekindle_opener_email_subject",
                        "text_from": f"{field}rekindle_opener_email",
                    }
                ],
            },
            {"do": "copy", "from": f"{field}rekindle_touch", "to": f"{field}rekindle_receipt"},
        ],
    }


def whole(*, consent: str, yes: str) -> Spec:
    """The workflow that paces everything by itself; `consent` is the property for text messages."""
    return {
        "goals": ["replied", "booked"],
        "window": {"from": 9, "to": 19, "days": [0, 1, 2, 3, 4, 5]},
        "steps": [
            {"do": "email"},
            {"do": "wait", "days": 3},
            {"do": "branch", "property": consent, "equals": yes, "then": [{"do": "sms"}]},
            {"do": "wait", "days": 7},
            {"do": "email"},
        ],
    }
