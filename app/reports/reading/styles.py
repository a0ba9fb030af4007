"""How a person wants a column read that can be read two ways: --read "Column=day first"."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from core.errors import Invalid
from inputs.values.style import Style

STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "day first": Style(day_first=True),
        "month first": Style(day_first=False),
        "year first": Style(year_first=True),
        "decimal comma": Style(decimal=","),
        "decimal point": Style(decimal="."),
    }
)


def parse_styles(options: Sequence[str]) -> dict[str, Style]:
    """What the options say of each column; raises Invalid, saying what to write, for anything else."""
    chosen: dict[str, Style] = {}
    for option in options:
        column, _, said = option.rpartition("=")
        style = STYLES.get(" ".join(said.casefold().split()))
        if not column.strip() or style is None:
            raise Invalid(
                f'--read takes "Column=style", for example "Joined=day first": {option!r}. '
                f"Styles: {', '.join(STYLES)}."
            )
        chosen[column.strip()] = style
    return chosen


def check_styled(chosen: Iterable[str], headers: Sequence[str]) -> None:
    """Raise Invalid for a --read of a column that no file has."""
    for column in chosen:
        if column not in headers:
            raise Invalid(
                f"--read {column!r}: no file has that column. Column names must be written as in "
                f"the file: {', '.join(headers)}."
            )
