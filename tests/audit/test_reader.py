"""CSV traps: encodings, delimiters, quotes, ragged rows; none stops the rest."""

import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.reports.reading.careful_rows import Lines, careful_rows
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


def test_a_cell_of_megabytes_is_a_cell(write: Write) -> None:
    frame, bad = load(write("c.csv", f'id,a\n1,{"x" * 9_000_000}\n2,"{"y " * 9_000_000}"\n3,z\n'))
    assert frame["id"].to_list() == ["1", "2", "3"]
    assert frame["a"].str.len_chars().to_list() == [9_000_000, 17_999_999, 1]
    assert bad.total == 0


def test_a_short_row_is_a_row(write: Write) -> None:
    frame, bad = load(write("c.csv", "id,a,b\n1,x\n2\n3,x,y\n,,\n \n"))
    assert frame.drop(LINE).rows() == [("1", "x", None), ("2", None, None), ("3", "x", "y")]
    assert bad.total == 0


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


CELLS = st.sampled_from(
    [
        *("a", "b c", "", " x ", "é", "日本", "1.5", "\x00nul"),
        *('"q"', '"a,b"', '"say ""hi"""', '""', '" "', '"two\nlines"', '"\n"', '"a\r\n\r\nb"'),
        *('in"ch', '5" pipe', '"left open', ' "sp"'),
    ]
)
ROWS = st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=30)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=ROWS, end=st.sampled_from(["\n", "\r\n"]), last=st.booleans(), block=st.integers(1, 300)
)
def test_what_is_read_at_once_is_what_is_read_with_care(
    write: Write, rows: list[str], end: str, *, last: bool, block: int
) -> None:
    text = end.join(["h0,h1,h2", *rows]) + (end if last else "")
    path = write("c.csv", text)
    careful, quick = BadRows(), BadRows()
    plain = Lines(io.StringIO(text, newline=""), 1)
    found = careful_rows(plain, file="c.csv", delimiter=",", width=3, bad=careful)
    expected = [
        (*(cell.strip() or None for cell in row), line) for line, row in found if row is not None
    ]
    layout = inspect(path)
    with path.open("rb") as stream:
        table = read(layout, stream, {h: h for h in layout.headers}, quick, block=block)
    assert table.frame.rows() == expected
    assert quick.kept == careful.kept


def test_nuls_do_not_refuse_a_file_and_a_broken_cell_spoils_no_other(write: Write) -> None:
    frame, bad = load(
        write("c.csv", b"id,na\x00me\n1,Zo\xc3\xab\n2,\xed\xa0\xbdhalf\n3,J\xc3\xb6rg\n")
    )
    assert frame["name"].to_list()[::2] == ["Zoë", "Jörg"]
    assert [(row.line, row.column) for row in bad.kept] == [(3, "name")]
    assert "lost" in bad.kept[0].reason


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be", "mac-roman", "cp1252"])
def test_encodings_without_a_mark_are_recognised(write: Write, encoding: str) -> None:
    text = PLAIN.replace("Max", "Jürgen Müller").replace("Zoë", "Zoël")
    frame, bad = load(write("c.csv", text, encoding))
    assert frame["name"].to_list() == ["Zoël", "Jürgen Müller"]
    assert bad.total == 0


def test_carriage_returns_alone_end_lines(write: Write) -> None:
    frame, _ = load(write("c.csv", PLAIN.replace("\n", "\r")))
    assert frame["id"].to_list() == ["1", "2"]
    assert frame[LINE].to_list() == [2, 3]


def test_of_columns_of_one_name_the_first_that_is_filled_counts(write: Write) -> None:
    path = write("c.csv", "id,mail,mail,x\n1,,a@x.org,1\n2,b@x.org,c@x.org,2\n")
    layout = inspect(path)
    with path.open("rb") as stream:
        table = read(layout, stream, {"mail": "email", "id": "id"}, BadRows())
    assert table.frame["email"].to_list() == ["a@x.org", "b@x.org"]


def test_marks_that_cannot_be_seen_are_no_part_of_a_name(write: Write) -> None:
    text = "\ufeff\ufeffid,\u200bname\u200b,e\u00admail\n1,2,3\n"
    assert inspect(write("c.csv", text)).headers == ("id", "name", "email")


def test_many_quotes_that_are_never_closed_cost_little(write: Write) -> None:
    rows = "".join(f'{at},"5 inch\n' for at in range(2001))
    frame, bad = load(write("c.csv", f"id,size\n{rows}last,1\n"))
    assert frame["id"].to_list()[-1] == "last"
    assert bad.total > 0
