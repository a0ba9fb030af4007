"""Every page has a picture; a new one without fails here."""

from pathlib import Path
from urllib.parse import urlsplit

from fastapi.routing import APIRoute

from app.lab.card_states import STATES as CARDS
from app.lab.screenshots import INSIDE, OUTSIDE, card_name
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


def test_the_admins_guide_shows_every_page_and_every_card() -> None:
    """They are made by `rekindle screenshots --guide --out docs/pictures`."""
    docs = Path(__file__).parents[2] / "docs"
    guide = (docs / "admin.md").read_text(encoding="utf-8")
    wanted = [*(f"{page}.png" for page in INSIDE), *(f"card-{card_name(c)}.png" for c in CARDS)]
    lacking = [
        name
        for name in wanted
        if f"(pictures/{name})" not in guide or not (docs / "pictures" / name).is_file()
    ]
    assert lacking == []
