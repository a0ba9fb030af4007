"""CSV traps: encodings, delimiters, quotes, ragged rows; none stops the rest."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from app.reports.reading.reader import LINE, BadRows, inspect, read
from core.errors import Invalid

Write = Callable[..., Path]
PLAIN = "id,name,email\n1,Zoë,a@x.org\n2,Max,b@x.org\n"


def load(path: Path) -> tuple[pl.DataFrame, BadRows]:
    bad = BadRows()
    layout = inspect(path)
    with path.open("rb") as stream:
        table = read(layout, stream, {h: h for h in layout.headers}, bad)
    return table.frame, bad


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-32"]
)
def test_encodings_are_recognised(write: Write, encoding: str) -> None:
    frame, bad = load(write("c.csv", PLAIN, encoding))
    assert frame.columns == ["id", "name", "email", LINE]
    assert frame["name"].to_list() == ["Zoë", "Max"]
    assert bad.total == 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_line_ends(write: Write, delimiter: str, end: str) -> None:
    frame, bad = load(write("c.csv", PLAIN.replace(",", delimiter).replace("\n", end)))
    assert frame["email"].to_list() == ["a@x.org", "b@x.org"]
    assert frame[LINE].to_list() == [2, 3]
    assert bad.total == 0


def test_a_spreadsheets_separator_line_is_obeyed(write: Write) -> None:
    frame, _ = load(write("c.csv", "sep=;\nid;note\n1;a,b\n"))
    assert frame.row(0) == ("1", "a,b", 3)


def test_quoted_newlines_delimiters_and_quotes(write: Write) -> None:
    text = 'id,note,email\n1,"two\nlines, and ""quotes""",a@x.org\n2,plain,b@x.org\n'
    frame, bad = load(write("c.csv", text))
    assert frame["note"].to_list() == ['two\nlines, and "quotes"', "plain"]
    assert frame[LINE].to_list() == [2, 4]
    assert bad.total == 0


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("2,short", "2 cells"),
        ("2,x,y,z,too many", "5 cells"),
        ('2,"left open,y', "not closed"),
        ('2,x,"left open at the end', "not closed"),
    ],
)
def test_a_broken_row_is_reported_and_the_rest_is_kept(
    write: Write, broken: str, reason: str
) -> None:
    frame, bad = load(write("c.csv", f"id,a,b\n1,x,y\n{broken}\n3,x,y\n4,x,y\n"))
    assert frame["id"].to_list() == ["1", "3", "4"]
    assert [(row.line, row.column) for row in bad.kept] == [(3, None)]
    assert reason in bad.kept[0].reason


def test_a_cell_beyond_all_bounds_is_reported_and_the_rest_is_kept(write: Write) -> None:
    frame, bad = load(write("c.csv", f"id,a\n1,{'x' * 200_000}\n2,y\n"))
    assert frame["id"].to_list() == ["2"]
    assert bad.kept[0].line == 2


def test_blank_lines_and_trailing_empty_cells_are_nothing_to_report(write: Write) -> None:
    frame, bad = load(write("c.csv", "\n\nid,a\n\n1,x,,\n,\n2,y\n\n"))
    assert frame["id"].to_list() == ["1", "2"]
    assert frame[LINE].to_list() == [5, 7]
    assert bad.total == 0


def test_equal_and_missing_column_names_are_told_apart(write: Write) -> None:
    assert inspect(write("c.csv", "id,,a,a\n1,2,3,4\n")).headers == ("id", "column 2", "a", "a (2)")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04rest of a workbook", "workbook"),
        (bytes(range(256)) * 4, "not a text file"),
    ],
)
def test_files_that_are_no_csv_are_refused_with_what_to_do(
    write: Write, content: bytes, says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        inspect(write("c.csv", content))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no file"):
        inspect(tmp_path / "nothing.csv")
    with pytest.raises(Invalid, match="can't be opened"):
        inspect(tmp_path)
