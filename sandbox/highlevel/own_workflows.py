"""The workflows that a location's own people have built."""

from collections.abc import Sequence

from sandbox.conduct import Built
from sandbox.kit.touch_workflows import one_touch, whole
from sandbox.kit.workflow_spec import Spec

_BY_TAG: Spec = {"property": "tag", "when": "equals", "value": "rekindle: start"}


def own_workflows(built: Built) -> Sequence[Spec]:
    """Those for reactivation, that which is meant for use first, and two that have nothing to do with it."""
    if built is Built.NONE:
        return ()
    win_back = whole(consent="contact.sms_consent", yes="Yes")
    touch = one_touch(built, field="contact.")
    paced: Spec = {"name": "Win back quiet contacts", "re_enroll": True, **win_back}
    return (
        *((paced, touch) if built is Built.WHOLE else (touch, paced)),
        {"name": "Win back by tag", "re_enroll": True, "trigger": _BY_TAG, **win_back},
        {"name": "Welcome", "re_enroll": False, "steps": [{"do": "email"}]},
        {"name": "Spring offer", "enabled": False, "steps": [{"do": "email"}]},
    )
