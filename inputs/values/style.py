"""How a column is written, what is known before it is read, and what stays open after: plain data, without columns."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

Decimal = Literal[".", ","]


@dataclass(frozen=True, slots=True)
class Style:
    """What was settled about a column; given again, it reads one more value the same way.

    None where the question did not arise, or where the column is to answer it.
    """

    day_first: bool | None = None
    year_first: bool | None = None
    decimal: Decimal | None = None

    def to_json(self) -> dict[str, object]:
        """Only what is settled."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "Style":
        """What `to_json` gave; whatever else stands there is left aside."""
        day_first, year_first = stored.get("day_first"), stored.get("year_first")
        decimal = stored.get("decimal")
        return cls(
            day_first if isinstance(day_first, bool) else None,
            year_first if isinstance(year_first, bool) else None,
            "," if decimal == "," else "." if decimal == "." else None,
        )


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known before a column is read.

    `as_of` is the moment the column is looked at from, `ahead` says that its dates may lie after it, `earliest`
    is the first year that makes sense. `day_first`, `year_first` and `decimal` break a tie that the column itself
    leaves open; `because` says where they come from. `is_reason`: words that are neither yes nor no are expected.
    """

    as_of: datetime | None = None
    ahead: bool = False
    earliest: int = 1970
    day_first: bool | None = None
    year_first: bool = False
    decimal: Decimal | None = None
    because: str = ""
    is_reason: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a column leaves open: how many cells, both readings (the one taken first), and a sentence."""

    key: str
    count: int
    readings: tuple[str, ...]
    text: str


_AHEAD = {"next_appointment_at", "warranty_end_at", "contract_end_at"}


def hints_for(name: str, as_of: datetime | None = None) -> Hints:
    """What an input's name says of its values."""
    return Hints(
        as_of,
        ahead=name in _AHEAD,
        earliest=1901 if name == "birth_date" else 1970,
        is_reason=name in {"email_bounced", "do_not_contact", "marketing_status"},
    )
