"""Logs carry nothing that identifies a person or opens a door."""

import json
import logging
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rq.logutils import setup_loghandlers

from core import log
from core.errors import AppError

Said = Callable[[], str]


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


PERSON = ("Ada Lovelace", "ada@example.com", "+1 212 555 0142")


LIBRARIES = ["rq.worker", "uvicorn.error", "sqlalchemy.pool", "asyncio"]


@pytest.fixture
def usual_levels() -> Iterator[None]:
    """Libraries as in a fresh process: a server that another test ran in this one may have silenced its own."""
    levels = {name: logging.getLogger(name).level for name in LIBRARIES}
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(params=["json", "console"])
def said(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], usual_levels: None
) -> Iterator[Said]:
    """What this process has said in one of its two formats."""
    warned = warnings.showwarning
    log.configure(request.param)

    def everything() -> str:
        captured = capsys.readouterr()
        return captured.out + captured.err

    yield everything
    warnings.showwarning = warned
    log.configure("json", level="CRITICAL")


def is_private(text: str) -> bool:
    return not any(value in text for value in (*PERSON, "CJ-secret", "Lovelace", "0142"))


def lose(name: str) -> None:
    raise RuntimeError(name)


def fail() -> None:
    raise AppError("no such person: ada@example.com")


def test_a_logged_error_names_its_kind_and_not_the_person(said: Said) -> None:
    try:
        fail()
    except AppError:
        log.get("test").exception("job.failed", account_id="hubspot-1", token="CJ-secret")
    text = said()
    assert is_private(text)
    assert "hubspot-1" in text
    assert "AppError" in text
    assert "in fail" in text


def test_a_foreign_error_is_told_without_its_message(said: Said) -> None:
    try:
        int(PERSON[0])
    except ValueError as error:
        log.get("test").error("failed", exc_info=error, cause=error)
    text = said()
    assert is_private(text)
    assert "ValueError" in text


@pytest.mark.parametrize("name", [*LIBRARIES, ""])
def test_what_a_library_fills_in_is_left_out_and_what_it_wrote_stays(said: Said, name: str) -> None:
    logger = logging.getLogger(name)
    try:
        lose(PERSON[0])
    except RuntimeError as error:
        logger.exception("Job %s failed\n%s", PERSON[0], traceback.format_exc())
        logger.error(error)  # noqa: TRY400
        logger.warning(f"{PERSON[0]} is %s", "gone")  # noqa: G004
        logger.error("Exception in ASGI application\n", exc_info=error)  # noqa: TRY400  as uvicorn does
    text = said()
    assert is_private(text)
    assert text.count("RuntimeError") >= 3
    assert "Job %s failed" in text
    assert "Exception in ASGI application" in text
    assert f"{__file__}:" in text


def test_a_library_cannot_bring_a_handler_of_its_own(
    said: Said, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("rq.worker").addHandler(logging.StreamHandler(sys.stdout))
    logging.getLogger("rq.worker").propagate = False
    log.configure("json")
    setup_loghandlers("WARNING")
    logging.getLogger("rq.worker").error("%s", PERSON[1])
    text = said()
    assert is_private(text)
    assert "library.said" in text


def test_a_warning_tells_its_kind_and_place(said: Said) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = log._show_warning
        warnings.warn(PERSON[0], UserWarning, stacklevel=1)
    text = said()
    assert is_private(text)
    assert "UserWarning" in text


GUARDED = """
import gc, sys, threading
from core import log
log.guard()
class Lost:
    def __del__(self): raise ValueError("Ada Lovelace")
def fail(): raise KeyError("Ada Lovelace")
thread = threading.Thread(target=fail); thread.start(); thread.join()
Lost(); gc.collect()
fail()
"""


def test_what_nobody_catches_is_told_without_values() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", GUARDED], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert is_private(ended.stdout + ended.stderr)
    assert ended.stderr.count("KeyError") == 2
    assert ended.stderr.count("ValueError") == 1
