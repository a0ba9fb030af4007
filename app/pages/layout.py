"""The frame of every admin page: the account's name, the tabs, what an admin must do, then the page's own template."""

from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment

from app.pages import session
from app.pages.notice_lines import load_lines
from app.templating import unbranded
from connector.errors import CrmUnavailable
from core.context import Context
from core.db import reading
from core.jobs import store as jobs
from core.wording import gettext, viewer
from oauth.store import Installation
from workflows.stops.store import Stop, find_stop


def _(label: str) -> str:
    """Marks a text for the catalogue; it is put into the viewer's language when it is shown."""
    return label


# The pages in the order of their tabs: the last part of the address, and the label. A page is one line here.
NAV = (
    ("progress", _("Progress")),
    ("fields", _("Fields")),
    ("audit", _("Audit")),
    ("policy", _("Policy")),
    ("playbooks", _("Playbooks")),
    ("plan", _("Dry run")),
    ("live", _("Live")),
    ("results", _("Results")),
    ("weekly", _("Weekly report")),
    ("desk", _("Win-back desk")),
    ("contacts", _("Contacts")),
    ("notices", _("Notices")),
)

# What people of the team see as well, who work with contacts and settle nothing.
TEAM = frozenset({"desk", "contacts"})
FIRST_FOR_TEAM = next(key for key, _label in NAV if key in TEAM)


def _halts(here: Context, account_id: str) -> tuple[Stop | None, datetime | None]:
    """What keeps the account still, and when a CRM that did not answer is asked again."""
    with reading(here.engine) as connection:
        next_try = jobs.find_next_try(connection, account_id, CrmUnavailable.code)
        return find_stop(connection, account_id), next_try


def draw(
    template: str,
    request: Request,
    here: Context,
    installation: Installation,
    *,
    active: str,
    **values: Any,
) -> Response:
    """A page in the admin's frame; `active` is the key of its tab, `values` what the template shows."""
    templates: Environment = request.app.state.templates
    is_admin = session.is_admin(request)
    stop, next_try = _halts(here, installation.account_id)
    shown = templates.get_template(template).render(
        account={"name": request.state.account_name, "note": str(viewer().zone)},
        nav=[
            {
                "href": f"/admin/{key}",
                "label": gettext(label),
                "current": key == active,
                "done": False,
            }
            for key, label in NAV
            if is_admin or key in TEAM
        ],
        active=active,
        notices=load_lines(here, installation.account_id) if is_admin else [],
        may_switch=session.has_several(request),
        stop=stop,
        next_try=next_try,
        form_token=session.form_token(request),
        **values,
    )
    return HTMLResponse(unbranded(shown, request.state.brands))
