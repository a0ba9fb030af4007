"""Every page has a picture; a new one without fails here."""

from urllib.parse import urlsplit

from fastapi.routing import APIRoute

from app.lab.screenshots import INSIDE, OUTSIDE
from app.pages.routes import PAGES

# What is downloaded, or only leads on.
NO_PAGES = {
    "/enter",
    "/kept",
    "/actions/{provider}/ticket",
    "/admin/enter",
    "/admin/",
    "/admin/accounts/{account_id}",
}


def test_every_page_has_a_picture() -> None:
    pictured = [urlsplit(path).path for path in (*INSIDE.values(), *OUTSIDE.values())]
    lacking = []
    for router in PAGES:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            is_page = "GET" in (route.methods or ()) and not route.path.endswith((".csv", ".pdf"))
            if is_page and route.path not in NO_PAGES:
                shown = any(route.path_regex.match(path) for path in pictured)
                lacking += [] if shown else [route.path]
    assert lacking == []
