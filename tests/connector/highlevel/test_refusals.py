"""Every failed answer of HighLevel in its class; no value, address or token in any message."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import errors
from connector.errors import CrmError
from connector.highlevel.refusals import classify, is_expired

PERSON = "ada.lovelace@example.com"


def body(message: Any = f"about {PERSON}", **more: Any) -> bytes:
    return orjson.dumps({"message": message, "error": "x", "traceId": "trace-1", **more})


def failed(status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> CrmError:
    return classify(status, content, headers or {})


@pytest.mark.parametrize(
    ("status", "kind", "wait"),
    [
        (400, errors.CrmInvalid, None),
        (401, errors.CrmAuthInvalid, None),
        (402, errors.CrmUnexpected, None),
        (403, errors.CrmForbidden, None),
        (404, errors.CrmNotFound, None),
        (409, errors.CrmConflict, None),
        (413, errors.CrmInvalid, None),
        (418, errors.CrmUnexpected, None),
        (422, errors.CrmInvalid, None),
        (429, errors.CrmRateLimited, 10.0),
        *[(s, errors.CrmUnavailable, None) for s in (500, 502, 503, 504, 522)],
        (0, errors.CrmUnexpected, None),
    ],
)
@pytest.mark.parametrize(
    "content",
    [body(), body([f"{PERSON} is wrong"]), body({"a": 1}), b"", b"<html>", b"[]", b"null", b"\xff"],
)
def test_every_status_has_its_class_whatever_the_body(
    status: int, kind: type[CrmError], wait: float | None, content: bytes
) -> None:
    found = failed(status, content)
    assert type(found) is kind
    assert found.retry_after == wait
    assert PERSON not in str(found)


@pytest.mark.parametrize(
    ("status", "message", "kind", "may_be_renewed"),
    [
        (401, "Invalid JWT", errors.CrmAuthInvalid, True),
        (401, "version header was not found.", errors.CrmUnexpected, False),
        (401, "version header is invalid", errors.CrmUnexpected, False),
        (401, "The token is not authorized for this scope.", errors.CrmForbidden, False),
        (401, "You do not have access to this feature", errors.CrmForbidden, False),
        (403, "The token does not have access to this location.", errors.CrmAuthInvalid, False),
        (403, "Forbidden resource", errors.CrmForbidden, False),
        (400, "Contact with id X not found", errors.CrmNotFound, False),
        (404, "Contact with id X not found", errors.CrmNotFound, False),
        (400, "Bad Request", errors.CrmInvalid, False),
    ],
)
def test_a_refusal_is_told_apart_by_its_text_where_the_status_does_not(
    status: int, message: str, kind: type[CrmError], *, may_be_renewed: bool
) -> None:
    assert type(failed(status, body(message))) is kind
    assert is_expired(status, body(message)) is may_be_renewed


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (["property foo should not exist"], "property foo should not exist"),
        ("Invalid field contact_name", "Invalid field contact_name"),
        (
            ["pageLimit must not be greater than 500", "query must be a string"],
            "pageLimit must not be greater than 500, query must be a string",
        ),
        (["customFields.0.field_value must be a number"], "customFields.0.field_value must be a"),
        ([f"email {PERSON} must be an email"], "no reason that can be repeated"),
        (f"{PERSON} must be a string", "no reason that can be repeated"),
        ("This value should not exist: 123-45-6789", "no reason that can be repeated"),
        (None, "no reason that can be repeated"),
        ([1, None, {}], "no reason that can be repeated"),
    ],
)
def test_what_was_wrong_is_repeated_without_values(message: object, said: str) -> None:
    found = failed(422, body(message))
    assert said in found.message
    assert PERSON not in found.message


@given(st.text(max_size=80))
def test_no_text_of_a_person_comes_through(text: str) -> None:
    secret = "s3cr3t@person"
    assert secret not in str(failed(422, body([text + secret, secret + text, secret])))


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, 10.0),
        ({"x-ratelimit-interval-milliseconds": "20000"}, 20.0),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "3", "x-ratelimit-interval-milliseconds": "10000"}, 3.0),
        ({"retry-after": "soon"}, 10.0),
        ({"x-ratelimit-daily-remaining": "0", "x-ratelimit-daily-reset": "7200000"}, 7200.0),
        ({"x-ratelimit-daily-remaining": "0"}, 86_400.0),
        ({"x-ratelimit-daily-remaining": "0", "x-ratelimit-daily-reset": "9" * 30}, 86_400.0),
        ({"x-ratelimit-daily-remaining": "17", "x-ratelimit-daily-reset": "7200000"}, 10.0),
    ],
)
def test_the_limit_that_was_met_says_how_long_to_wait(headers: dict[str, str], wait: float) -> None:
    assert failed(429, b"", headers).retry_after == wait


def test_the_trace_is_kept_for_highlevels_support() -> None:
    assert failed(404, body()).request_id == "trace-1"
    assert failed(404, body(traceId=None)).request_id is None
    assert failed(404, body(traceId=f"{PERSON} x")).request_id is None
