"""Raw texts of properties made into columns of inputs, and how much of them could be read."""

from datetime import UTC, datetime

import polars as pl

from connector.port.fields import ContactProperty, Option
from inputs.values.style import Style
from sync.fields.columns import type_fields, unpack
from sync.fields.mapping import CHOSEN, MappedInput, Proposal, Wanted

NOW = datetime(2026, 11, 16, tzinfo=UTC)


def wanted(
    name: str,
    *sources: str,
    meanings: dict[str, str] | None = None,
    styles: dict[tuple[str, str], Style] | None = None,
    properties: dict[str, ContactProperty] | None = None,
) -> Wanted:
    mapped = MappedInput(tuple(Proposal(s, CHOSEN) for s in sources), meanings or {})
    return Wanted({name: sources}, {name: mapped}, properties or {}, styles or {})


def raw(**columns: list[str | None]) -> pl.DataFrame:
    size = len(next(iter(columns.values())))
    ids = pl.Series("contact_id", [str(n) for n in range(size)])
    return pl.DataFrame([ids, *(pl.Series(n, v, dtype=pl.String) for n, v in columns.items())])


def test_further_fields_become_columns_and_blanks_are_nothing() -> None:
    fields = pl.Series("fields", ['{"contact.x":"1"}', "{}", '{"contact.x":" ","y":"2"}'])
    assert unpack(fields, ["contact.x", "y"]).to_dict(as_series=False) == {
        "contact.x": ["1", None, None],
        "y": [None, None, "2"],
    }
    assert unpack(pl.Series("fields", [], dtype=pl.String), ["y"]).height == 0


def test_s31_of_several_sources_the_first_that_can_be_read_counts() -> None:
    frame = raw(a=["2024-01-05", "soon", None], b=["2023-01-01", "2022-02-02", "2021-03-03"])
    typed = type_fields(frame, wanted("last_appointment_at", "a", "b"), as_of=NOW)
    years = [at.year for at in typed.frame["last_appointment_at"]]
    assert years == [2024, 2022, 2021]


def test_s31_what_cannot_be_read_is_counted_and_named_by_contact() -> None:
    frame = raw(a=["2024-01-05", "spring 2020", None, "2023-03-01"])
    typed = type_fields(frame, wanted("fitting_at", "a"), as_of=NOW)
    (finding,) = typed.findings
    assert (finding.contacts, finding.filled, finding.unread) == (4, 3, 1)
    assert [one[:3] for one in typed.unread] == [("fitting_at", "a", "1")]
    assert "spring" not in repr(typed.findings), "a finding holds no content"


def test_one_more_value_is_read_as_the_column_was() -> None:
    column = type_fields(raw(a=["13.02.2024", "03.04.2024"]), wanted("fitting_at", "a"), as_of=NOW)
    style = column.findings[0].style
    alone = type_fields(
        raw(a=["03.04.2024"]),
        wanted("fitting_at", "a", styles={("fitting_at", "a"): style}),
        as_of=NOW,
    )
    assert alone.frame["fitting_at"][0] == column.frame["fitting_at"][1]
    assert alone.frame["fitting_at"][0].month == 4


def test_what_a_person_says_of_the_order_decides() -> None:
    mapped = MappedInput((Proposal("a", CHOSEN),), styles={"a": Style(day_first=False)})
    asked = Wanted(
        {"fitting_at": ("a",)},
        {"fitting_at": mapped},
        {},
        {("fitting_at", "a"): Style(day_first=True)},
    )
    typed = type_fields(raw(a=["03/04/2024"]), asked, as_of=NOW)
    assert typed.frame["fitting_at"][0].month == 3


def test_s31_values_mean_what_a_person_or_else_their_label_says() -> None:
    stage = ContactProperty(
        "stage", "Stage", "choice", (Option("17", "Kunde"), Option("18", "Weg")), is_own=True
    )
    asked = wanted("lifecycle", "stage", meanings={"18": "lead"}, properties={"stage": stage})
    typed = type_fields(raw(stage=["17", "18", None]), asked, as_of=NOW)
    assert typed.frame["lifecycle"].to_list() == ["Kunde", "lead", None]


def test_s31_other_facts_are_all_kept_each_with_the_name_of_its_property() -> None:
    frame = raw(newcomer=["yes", "no", None], how=["web; phone", None, None])
    typed = type_fields(frame, wanted("facts", "newcomer", "how"), as_of=NOW)
    assert typed.frame["facts"].to_list() == ["newcomer yes; how web; phone", "newcomer no", None]
