"""Which CRM a contact export comes from, and which inputs its own columns are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.highlevel import export_headers as highlevel
from connector.hubspot import export_headers as hubspot

# A byte order mark of UTF-8 that was read as Windows' encoding and saved again.
_MISREAD_MARK = "\u00ef\u00bb\u00bf"
#: A column that is the CRM's own and tells nothing of the contact, such as what the business did.
IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class ExportMapping:
    """A recognised export: its name for people, and column → input for the columns that are the CRM's own.

    Further columns of the export may be known by what they are called, as in any file.
    """

    label: str
    inputs: Mapping[str, str]


def recognise(headers: Sequence[str]) -> ExportMapping | None:
    """The mapping of a known CRM's contact export, or None; the best match of all known CRMs."""
    found = [
        ExportMapping(crm.LABEL, _own(headers, crm.HEADERS, crm.BEGINNINGS))
        for crm in (hubspot, highlevel)
        if _is_from(headers, crm.ID_HEADERS, crm.HEADERS)
    ]
    return max(found, key=lambda mapping: len(mapping.inputs), default=None)


def normal(header: str) -> str:
    """A header without case, stray spaces, and characters that nobody sees."""
    bare = header.removeprefix(_MISREAD_MARK)
    seen = "".join(" " if c.isspace() else c for c in bare if c.isprintable() or c.isspace())
    return " ".join(seen.casefold().split())


def _is_from(headers: Sequence[str], ids: Sequence[str], table: Mapping[str, str]) -> bool:
    names = {normal(header) for header in headers}
    return bool(names & set(ids)) and len(names & table.keys()) >= 3


def _own(
    headers: Sequence[str], table: Mapping[str, str], beginnings: Mapping[str, str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for header in headers:
        name = normal(header)
        meant = table.get(name) or next(
            (known for start, known in beginnings.items() if name.startswith(start)), None
        )
        if meant is not None:
            found[header] = meant
    return found
