"""The check itself: what a schema allows passes, and every kind of departure is named."""

import json

import pytest

from tests.shapes.exchange import Exchange
from tests.shapes.hubspot import Shapes
from tests.shapes.hubspot_schema import Schema, departures

TEXT: Schema = {"type": "string"}


def record(**more: object) -> Schema:
    return {"type": "object", "required": ["id"], "properties": {"id": TEXT, **more}}


@pytest.mark.parametrize(
    ("schema", "value", "named"),
    [
        (record(), {"id": "1"}, []),
        (record(), {}, ["/id: is missing"]),
        (record(), {"id": 1}, ["/id: int where a text belongs"]),
        (record(), {"id": "1", "more": 2}, ["/more: is not published"]),
        (record(), [], [": list where an object belongs"]),
        (record(at={**TEXT, "nullable": True}), {"id": "1", "at": None}, []),
        (record(at=TEXT), {"id": "1", "at": None}, ["/at: null where a text belongs"]),
        ({"type": "array", "items": TEXT}, ["a", 1], ["/[]: int where a text belongs"]),
        ({"type": "array", "items": TEXT}, {}, [": dict where a list belongs"]),
        (
            {"type": "object", "additionalProperties": TEXT},
            {"a": 1},
            ["/*: int where a text belongs"],
        ),
        ({**TEXT, "enum": ["A"]}, "B", [": 'B' is none of the published words"]),
        ({**TEXT, "format": "date-time"}, "2026-11-16", [": a text that is no moment"]),
        ({**TEXT, "format": "date-time"}, "2026-11-16T10:00:00.000Z", []),
        ({"type": "integer", "format": "int32"}, 2**31, [": 2147483648 does not fit into int32"]),
        ({"type": "integer"}, True, [": bool where a whole number belongs"]),
        ({"type": "number"}, "1", [": str where a number belongs"]),
        ({"type": "boolean"}, "true", [": str where true or false belongs"]),
        ({"oneOf": [TEXT, {"type": "integer"}]}, 1, []),
        ({"oneOf": [TEXT, {"type": "integer"}]}, 1.5, [": float where a text belongs"]),
        ({"allOf": [{"ref": "Cut"}, record()]}, {}, ["/id: is missing"]),
    ],
)
def test_departures_are_named(schema: Schema, value: object, named: list[str]) -> None:
    assert list(departures(schema, value)) == named


SHAPES = Shapes(
    {
        "GET /things/{thingId}": {
            "parameters": {
                "thingId": ["path", True, "integer"],
                "limit": ["query", True, "integer"],
            },
            "request": {},
            "responses": {"200": {"application/json": record()}},
            "scopes": ["things.read", "things.write"],
        },
        "POST /things/groups": {
            "parameters": {},
            "request": {"application/json": record()},
            "responses": {"201": {"application/json": record()}, "204": {}},
            "scopes": [],
        },
        "POST /things/{thingId}": {"parameters": {}, "request": {}, "responses": {}, "scopes": []},
    }
)


def said(method: str, target: str, body: object, status: int, answer: object) -> list[str]:
    path, _, query = target.partition("?")
    exchange = Exchange(
        method,
        path,
        query,
        "application/json",
        b"" if body is None else json.dumps(body).encode(),
        status,
        b"" if answer is None else json.dumps(answer).encode(),
    )
    return [*SHAPES.of_request(exchange), *SHAPES.of_answer(exchange)]


def test_a_published_exchange_departs_in_nothing() -> None:
    assert said("GET", "/things/7?limit=10", None, 200, {"id": "7"}) == []
    assert said("POST", "/things/groups", {"id": "7"}, 201, {"id": "7"}) == []
    assert said("POST", "/things/groups", {"id": "7"}, 207, {"id": "7"}) == []
    assert said("POST", "/things/groups", {"id": "7"}, 204, None) == []
    assert said("GET", "/things/7?limit=10", None, 404, {"message": "no such thing"}) == []


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "answer", "named"),
    [
        ("PUT", "/things/7", None, 200, {}, "PUT /things/7: is not published"),
        ("GET", "/things/7", None, 200, {"id": "7"}, "request ?limit: is missing"),
        ("GET", "/things/7?limit=x", None, 200, {"id": "7"}, "request ?limit: is no integer"),
        ("GET", "/things/x?limit=1", None, 200, {"id": "7"}, "request {thingId}: is no integer"),
        ("GET", "/things/7?limit=1&a=", None, 200, {"id": "7"}, "request ?a: is not published"),
        ("GET", "/things/7?limit=1", None, 202, {"id": "7"}, "202 the status: is not published"),
        ("GET", "/things/7?limit=1", None, 200, {}, "200 /id: is missing"),
        ("GET", "/things/7?limit=1", None, 503, {}, "503 /message: is missing"),
        ("POST", "/things/groups", {}, 201, {"id": "7"}, "request /id: is missing"),
        ("POST", "/things/groups", None, 201, {"id": "7"}, "request the body: is missing"),
        ("POST", "/things/groups", {"id": "7"}, 204, {}, "has a body where none belongs"),
    ],
)
def test_a_departure_names_its_operation(
    method: str, target: str, body: object, status: int, answer: object, named: str
) -> None:
    (found,) = said(method, target, body, status, answer)
    assert named in found


def test_an_operation_takes_one_of_its_scopes() -> None:
    exchange = Exchange("GET", "/things/7", "limit=1", "", b"", 200, b"{}")
    assert SHAPES.unasked(exchange, frozenset({"things.write"})) == []
    (found,) = SHAPES.unasked(exchange, frozenset({"others.read"}))
    assert found == "GET /things/{thingId} takes a scope that is not asked for"
