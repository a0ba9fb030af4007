"""The frame of every admin page: the account's name, the tabs, what an admin must do, then the page's own template."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment

from app.pages import session
from app.pages.notice_lines import load_lines
from core.context import Context
from core.db import reading
from oauth.account_settings.changing import load_settings
from oauth.store import Installation
from workflows.stops.store import Stop, find_stop

# The tabs: the last part of a page's address, and its label.
NAV = (
    ("progress", "Progress"),
    ("fields", "Fields"),
    ("audit", "Audit"),
    ("plan", "Dry run"),
    ("contacts", "Contacts"),
    ("wishes", "Wishes"),
    ("do-not-contact", "Do not contact"),
    ("settings", "Settings"),
    ("notices", "Notices"),
)


def _find_stop(here: Context, account_id: str) -> Stop | None:
    with reading(here.engine) as connection:
        return find_stop(connection, account_id)


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
    shown = templates.get_template(template).render(
        account={"name": installation.name, "note": load_settings(here, installation).timezone},
        nav=[
            {"href": f"/admin/{key}", "label": label, "current": key == active, "done": False}
            for key, label in NAV
        ],
        active=active,
        notices=load_lines(here, installation.account_id),
        stop=_find_stop(here, installation.account_id),
        form_token=session.form_token(request),
        **values,
    )
    return HTMLResponse(shown)
