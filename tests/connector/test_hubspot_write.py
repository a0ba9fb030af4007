"""What became of each write: by its trace, by its id, and if nobody says so, it failed (S28)."""

from typing import Any

import pytest

from connector.errors import CrmUnexpected
from connector.hubspot.settings import read, sandbox_variables
from connector.hubspot.write import write
from connector.port.writing import ContactWrite, WriteOutcome
from core.errors import SettingsInvalid
from core.settings import Environment

WRITES = [ContactWrite(i, {"rekindle_track": "lead"}, trace=f"run-{i}") for i in ("1", "2", "3")]


class Http:
    """Answers a batch update with what it was told to."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.bodies: list[Any] = []

    def post(self, path: str, body: object, *, bucket: str = "burst") -> Any:
        assert path == "/crm/objects/2026-09/contacts/batch/update"
        self.bodies.append(body)
        return self.answer


def written(answer: Any) -> dict[str, str | None]:
    """Contact → why it failed, None where it did not."""
    outcomes = write(Http(answer), WRITES)  # type: ignore[arg-type]
    assert [o.contact_id for o in outcomes] == ["1", "2", "3"]
    assert all(o.succeeded is (o.reason is None) for o in outcomes)
    return {o.contact_id: o.reason for o in outcomes}


def error(category: str | None = "OBJECT_NOT_FOUND", **context: Any) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": "a@example.com", "context": context}


DONE = [{"id": "1"}, {"id": 2}, {"id": "3"}]
UNSAID = "HubSpot did not say what became of it"


def test_each_write_carries_its_id_values_and_trace() -> None:
    http = Http({"results": DONE})
    assert write(http, WRITES[:1]) == [WriteOutcome("1", succeeded=True)]  # type: ignore[arg-type]
    assert http.bodies == [
        {
            "inputs": [
                {
                    "id": "1",
                    "objectWriteTraceId": "run-1",
                    "properties": {"rekindle_track": "lead"},
                }
            ]
        }
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"results": DONE}, {"1": None, "2": None, "3": None}),
        (
            {"results": DONE[:2], "errors": [error(objectWriteTraceId=["run-3"])]},
            {"1": None, "2": None, "3": "OBJECT_NOT_FOUND"},
        ),
        (
            {"results": DONE[1:], "errors": [error(ids=["1"])]},
            {"1": "OBJECT_NOT_FOUND", "2": None, "3": None},
        ),
        (  # the trace knows better than the id
            {
                "results": [],
                "errors": [
                    error("BY_ID", ids=["1"]),
                    error("BY_TRACE", objectWriteTraceId="run-1"),
                ],
            },
            {"1": "BY_TRACE", "2": UNSAID, "3": UNSAID},
        ),
        (  # one error for several
            {"results": DONE[:1], "errors": [error(ids=["2", 3])]},
            {"1": None, "2": "OBJECT_NOT_FOUND", "3": "OBJECT_NOT_FOUND"},
        ),
        (  # reported as done and as failed: failed
            {"results": DONE, "errors": [error("LOCKED", objectWriteTraceId=["run-2"])]},
            {"1": None, "2": "LOCKED", "3": None},
        ),
        ({"results": DONE[:1]}, {"1": None, "2": UNSAID, "3": UNSAID}),
        ({}, {"1": UNSAID, "2": UNSAID, "3": UNSAID}),
        ({"results": None, "errors": None}, {"1": UNSAID, "2": UNSAID, "3": UNSAID}),
        (  # a merged contact comes back under its survivor's id
            {"results": [{"id": "99"}, *DONE[1:]]},
            {"1": UNSAID, "2": None, "3": None},
        ),
        (
            {"results": DONE[:2], "errors": [error(None, ids=["3"])]},
            {"1": None, "2": None, "3": "refused"},
        ),
        (
            {"results": DONE[:2], "errors": [{"category": "X"}, {"context": None}]},
            {"1": None, "2": None, "3": UNSAID},
        ),
    ],
)
def test_every_write_has_an_outcome_s28(answer: Any, expected: dict[str, str | None]) -> None:
    assert written(answer) == expected


@pytest.mark.parametrize("answer", [None, [], "done", 7])
def test_an_answer_that_is_no_object_is_not_understood(answer: Any) -> None:
    with pytest.raises(CrmUnexpected):
        write(Http(answer), WRITES)  # type: ignore[arg-type]


# Settings.

CREDENTIALS = {"REKINDLE_HUBSPOT_CLIENT_ID": "id", "REKINDLE_HUBSPOT_CLIENT_SECRET": "hidden"}


def test_settings_have_hubspots_own_addresses_unless_told() -> None:
    settings = read(Environment(CREDENTIALS))
    assert settings.api_url == "https://api.hubapi.com"
    assert settings.app_url == "https://app.hubspot.com"
    assert settings.app_id is None
    assert "hidden" not in repr(settings)


def test_records_are_opened_in_the_accounts_region_or_where_a_stand_in_is() -> None:
    usual = read(Environment(CREDENTIALS))
    assert usual.people_work_at("app-eu1.hubspot.com") == "https://app-eu1.hubspot.com"
    assert usual.people_work_at("") == "https://app.hubspot.com"
    stand_in = {**CREDENTIALS, "REKINDLE_HUBSPOT_APP_URL": "http://localhost:8400/"}
    assert read(Environment(stand_in)).people_work_at("app.hubspot.com") == "http://localhost:8400"


def test_empty_variables_are_no_variables() -> None:
    empty = {f"REKINDLE_HUBSPOT_{name}": "" for name in ("API_URL", "APP_URL", "APP_ID")}
    settings = read(Environment({**CREDENTIALS, **empty, "REKINDLE_PUBLIC_URL": ""}))
    assert settings == read(Environment(CREDENTIALS))


def test_addresses_lose_their_last_slash() -> None:
    settings = read(Environment({**CREDENTIALS, "REKINDLE_HUBSPOT_API_URL": "http://x.test/"}))
    assert settings.api_url == "http://x.test"


@pytest.mark.parametrize("left_out", list(CREDENTIALS))
@pytest.mark.parametrize("empty", [True, False])
def test_missing_credentials_are_named(left_out: str, *, empty: bool) -> None:
    values = {**CREDENTIALS, left_out: ""} if empty else dict(CREDENTIALS)
    if not empty:
        del values[left_out]
    with pytest.raises(SettingsInvalid) as refused:
        read(Environment(values))
    assert left_out in refused.value.message
    assert "hidden" not in refused.value.message


def test_the_sandbox_needs_no_other_settings() -> None:
    settings = read(Environment(sandbox_variables("http://127.0.0.1:1")))
    assert settings.api_url == settings.app_url == "http://127.0.0.1:1"
