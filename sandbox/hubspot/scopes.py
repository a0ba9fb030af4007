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
}


def schema_scopes(kind: str, *, write: bool) -> tuple[str, ...]:
    """Scopes for property definitions and pipelines; only deals have schemas of their own."""
    if kind == "tickets":
        return ("tickets",)
    subject = kind if kind in {"deals", "companies"} else "contacts"
    return (f"crm.schemas.{subject}.{'write' if write else 'read'}",)
