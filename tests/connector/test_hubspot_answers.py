"""Answers of HubSpot in shapes that nobody documents never make a reader fail."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import CrmUnexpected
from connector.hubspot import answers, deals, parse
from connector.hubspot.mapping import CANDIDATES, MOMENTS
from connector.port.records import Stream

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NAMES = sorted(
    {name for names in CANDIDATES.values() for name in names}
    | set(MOMENTS)
    | {n for names in parse.ACTIVITY_PROPERTIES.values() for n in names}
    | {*deals.PROPERTIES, "rekindle_track", "anything"}
)


@given(
    properties=st.dictionaries(st.sampled_from(NAMES), ANYTHING) | ANYTHING,
    more=st.dictionaries(st.sampled_from(["archived", "createdAt", "updatedAt"]), ANYTHING),
)
def test_no_record_fails_whatever_its_shape(properties: object, more: dict[str, Any]) -> None:
    record = {"id": "1", **more, "properties": properties}
    assert parse.contact(record, CANDIDATES)["contact_id"] == "1"
    parse.moments(record)
    deals.read(record, ["1"])
    for stream in parse.ACTIVITY_PROPERTIES:
        parse.activities(stream, record, ["1"])


@given(ANYTHING)
def test_an_answer_is_a_list_of_records_or_unexpected(answer: object) -> None:
    assert answers.records({"results": answer}) is not None
    if not isinstance(answer, dict):
        with pytest.raises(CrmUnexpected):
            answers.records(answer)


def test_what_has_no_id_is_left_out_and_its_neighbours_kept() -> None:
    given_records = [{"id": 1}, {}, None, {"id": None}, {"id": "2"}, {"id": "9" * 90}]
    assert [r["id"] for r in answers.records({"results": given_records})] == ["1", "2"]


def test_values_that_are_no_texts_are_read_as_what_they_say() -> None:
    row = parse.contact(
        {"id": "1", "archived": "false", "properties": {"hs_email_optout": True, "firstname": 7}},
        CANDIDATES,
    )
    assert (row["email_opt_out"], row["first_name"], row["archived"]) == (True, "7", False)


def test_every_stream_has_a_reader() -> None:
    assert set(parse.ACTIVITY_PROPERTIES) == set(Stream) - {
        Stream.CONTACTS,
        Stream.DEALS,
        Stream.CONVERSATIONS,
    }
