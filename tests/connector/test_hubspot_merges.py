"""Both ids of a merge lead to the record it made: who asks by an old one learns of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from connector.hubspot import parse
from connector.hubspot.records import Records


class Http:
    """Answers batch reads from old id → record, as HubSpot does: by the id of the record there is now."""

    def __init__(self, living: Mapping[str, str], lists: Mapping[str, str]) -> None:
        self.living, self.lists = living, lists
        self.asked: list[list[str]] = []

    def post(self, path: str, body: Any, *, bucket: str = "burst") -> Any:
        assert path == "/crm/objects/2026-09/contacts/batch/read"
        ids = [entry["id"] for entry in body["inputs"]]
        self.asked.append(ids)
        answered = [self.living[i] for i in ids if i in self.living]
        return {
            "results": [
                {"id": i, "properties": {"hs_merged_object_ids": self.lists.get(i)}}
                for i in answered
            ]
        }


def read(http: Http, *ids: str) -> tuple[list[str], Mapping[str, str]]:
    records = Records(http, {}, ["hs_merged_object_ids"])  # type: ignore[arg-type]
    page = records.fetch_contacts(ids)
    return [row["contact_id"] for row in page.contacts], page.merged


@pytest.mark.parametrize("asked", [("1",), ("1", "2"), ("2", "9", "1"), ("3", "1")])
def test_the_list_of_merged_ids_names_them_all_and_nobody_is_there_twice(
    asked: Sequence[str],
) -> None:
    http = Http({"1": "3", "2": "3", "3": "3", "9": "9"}, {"3": "1;2"})
    found, merged = read(http, *asked)
    assert sorted(found) == sorted({http.living[i] for i in asked})
    assert merged == {"1": "3", "2": "3"}
    assert http.asked == [list(asked)], "what the list says needs no further question"


def test_an_answer_under_another_id_without_a_list_is_asked_for_one_by_one() -> None:
    http = Http({"1": "5", "2": "6", "9": "9"}, {})
    found, merged = read(http, "1", "9", "2", "404")
    assert sorted(found) == ["5", "6", "9"]
    assert merged == {"1": "5", "2": "6"}


def test_who_is_missing_beside_answers_that_were_asked_for_costs_nothing_more() -> None:
    http = Http({"9": "9"}, {"9": "4"})
    assert read(http, "9", "404") == (["9"], {"4": "9"})
    assert len(http.asked) == 1


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        (None, ()),
        ("", ()),
        ("513;514", ("513", "514")),
        (" 513 ;;513;512", ("513",)),  # itself and the same once more are nobody else
        ("x;" + "9" * 30, ()),
        (513, ("513",)),
    ],
)
def test_merged_ids_are_read_with_care(said: object, ids: tuple[str, ...]) -> None:
    record = {"id": "512", "properties": {"hs_merged_object_ids": said}}
    assert parse.merged_ids(record) == ids
