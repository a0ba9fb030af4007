"""An account's own list of whom never to contact: what its file names, and the names of a person; pure."""

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from contact_rules.identity import address_key, domain_of, domains_of, number_forms, number_key

_MOST_BYTES = 20_000_000
# Days and moments, which would be numbers otherwise.
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T][\d:.]+Z?)?")
_NUMBER = re.compile(r"\+?[\d\s()./-]{7,24}(?:\s*(?:x|ext\.?)\s*\d+)?", re.IGNORECASE)
# Columns that hold addresses, numbers or domains, where a file has a line of headings.
_HEADING = re.compile(
    r"mail|courriel|correo|phone|telefon|telephon|\btel\b|mobil|handy|cell|sms|numero|\bnumber\b|nummer|domain|dominio|website",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a file names, each as it is compared; `unread` are the lines that name nothing."""

    addresses: frozenset[str]
    numbers: frozenset[str]
    domains: frozenset[str]
    unread: int

    def __len__(self) -> int:
        return len(self.addresses) + len(self.numbers) + len(self.domains)


def decode(content: bytes) -> str:
    """The text of a file, in whichever of the usual encodings it is."""
    for encoding in (
        ("utf-8-sig", "utf-16") if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig",)
    ):
        try:
            return content[:_MOST_BYTES].decode(encoding)
        except UnicodeDecodeError:
            continue
    return content[:_MOST_BYTES].decode("cp1252", errors="replace")


def read_names(text: str) -> Named:
    """The addresses, numbers and domains in a list: a line for each, or a table with a column for some of them."""
    rows = [row for row in _rows(text) if any(row)]
    columns: frozenset[int] | None = None
    if rows and not any(_name_of(cell) for cell in rows[0]):
        named = [place for place, cell in enumerate(rows[0]) if _HEADING.search(cell)]
        columns = frozenset(named) or None
        rows = rows[1:]
    found: dict[str, set[str]] = {"address": set(), "number": set(), "domain": set()}
    unread = 0
    for row in rows:
        cells = [cell for place, cell in enumerate(row) if columns is None or place in columns]
        names = [name for cell in cells if (name := _name_of(cell))]
        unread += not names
        for kind, key in names:
            found[kind].add(key)
    return Named(
        frozenset(found["address"]), frozenset(found["number"]), frozenset(found["domain"]), unread
    )


def _rows(text: str) -> Iterator[list[str]]:
    lines = text.splitlines()
    counts = {mark: sum(line.count(mark) for line in lines[:50]) for mark in ";\t,"}
    mark = max(counts, key=lambda each: counts[each])
    for row in csv.reader(lines, delimiter=mark):
        yield [cell.strip() for cell in row]


def _name_of(cell: str) -> tuple[str, str] | None:
    """What a cell names, and how it is compared."""
    if "@" in cell.lstrip("@"):
        address = address_key(cell)
        return ("address", address) if address else None
    if _NUMBER.fullmatch(cell) and not _DATE.fullmatch(cell):
        number = number_key(cell)
        return ("number", number) if number else None
    domain = domain_of(cell.removeprefix("https://").removeprefix("http://").split("/")[0])
    return ("domain", domain) if domain else None


def listed_names(named: Named, code: str | None) -> Iterator[str]:
    """Every name of a list under which a person may be found, to be kept as hashes."""
    yield from (f"address {address}" for address in named.addresses)
    yield from (f"domain {domain}" for domain in named.domains)
    for number in named.numbers:
        yield from (f"number {form}" for form in number_forms(number, code))


def names_of(email: str | None, phone: str | None, code: str | None) -> list[str]:
    """The names under which somebody with this address and this number may stand on a list."""
    address, number = address_key(email), number_key(phone)
    found = [f"address {address}"] if address else []
    found += [f"domain {part}" for part in _domains(address)]
    found += [f"number {form}" for form in number_forms(number, code)] if number else []
    return found


def works_at(email: str | None, domains: Collection[str]) -> bool:
    """Whether an address belongs to one of these domains or to a part of one."""
    return bool(domains) and not set(_domains(address_key(email))).isdisjoint(domains)


def _domains(address: str | None) -> tuple[str, ...]:
    return domains_of(address.rpartition("@")[2]) if address else ()
