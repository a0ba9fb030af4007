"""The workflows that a portal's own people have built."""

from collections.abc import Sequence

from sandbox.conduct import Built
from sandbox.kit.touch_workflows import WHOLE, one_touch, whole
from sandbox.kit.workflow_spec import Spec

_TRIGGER: Spec = {"trigger": {"property": "rekindle_trigger_at", "when": "changed"}}

# As the app's own recipe says: whoever is not being approached any more leaves.
_STAY: Spec = {"property": "rekindle_status", "equals": "started"}


def own_workflows(built: Built) -> Sequence[Spec]:
    """Both wait for the moment that the app sets; one of them at most is switched on."""
    everything = whole(consent="sms_consent", yes="true")
    paced = {"name": WHOLE, "enabled": built is Built.WHOLE, "re_enroll": True, "stay": _STAY}
    return ({**one_touch(built), **_TRIGGER}, {**paced, **_TRIGGER, **everything})
