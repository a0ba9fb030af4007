"""Logs carry nothing that identifies a person or opens a door."""

import json
from typing import Any

import pytest

from core import log
from core.errors import AppError


def redacted(**event: Any) -> str:
    return json.dumps(log.redact(None, "info", event), default=str)


@pytest.mark.parametrize(
    "name",
    ["token", "access_token", "Client_Secret", "password", "Authorization", "cookie", "raw_body",
     "code_verifier", "email", "phone_number", "userEmail"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["hunter2", 2, ["hunter2"], {"a": "hunter2"}])
def test_values_under_telling_names_go(name: str, value: object) -> None:
    assert json.loads(redacted(**{name: value})) == {name: "[removed]"}


@pytest.mark.parametrize(
    "text",
    [
        "mail to ada.lovelace+x@example.co.uk bounced",
        "GET /cards?userEmail=ada%40example.com&portalId=1",
        "Authorization was bearer CJ-secret",
        "BEARER CJ-secret refused",
    ],
)
def test_addresses_and_bearer_tokens_go_wherever_they_stand(text: str) -> None:
    for value in (text, [text], {"deep": [{"er": text}]}, AppError(text), (text,), {text}):
        said = redacted(event="x", note=value)
        assert "ada" not in said
        assert "example" not in said
        assert "CJ-secret" not in said


def test_everything_else_stays_as_it_is() -> None:
    event = {"event": "sync.page", "account_id": "hubspot-1", "count": 3, "share": 0.5, "ok": True}
    assert log.redact(None, "info", dict(event)) == event
    nested = {"counts": {"read": 1, "left": None}, "ids": ["1", "2"]}
    assert log.redact(None, "info", dict(nested)) == nested


def fail() -> None:
    raise AppError("no such person: ada@example.com")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_logged_error_names_its_kind_and_not_the_person(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        log.configure(log_format)
        try:
            fail()
        except AppError:
            log.get("test").exception("job.failed", account_id="hubspot-1", token="CJ-secret")
        said = capsys.readouterr()
    finally:
        log.configure("json", level="CRITICAL")
    assert said.out == ""
    assert "hubspot-1" in said.err
    assert "AppError" in said.err
    assert "ada@example.com" not in said.err
    assert "CJ-secret" not in said.err
