"""Whether the account's automation can do what it would be asked for: looked at before anything starts."""

from collections.abc import Iterable, Sequence

from connector.port.automation import Hindrance, Obstacle, ShowsAbility

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
    Obstacle.OFF: "The workflow {workflow} is switched off or a draft. Switch it on.",
    Obstacle.NO_RETURN: (
        "The workflow {workflow} lets nobody in a second time. Turn re-enrollment on for the property Rekindle start."
    ),
}


def look(crm: object, workflow_ids: Iterable[str]) -> Sequence[Hindrance]:
    """What stands in the way; empty where nothing is known to, and where the CRM cannot tell. Raises CrmError."""
    if not isinstance(crm, ShowsAbility):
        return []
    return crm.fetch_hindrances(sorted({i for i in workflow_ids if i}))


def words(hindrances: Iterable[Hindrance]) -> str:
    """What an admin reads: what is wrong, by name, and what to do."""
    return " ".join(_WORDS[h.obstacle].format(workflow=f"“{h.workflow}”") for h in hindrances)
