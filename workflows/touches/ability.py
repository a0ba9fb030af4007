"""Whether the account's automation can do what it would be asked for: looked at before anything starts."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from connector.port.automation import Hindrance, Obstacle, ShowsAbility
from connector.port.sequences import EnrollsInSequence
from workflows.enrollment.states import Way
from workflows.properties import LABELS, OF_TEMPLATES

# What each way takes from the contact.
_NEEDED: Mapping[Way, Collection[str]] = {
    Way.TOUCHES: ("rekindle_trigger_at", *OF_TEMPLATES),
    Way.WORKFLOW: ("rekindle_trigger_at", "rekindle_status"),
    Way.SEQUENCE: ("rekindle_status",),
}
_WORDS = {
    Obstacle.NO_WORKFLOWS: (
        "Your CRM has no workflow that could send anything: either the plan has none, or nobody has built one. "
        "Build the small workflow of the guide and switch it on, or work by hand with the cards."
    ),
    Obstacle.NOT_SHOWN: (
        "We may not see your workflows: your plan has none, or the permission for them was left out. On a plan with "
        "workflows install Rekindle again and allow it; until then work by hand with the cards."
    ),
    Obstacle.NO_TRIGGER: (
        "No workflow waits for the property Rekindle start. Build the small workflow of the guide with it as the "
        "trigger, with re-enrollment on, and switch it on."
    ),
    Obstacle.OFF: "The workflow {name} is switched off or a draft. Switch it on.",
    Obstacle.NO_RETURN: (
        "The workflow {name} lets nobody in a second time. Turn re-enrollment on for the property Rekindle start."
    ),
    Obstacle.NO_SEQUENCES: (
        "Your CRM lets Rekindle use no sequences: either the plan has none, or the permission is missing. Connect "
        "account again and grant sequences and owners, or choose another way."
    ),
    Obstacle.NO_SEQUENCE: (
        "The sequence {name} is gone, or its sender may not use it. Share it with the sender, or choose another."
    ),
    Obstacle.NO_SENDER: "The sender {name} is no user of your CRM any more. Choose another.",
    Obstacle.NO_EXIT: (
        "No workflow takes people out of a sequence when they wish so: your CRM has no other way. Build the workflow "
        "“Leave the sequence” of the guide, with Rekindle status as its trigger, and switch it on."
    ),
}


def look(crm: object, workflow_ids: Iterable[str]) -> Sequence[Hindrance]:
    """What stands in the way; empty where nothing is known to, and where the CRM cannot tell. Raises CrmError."""
    if not isinstance(crm, ShowsAbility):
        return []
    return crm.fetch_hindrances(sorted({i for i in workflow_ids if i}))


def look_at_sequences(crm: object, bound: Sequence[tuple[str, str]]) -> Sequence[Hindrance]:
    """What stands in the way of these pairs of sequence and sender. Raises CrmError."""
    if not isinstance(crm, EnrollsInSequence):
        return [Hindrance(Obstacle.NO_SEQUENCES)]
    return crm.fetch_sequence_hindrances(bound)


def without_fields(unmade: Collection[str], ways: Collection[Way]) -> str:
    """What an admin reads where the CRM lacks fields that what is to run takes from the contact; else nothing."""
    needed = {name for way in ways for name in _NEEDED[way]}
    missing = [f"“{LABELS[name]}”" for name in LABELS if name in needed and name in unmade]
    if not missing:
        return ""
    return (
        f"Your CRM has no field {', '.join(missing)}, which your workflow takes from the contact: a message would go "
        "out with a gap. Make room for custom properties in your CRM, then install Rekindle again."
    )


def words(hindrances: Iterable[Hindrance]) -> str:
    """What an admin reads: what is wrong, by name, and what to do."""
    return " ".join(_WORDS[h.obstacle].format(name=f"“{h.name}”") for h in hindrances)
