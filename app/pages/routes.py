"""Every admin page under /admin: a new page is one module here and one tab in the layout."""

from fastapi import APIRouter

from app.pages import audit, contacts, fields, home, notices, plan, settings

PAGES = (home, fields, audit, plan, contacts, settings, notices)

routes = APIRouter(prefix="/admin")
for page in PAGES:
    routes.include_router(page.routes)
