"""The workflows that a portal's own people have built."""

from collections.abc import Sequence

from sandbox.conduct import Built
from sandbox.kit.touch_workflows import WHOLE, one_touch, whole
from sandbox.kit.workflow_spec import Spec

_TRIGGER: Spec = {"trigger": {"property": "rekindle_trigger_at", "when": "changed"}}

# As the app's own recipe says: whoever is not being approached any more leaves.
_STAY: Spec = {"property": "rekindle_status", "equals": "started"}


# The API has no way out of a sequence: a workflow has.
_LEAVE: Spec = {
    "name": "Rekindle: leave the sequence",
    "re_enroll": True,
    "trigger": {"property": "rekindle_status", "when": "changed"},
    "steps": [
        {
            "do": "branch",
            "property": "rekindle_status",
            "equals": "started",
            "else": [{"do": "leave_sequence"}],
        }
    ],
}


def own_workflows(built: Built) -> Sequence[Spec]:
    """Two wait for the moment that the app sets, of which one at most is switched on; the third for its status."""
    everything = whole(consent="sms_consent", yes="true")
    paced = {"name": WHOLE, "enabled": built is Built.WHOLE, "re_enroll": True, "stay": _STAY}
    built_all: list[Spec] = [
        {**one_touch(built), **_TRIGGER},
        {**paced, **_TRIGGER, **everything},
    ]
    return [*built_all, _LEAVE] if built is Built.SEQUENCE else built_all
