"""Which scopes a request needs."""

_CONTACTS = ("crm.objects.contacts.read",)
_CONTACTS_WRITE = ("crm.objects.contacts.write",)

# The contacts scope covers notes, calls, meetings, tasks and communications;
# e-mails need sales-email-read besides.
READ: dict[str, tuple[str, ...]] = {
    "contacts": _CONTACTS,
    "calls": _CONTACTS,
    "communications": _CONTACTS,
    "meetings": _CONTACTS,
    "notes": _CONTACTS,
    "tasks": _CONTACTS,
    "emails": ("sales-email-read", *_CONTACTS),
    "companies": ("crm.objects.companies.read",),
    "deals": ("crm.objects.deals.read",),
    "tickets": ("tickets",),
    "products": ("crm.objects.products.read",),
    "line_items": ("crm.objects.line_items.read",),
    "quotes": ("crm.objects.quotes.read",),
    "feedback_submissions": ("crm.objects.feedback_submissions.read",),
    "goal_targets": ("crm.objects.goals.read",),
    "postal_mail": _CONTACTS,
    "leads": ("crm.objects.leads.read",),
    "appointments": ("crm.objects.appointments.read",),
}
WRITE: dict[str, tuple[str, ...]] = {
    "contacts": _CONTACTS_WRITE,
    "calls": _CONTACTS_WRITE,
    "communications": _CONTACTS_WRITE,
    "meetings": _CONTACTS_WRITE,
    "notes": _CONTACTS_WRITE,
    "tasks": _CONTACTS_WRITE,
    "emails": _CONTACTS_WRITE,
    "companies": ("crm.objects.companies.write",),
    "deals": ("crm.objects.deals.write",),
    "tickets": ("tickets",),
    "products": ("crm.objects.products.write",),
    "line_items": ("crm.objects.line_items.write",),
    "quotes": ("crm.objects.quotes.write",),
    "feedback_submissions": ("crm.objects.feedback_submissions.write",),
    "goal_targets": ("crm.objects.goals.write",),
    "postal_mail": _CONTACTS_WRITE,
    "leads": ("crm.objects.leads.write",),
    "appointments": ("crm.objects.appointments.write",),
}
# Kinds whose definitions are read with the scopes of their records.
_OWN = frozenset(
    (
        "tickets",
        "products",
        "line_items",
        "quotes",
        "feedback_submissions",
        "goal_targets",
        "leads",
        "appointments",
    )
)


def schema_scopes(kind: str, *, write: bool) -> tuple[str, ...]:
    """Scopes for property definitions and pipelines; few kinds have scopes of their own for them."""
    if kind in _OWN:
        return (WRITE if write else READ)[kind]
    subject = kind if kind in {"deals", "companies"} else "contacts"
    return (f"crm.schemas.{subject}.{'write' if write else 'read'}",)
