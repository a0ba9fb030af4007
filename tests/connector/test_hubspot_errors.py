"""Every failed answer of HubSpot in its class; no value, address or token in any message."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import errors
from connector.budget import Unlimited
from connector.errors import CrmError
from connector.hubspot import oauth
from connector.hubspot.http import BUDGETS, HubSpotHttp
from connector.hubspot.refusals import classify, classify_parts
from connector.port.provider import AccountAccess

PERSON = "ada.lovelace@example.com"


def body(**more: Any) -> bytes:
    return orjson.dumps(
        {"status": "error", "message": f"about {PERSON}", "correlationId": "uuid-1", **more}
    )


def error(status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> CrmError:
    return classify_parts(status, content, headers or {})


@pytest.mark.parametrize(
    ("status", "kind", "wait"),
    [
        (400, errors.CrmInvalid, None),
        (401, errors.CrmAuthInvalid, None),
        (402, errors.CrmUnexpected, None),
        (403, errors.CrmForbidden, None),
        (404, errors.CrmNotFound, None),
        (405, errors.CrmUnexpected, None),
        (409, errors.CrmConflict, None),
        (413, errors.CrmInvalid, None),
        (414, errors.CrmInvalid, None),
        (415, errors.CrmInvalid, None),
        (418, errors.CrmUnexpected, None),
        (422, errors.CrmInvalid, None),
        (423, errors.CrmUnavailable, 2.0),
        (429, errors.CrmRateLimited, 10.0),
        (477, errors.CrmUnavailable, None),
        *[(s, errors.CrmUnavailable, None) for s in (500, 502, 503, 504, 521, 522, 526)],
        (0, errors.CrmUnexpected, None),
    ],
)
@pytest.mark.parametrize(
    "content",
    [body(), b"", b"<html>gateway</html>", b"[]", b"null", b'"x"', b"\xff", body(errors=["x"])],
)
def test_every_status_has_its_class_whatever_the_body(
    status: int, kind: type[CrmError], wait: float | None, content: bytes
) -> None:
    found = error(status, content)
    assert type(found) is kind
    assert found.retry_after == wait
    assert PERSON not in str(found)


@pytest.mark.parametrize(
    ("policy", "wait"),
    [
        ("TEN_SECONDLY_ROLLING", 10.0),
        ("SECONDLY", 1.0),
        ("DAILY", 3600.0),
        ("NEW_POLICY", 10.0),
        (None, 10.0),
        ({"a": 1}, 10.0),
    ],
)
def test_the_limit_that_was_met_says_how_long_to_wait(policy: object, wait: float) -> None:
    found = error(429, body(errorType="RATE_LIMIT", policyName=policy))
    assert found.retry_after == wait


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("²", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
def test_a_wait_that_can_be_waited_is_believed(name: str, said: str, wait: float | None) -> None:
    for status in (477, 503):
        assert error(status, b"", {name: said}).retry_after == wait


def test_the_request_id_is_kept_for_hubspots_support() -> None:
    found = error(404, body())
    assert found.request_id == "uuid-1"
    assert "uuid-1" in str(found)
    assert error(404, body(correlationId=None)).request_id is None


def test_missing_scopes_are_named() -> None:
    content = body(
        category="MISSING_SCOPES",
        errors=[
            {"message": PERSON, "context": {"requiredGranularScopes": ["crm.lists.read"]}},
            {"context": {"requiredGranularScopes": ["tickets"]}},
        ],
    )
    found = error(403, content)
    assert isinstance(found, errors.CrmForbidden)
    assert found.scopes == ("crm.lists.read", "tickets")
    assert "crm.lists.read, tickets" in found.message


@pytest.mark.parametrize(
    "listed",
    [
        None,
        "text",
        7,
        {"a": 1},
        ["text", None, 7, [1]],
        [{"context": None}],
        [{"context": ["x"]}],
        [{"context": {"requiredGranularScopes": "tickets"}}],
        [{"context": {"requiredGranularScopes": [None, 5]}, "code": 7}],
        [{"context": {"propertyName": PERSON.split("@")}, "code": None, "subCategory": None}],
    ],
)
@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
def test_odd_lists_of_errors_do_not_fail(listed: object, status: int) -> None:
    assert isinstance(error(status, body(errors=listed, context=listed)), CrmError)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 418, 503])
def test_every_refusal_keeps_the_codes_of_its_body(status: int) -> None:
    found = error(status, body(category="SOME_CATEGORY", subCategory="Some.SUB_CATEGORY"))
    assert "SOME_CATEGORY, Some.SUB_CATEGORY" in found.message
    assert PERSON not in found.message


def test_a_refused_value_is_named_by_its_property_and_not_shown() -> None:
    faults = [
        {
            "isValid": False,
            "message": f"{PERSON} was not one of the allowed options",
            "error": "INVALID_OPTION",
            "name": "rekindle_track",
            "localizedErrorMessage": PERSON,
        }
    ] * 9
    found = error(
        400,
        body(
            category="VALIDATION_ERROR",
            message=f"Property values were not valid: {orjson.dumps(faults).decode()}",
        ),
    )
    assert found.message.count("INVALID_OPTION for rekindle_track") == 5
    assert PERSON not in str(found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            body(
                category="VALIDATION_ERROR",
                errors=[
                    {
                        "message": PERSON,
                        "code": "MISSING_CONDITIONAL_REQUIRED_PROPERTY",
                        "context": {"propertyName": ["budget"], "value": [PERSON]},
                    }
                ],
            ),
            "MISSING_CONDITIONAL_REQUIRED_PROPERTY budget",
        ),
        (body(category="VALIDATION_ERROR", message=f"[{PERSON}]"), "VALIDATION_ERROR"),
        (body(category="VALIDATION_ERROR", message='[{"cut": '), "VALIDATION_ERROR"),
        (body(message="[1, 2]", errorType="ODD"), "ODD"),
        (
            body(category="VALIDATION_ERROR", subCategory="Properties.PROPERTY_LIMIT_REACHED"),
            "VALIDATION_ERROR, Properties.PROPERTY_LIMIT_REACHED",
        ),
        (body(category=PERSON, subCategory="Ada Lovelace", errors=[{"code": "Ada"}]), "no reason"),
        (body(), "no reason given"),
    ],
)
def test_what_a_refusal_says(content: bytes, said: str) -> None:
    found = error(400, content)
    assert said in found.message
    assert PERSON not in str(found)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 600) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["errors", "message", "context", "code", "category", "policyName",
             "requiredGranularScopes", "propertyName", "correlationId"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=15,
)  # fmt: skip


@given(status=st.integers(400, 599), content=json_values.map(orjson.dumps) | st.binary(max_size=40))
def test_no_body_at_all_makes_classifying_fail(status: int, content: bytes) -> None:
    assert isinstance(error(status, content), CrmError)


@pytest.mark.parametrize(
    ("status_code", "status", "kind"),
    [
        (400, "BAD_REFRESH_TOKEN", errors.CrmAuthInvalid),
        (400, "BAD_HUB", errors.CrmAuthInvalid),
        *[
            (400, s, errors.CrmMisconfigured)
            for s in (
                "BAD_CLIENT_ID",
                "BAD_CLIENT_SECRET",
                "BAD_REDIRECT_URI",
                "BAD_GRANT_TYPE",
                "BAD_SCOPES",
            )
        ],
        (400, "BAD_AUTH_CODE", errors.CrmInvalid),
        (400, "BAD_CODE_VERIFIER", errors.CrmInvalid),
        (401, "x", errors.CrmInvalid),
        (429, "x", errors.CrmRateLimited),
        (477, "x", errors.CrmUnavailable),
        (503, "BAD_REFRESH_TOKEN", errors.CrmUnavailable),
    ],
)
def test_oauth_errors_tell_whose_fault_it_is_s26(
    status_code: int, status: str, kind: type[CrmError]
) -> None:
    content = orjson.dumps({"error": "invalid_grant", "status": status, "message": PERSON})
    found = oauth.classify(httpx2.Response(status_code, content=content))
    assert type(found) is kind
    assert PERSON not in str(found)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'"x"', b"<html>", b"7"])
def test_an_oauth_answer_that_is_no_object_disconnects_nobody_s26(content: bytes) -> None:
    found = oauth.classify(httpx2.Response(400, content=content))
    assert type(found) is errors.CrmInvalid


# Over a real connection.


@dataclass
class Answers:
    """What the server says next, and what it was asked."""

    queue: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.tokens.append(self.headers.get("Authorization"))
            status, headers, content = answers.queue.pop(0)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Learns(Unlimited):
    def __init__(self) -> None:
        self.learnt: list[tuple[str, int]] = []
        self.taken: list[str] = []

    def take(self, bucket: str) -> None:
        self.taken.append(bucket)

    def learn(self, bucket: str, limit: int) -> None:
        self.learnt.append((bucket, limit))


def asked(*said: tuple[int, dict[str, str], bytes]) -> tuple[Any, Answers, Learns]:
    """The answer, or the error, of one request to a server that says this."""
    answers, budget = Answers(list(said)), Learns()
    access = AccountAccess(
        "hubspot-1",
        "1",
        lambda: "old-token",
        lambda old: {"old-token": "new-token"}[old],
        budget,
        frozenset(),
    )
    with serving(answers) as url:
        http = HubSpotHttp(url, access)
        try:
            return http.get("/x", {"a": "b"}), answers, budget
        except CrmError as found:
            return found, answers, budget
        finally:
            http.close()


def test_a_good_answer_teaches_the_limit() -> None:
    found, answers, budget = asked((200, {"X-HubSpot-RateLimit-Max": "190"}, b'{"a": 1}'))
    assert found == {"a": 1}
    assert answers.tokens == ["Bearer old-token"]
    assert (budget.taken, budget.learnt) == (["burst"], [("burst", 190)])
    assert BUDGETS["burst"] == (105, 10_000)


@pytest.mark.parametrize("said", ["", "many", "-1", "1.5", "²"])
def test_a_limit_nobody_can_read_is_no_failure(said: str) -> None:
    found, _, budget = asked((200, {"X-HubSpot-RateLimit-Max": said}, b"{}"))
    assert found == {}
    assert all(limit < 1 for _, limit in budget.learnt)


def test_an_empty_answer_is_none() -> None:
    found, _, _ = asked((204, {}, b""))
    assert found is None


def test_an_expired_token_is_renewed_once() -> None:
    found, answers, _ = asked((401, {}, body()), (200, {}, b"[]"))
    assert found == []
    assert answers.tokens == ["Bearer old-token", "Bearer new-token"]
    found, answers, budget = asked((401, {}, body()), (401, {}, body()))
    assert type(found) is errors.CrmAuthInvalid
    assert len(answers.tokens) == len(budget.taken) == 2


@pytest.mark.parametrize(
    "said",
    [
        (200, {}, b'{"results": ['),
        (200, {}, b"<html>maintenance</html>"),
        (200, {"Content-Encoding": "gzip"}, b"not gzip at all"),
        (200, {"Content-Length": "1000"}, b"{}"),
        (503, {}, b""),
    ],
    ids=["cut short", "html", "broken gzip", "connection lost", "down"],
)
def test_what_may_work_another_time_is_unavailable(said: tuple[int, dict[str, str], bytes]) -> None:
    found, _, _ = asked(said)
    assert type(found) is errors.CrmUnavailable
    assert "token" not in str(found)


def test_nobody_listening_is_unavailable() -> None:
    answers = Answers()
    with serving(answers) as url:
        pass
    access = AccountAccess(
        "hubspot-1", "1", lambda: "t", lambda _old: "u", Unlimited(), frozenset()
    )
    http = HubSpotHttp(url, access)
    with pytest.raises(errors.CrmUnavailable, match="could not be reached"):
        http.get("/x")
    http.close()


def test_a_whole_response_is_classified_like_its_parts() -> None:
    response = httpx2.Response(503, headers={"Retry-After": "7"}, content=body())
    assert classify(response).retry_after == 7.0
