"""What staff do with duplicates: one contact keeps its id and takes over what was the other's, which is deleted."""

from sandbox.highlevel.contacts import Contact, Revision
from sandbox.highlevel.location import Location


def merge(location: Location, kept: Contact, other: Contact) -> None:
    """Make one contact of two; nothing tells the app into whom the other one was merged but its payments.

    The kept contact's values win; what it lacks comes from the other one.
    """
    now = location.now()
    location.conversations.hand_over(other.id, kept.id)
    location.opportunities.hand_over(other.id, kept.id, at=now)
    location.appointments.hand_over(other.id, kept.id, at=now)
    location.sales.hand_over(other, kept)
    for rows in (location.notes, location.tasks):
        rows.setdefault(kept.id, []).extend(rows.pop(other.id, []))
    details = {k: v for k, v in other.details.items() if v and not kept.details.get(k)}
    custom = {k: v for k, v in other.custom.items() if k not in kept.custom}
    tags = list(dict.fromkeys([*kept.tags, *other.tags]))
    location.contacts.delete(other)
    location.contacts.revise(kept, Revision(details=details, custom=custom, tags=tags))
