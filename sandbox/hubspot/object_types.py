"""The names of HubSpot's kinds of record in paths, and what it says of a name that is none it keeps here."""

from sandbox.hubspot.answers import ApiError, error_body, missing_scopes
from sandbox.hubspot.links import singular
from sandbox.hubspot.records import KINDS, TYPE_IDS

# Standard objects that no account here has anything of; the service wants their scope before anything else.
_NOT_KEPT = {
    "appointments": "crm.objects.appointments.read",
    "carts": "crm.objects.carts.read",
    "commerce_payments": "crm.objects.commercepayments.read",
    "courses": "crm.objects.courses.read",
    "invoices": "crm.objects.invoices.read",
    "listings": "crm.objects.listings.read",
    "orders": "crm.objects.orders.read",
    "projects": "crm.objects.projects.read",
    "services": "crm.objects.services.read",
    "subscriptions": "crm.objects.subscriptions.read",
    "users": "crm.objects.users.read",
}
_SINGULARS = {singular(kind): kind for kind in (*KINDS, *_NOT_KEPT)}
_ALIASES = {type_id: kind for kind, type_id in TYPE_IDS.items()} | _SINGULARS
# Some clients name goals without the word that the service puts behind it.
_ALIASES |= {"goals": "goal_targets", "goal": "goal_targets"}


def kind_of(text: str) -> str | None:
    """The kind of record that a path or subscription names: `contacts`, `contact` or `0-1`."""
    lowered = text.lower()
    kind = lowered if lowered in KINDS else _ALIASES.get(lowered)
    return kind if kind in KINDS else None


def refuse_kind(text: str) -> ApiError:
    """What is answered about a kind that is not kept: a missing scope, or that there is no such kind."""
    lowered = text.lower()
    scope = _NOT_KEPT.get(_SINGULARS.get(lowered, lowered))
    if scope is not None:
        return missing_scopes([scope])
    message = f"Unable to infer object type from: {text[:40]}"
    return ApiError(404, error_body(message, "OBJECT_NOT_FOUND"))
