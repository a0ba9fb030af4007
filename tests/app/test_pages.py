"""Pages show what was stored: no web request loads columns or a model, or computes an account (S12, S30)."""

import subprocess
import sys

import orjson
import pytest
import sqlalchemy as sa

from app.lab.bench_web import PAGES
from core.db import reading
from scoring.store import load_best
from scoring.tables import audits
from tests.rekindle import Rekindle

# Its three examples of openers are worded anew for whoever looks, out of mapped properties, which are read as columns.
_WORDS_ANEW = "/admin/playbooks"
# A web process of its own: in this one the jobs have loaded everything.
ASK = """
import json, sys
from urllib.parse import urlsplit
from fastapi.testclient import TestClient
from app.pages.session import sign_link
from app.lab.bench_account import context_of
from app.web import create_app
from connector.port.signed import CardRequest
from connector.registry import find_provider
from core.settings import Environment

told = json.load(sys.stdin)
context = context_of(Environment(told["environment"]))
base = context.settings.public_url
web = TestClient(create_app(context), base_url=base)
web.get(sign_link(context, told["account"]), follow_redirects=False)
status = {page: web.get(page).status_code for page in told["pages"]}
signed = find_provider("hubspot", context.environment).cards().sign_card_request(
    base + "/cards/hubspot/contact", CardRequest(told["portal"], told["contact"]), now=context.wall.now()
)
card = web.get(signed.url, headers=dict(signed.headers)).json()
counted = web.get("/metrics").text
heavy = [m for m in ("polars", "numpy", "scipy", "hubspot") if m in sys.modules]
print(json.dumps({"status": status, "card": card, "heavy": heavy, "counted": counted}))
"""


@pytest.mark.processes
def test_every_page_and_card_is_shown_without_columns(rekindle: Rekindle) -> None:
    rekindle.ready()
    with reading(rekindle.context.engine) as connection:
        best = load_best(connection, rekindle.account_id, limit=1)[0]["contact_id"]
    told = {
        "environment": dict(rekindle.context.environment.values),
        "account": rekindle.account_id,
        "portal": str(rekindle.lab.portal),
        "contact": best,
        "pages": [page.replace("{contact}", best) for page in PAGES if page != _WORDS_ANEW],
    }
    run = subprocess.run(
        [sys.executable, "-c", ASK], input=orjson.dumps(told), capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    found = orjson.loads(run.stdout)
    assert set(found["status"].values()) == {200}
    assert found["card"]["ok"]
    assert found["heavy"] == []
    assert 'route="/admin/audit",status="200"' in found["counted"]
    assert 'route="/cards/{provider}/contact",status="200"' in found["counted"]


def test_an_account_scored_by_an_older_version_is_told_when_its_audit_comes(
    rekindle: Rekindle,
) -> None:
    rekindle.ready()
    assert "Your database at a glance" in rekindle.web.get("/admin/audit").text
    with rekindle.context.engine.begin() as tx:
        tx.execute(sa.delete(audits))
    for _ in range(2):
        page = rekindle.web.get("/admin/audit", headers={"Accept": "text/html"})
        assert page.status_code == 404
        assert "the audit comes with the next scoring" in page.text
