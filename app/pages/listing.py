"""What lists of people share: how long a page is, where the next one is, and what may be chosen above it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from core.wording import gettext
from workflows.properties import segment_label

PAGE = 25


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """Addresses of the pages before and after this one, where there are any."""

    number: int
    previous: str | None
    following: str | None


def options_of(labels: Mapping[str, str], chosen: str) -> list[Option]:
    return [Option(key, gettext(label), key == chosen) for key, label in labels.items()]


def choices_of_segments(scoring: Mapping[str, Any] | None) -> dict[str, str]:
    """The segments that anybody was in when everybody was last scored."""
    counted = scoring["segments"] if scoring is not None else {}
    labels = {key: segment_label(key) for key, people in counted.items() if people}
    return dict(sorted(labels.items(), key=lambda one: one[1]))


def page_of(request: Request, page: int, *, has_more: bool) -> Pages:
    def at(number: int) -> str:
        return "?" + str(request.url.include_query_params(page=number).query)

    return Pages(page, at(page - 1) if page > 1 else None, at(page + 1) if has_more else None)
