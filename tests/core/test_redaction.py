"""What is left of values and errors: kinds, places and codes, and nobody's data."""

import pytest
from pydantic import BaseModel, ValidationError

from core.errors import AppError, Invalid
from core.redaction import clean, describe, headline, mask


@pytest.mark.parametrize(
    "secret",
    [
        "ada.lovelace+x@mail.ex-ample.co.uk",
        "zoë@bücher.example",
        "ada%40example.com",
        "rekindle:hunter2@db.example:5432",
        "+1 (212) 555-0142",
        "212-555-0142",
        "212.555.0142",
        "(212) 555-0142",
        "+442079460958",
        "2125550142",
        "pit-5f3c9a52-0b1e-4a77",
        "pat-na1-5f3c9a52-0b1e-4a77",
        "eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl",
        "na1-5f3c-Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4",
        "CJSP5qf1KhIGAAEBAUEYA2Zm9vYmFyYmF6cXV4Zm9vYmFy",
        "refresh_token=5f3c9a52-0b1e",
        '"client_secret": "hunter2"',
    ],
)
@pytest.mark.parametrize("around", ["{}", "Key (email)=({}) exists", "to <{}>, again", "x={}&y=1"])
def test_what_looks_like_somebodys_goes(secret: str, around: str) -> None:
    said = mask(around.format(secret))
    assert secret not in said
    for part in ("ada", "zoë", "hunter2", "0142", "0958", "5f3c", "Zm9v", "bücher"):
        assert part not in said


@pytest.mark.parametrize(
    "text",
    [
        "sync.page of hubspot-245678901 read 1234 of 5678",
        "at 2026-01-31T12:00:00.123456Z, on 2026-01-31 12:30",
        "HubSpot answered 502 (request 5f3c9a52-0b1e-4a77-9d0e-6c1d2f7a8b90)",
        "took 0.123456789 s at http://127.0.0.1:8400/readyz",
        "sqlalchemy.exc.IntegrityError (SQLITE_CONSTRAINT_PRIMARYKEY)",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert mask(text) == text


class Person(BaseModel):
    age: int


def test_of_an_unknown_object_only_its_kind_is_left() -> None:
    assert clean(Person(age=36)) == "[Person]"
    assert clean({"first_name": "Ada", "rows": [b"Ada", ValueError("Ada")]}) == {
        "first_name": "[removed]",
        "rows": ["[bytes]", "ValueError"],
    }


def refuse(name: str) -> None:
    try:
        int(name)
    except ValueError as error:
        raise KeyError(name) from error


def test_an_error_tells_kinds_and_places_of_itself_and_its_causes() -> None:
    with pytest.raises(KeyError) as caught:
        refuse("Ada Lovelace")
    told = describe(caught.value)
    assert "Ada" not in told
    assert told.index("ValueError") < told.index("KeyError")
    assert f"{__file__}:" in told
    assert " in refuse" in told


def test_a_message_of_ours_stays_and_a_parsers_does_not() -> None:
    assert headline(Invalid("Choose another file.")) == "core.errors.Invalid: Choose another file."
    assert "ada@example.com" not in headline(AppError("gone: ada@example.com"))
    with pytest.raises(ValidationError) as refused:
        Person.model_validate({"age": "Ada Lovelace"})
    assert "Ada" not in describe(refused.value)
    assert (
        headline(FileNotFoundError(2, "No such file", "/srv/ada.csv"))
        == "FileNotFoundError (ENOENT)"
    )


def test_every_error_of_a_group_is_told_and_a_circle_ends() -> None:
    first, second = ValueError("Ada"), TypeError("Lovelace")
    first.__context__, second.__context__ = second, first
    first.add_note("about Ada")
    told = describe(ExceptionGroup("of Ada", [first, second]))
    assert "ExceptionGroup" in told
    assert "ValueError" in told
    assert "TypeError" in told
    assert "Ada" not in told
    assert "Lovelace" not in told
