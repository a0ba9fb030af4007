"""The kinds of record that are kept here, their names in paths, and what is said of any other name."""

from sandbox.hubspot.answers import error_body, missing_scopes
from sandbox.hubspot.links import singular
from sandbox.kit.answers import ApiError

TYPE_IDS = {
    "contacts": "0-1",
    "companies": "0-2",
    "deals": "0-3",
    "tickets": "0-5",
    "communications": "0-18",
    "tasks": "0-27",
    "notes": "0-46",
    "meetings": "0-47",
    "calls": "0-48",
    "emails": "0-49",
    "products": "0-7",
    "line_items": "0-8",
    "quotes": "0-14",
    "feedback_submissions": "0-19",
    "goal_targets": "0-74",
    "postal_mail": "0-116",
    "leads": "0-136",
    "appointments": "0-421",
}
KINDS = tuple(TYPE_IDS)

# Standard objects that no account here has anything of; the service wants their scope before anything else.
_NOT_KEPT = {
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
