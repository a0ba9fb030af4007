"""Every admin page under /admin: a new page is one module here and one tab in the layout."""

from app.pages import (
    accounts,
    audit,
    audit_people,
    contacts,
    desk,
    do_not_contact,
    field_map,
    fields,
    home,
    lists,
    live,
    notices,
    numbers,
    person,
    plan,
    plan_diff,
    playbooks,
    policy,
    results,
    stops,
    ways_in,
    weekly,
    wishes,
)

# Each router has the prefix itself: logs and counters name a route by it.
PAGES = tuple(
    page.routes
    for page in (
        *(ways_in, home, accounts, fields, field_map, audit, audit_people, lists, playbooks, plan),
        *(plan_diff, live, results, weekly, desk, contacts, person, wishes, do_not_contact, policy),
        *(notices, stops, numbers),
    )
)
