"""What every answer tells browsers, and what of other sites is refused; unit-cheap, without an account."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from app import errors
from app.guard import FRAMED_BY, Guard
from app.templating import environment
from core.errors import NotFound
from core.wording import shown_to
from tests.web_client import open_client

HOME = "https://app.example.com"
BROWSER = {"accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def web() -> TestClient:
    app = FastAPI()
    errors.install(app, environment())
    app.add_middleware(
        Guard, public_url=HOME, signed=("/webhooks/",), crms=("https://*.crm.example",)
    )

    @app.get("/framed")
    def framed(request: Request) -> str:
        setattr(request.state, FRAMED_BY, ("https://crm.example.net",))
        return "shown"

    @app.get("/fails")
    def fails() -> None:
        raise ZeroDivisionError

    @app.get("/missing")
    def missing() -> None:
        raise NotFound("There is no such contact.")

    @app.get("/needs")
    def needs(number: int) -> int:
        return number

    @app.post("/form")
    @app.post("/webhooks/crm")
    def form() -> str:
        return "done"

    return open_client(app, HOME)


ANSWERS = {
    "/framed": 200,
    "/fails": 500,
    "/missing": 404,
    "/needs": 422,
    "/none": 404,
    "/form": 405,
}


@pytest.mark.parametrize(("path", "status"), ANSWERS.items())
def test_every_answer_says_what_may_run_and_that_nobody_keeps_it(
    web: TestClient, path: str, status: int
) -> None:
    answer = web.get(path, headers=BROWSER)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    framed = "https://crm.example.net" if path == "/framed" else "https: https://*.crm.example"
    assert f"frame-ancestors {framed}" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize("path", [path for path, status in ANSWERS.items() if status >= 400])
def test_a_browser_gets_a_page_with_a_way_on_and_a_program_json(web: TestClient, path: str) -> None:
    shown = web.get(path, headers=BROWSER)
    assert shown.headers["content-type"].startswith("text/html")
    assert re.search(r'<a class="button filled" href="/', shown.text)
    once = re.search(r"style-src 'nonce-([^']+)'", shown.headers["content-security-policy"])
    assert once is not None
    assert f'<style nonce="{once[1]}">' in shown.text
    told = web.get(path)
    assert set(told.json()["error"]) == {"message", "reference"}
    assert "ZeroDivision" not in shown.text + told.text


def test_a_nonce_is_used_once(web: TestClient) -> None:
    policies = {web.get("/none").headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3


FOREIGN = (
    {"origin": "https://evil.example.org"},
    {"origin": "null"},
    {"origin": "http://app.example.com:8080"},
    {"sec-fetch-site": "cross-site"},
)


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_form_of_another_site_is_refused_but_not_what_a_crm_sends(
    web: TestClient, headers: dict[str, str]
) -> None:
    assert web.post("/form", headers=headers).status_code == 403
    assert web.post("/webhooks/crm", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"origin": HOME}, {"sec-fetch-site": "same-origin"}])
def test_our_own_forms_are_taken(web: TestClient, headers: dict[str, str]) -> None:
    assert web.post("/form", headers=headers).status_code == 200


def test_errors_are_pages_in_the_viewers_words(web: TestClient) -> None:
    with shown_to("en-GB"):
        assert "There is no such contact." in web.get("/missing", headers=BROWSER).text
