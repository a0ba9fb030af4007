"""Raw texts of properties made into columns of inputs, read as files are; and how much of them could be read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl

from inputs.catalogue import BY_NAME
from inputs.input import Kind
from inputs.values.column import read_column
from inputs.values.style import hints_for
from sync.fields.mapping import Wanted
from sync.fields.mapping_store import Finding

# Of each property so many contacts are kept by id whose value could not be read.
MOST_UNREAD = 500
_FACTS = "facts"
# Kinds whose words mean something of our own: what people see of a choice says more than how it is stored.
_WORDS = frozenset({Kind.CHOICE, Kind.TEXT, Kind.YES_NO, Kind.MARK, Kind.LANGUAGE, Kind.TAGS})


@dataclass(frozen=True, slots=True)
class TypedFields:
    """One row per contact with a column for each input; how each property could be read; and whose could not.

    `unread` are input, property, contact and why.
    """

    frame: pl.DataFrame
    findings: tuple[Finding, ...]
    unread: tuple[tuple[str, str, str, str], ...]


def unpack(fields: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """A column of JSON objects as a column of text for each of these names."""
    shape = pl.Struct(dict.fromkeys(names, pl.String))
    opened = fields.rename("fields").str.json_decode(shape)
    empty = pl.lit(None, dtype=pl.String)
    return opened.to_frame().select(
        pl.when(pl.col("fields").struct.field(name).str.strip_chars() != "")
        .then(pl.col("fields").struct.field(name))
        .otherwise(empty)
        .alias(name)
        for name in names
    )


def type_fields(raw: pl.DataFrame, wanted: Wanted, *, as_of: datetime) -> TypedFields:
    """`raw` has contact_id and the texts of `wanted.names`; of several sources the first that can be read counts.

    Facts are all kept, each with the name of its property: a yes says nothing by itself.
    """
    columns = [raw["contact_id"]]
    findings: list[Finding] = []
    unread: list[tuple[str, str, str, str]] = []
    for name, sources in wanted.sources.items():
        read: list[pl.Series] = []
        for source in sources:
            values, finding, odd = _read(raw, name, source, wanted, as_of)
            if name == _FACTS:
                values = pl.select(pl.format("{} {}", pl.lit(source), values)).to_series()
            read.append(values.alias(str(len(read))))
            findings.append(finding)
            unread += odd
        every = pl.concat_str(pl.all(), separator="; ", ignore_nulls=True).replace("", None)
        one = every if name == _FACTS else pl.coalesce(pl.all())
        columns.append(pl.DataFrame(read).select(one.alias(name))[name])
    return TypedFields(pl.DataFrame(columns), tuple(findings), tuple(unread))


def _read(
    raw: pl.DataFrame, name: str, source: str, wanted: Wanted, as_of: datetime
) -> tuple[pl.Series, Finding, list[tuple[str, str, str, str]]]:
    kind, text = BY_NAME[name].kind, raw[source]
    style = wanted.settled[name].styles.get(source) or wanted.styles.get((name, source))
    meant = _meant(text, name, source, wanted)
    found = read_column(kind, meant, style=style, hints=hints_for(name, as_of))
    odd = raw.select("contact_id", reason=found.reasons).drop_nulls("reason")
    finding = Finding(
        input=name,
        property=source,
        contacts=raw.height,
        filled=raw.height - text.null_count(),
        unread=odd.height,
        style=found.style,
        doubts=tuple(asdict(doubt) for doubt in found.doubts),
    )
    some = odd.head(MOST_UNREAD).iter_rows()
    return found.values, finding, [(name, source, who, why) for who, why in some]


def _meant(text: pl.Series, name: str, source: str, wanted: Wanted) -> pl.Series:
    """The texts with values that have a meaning of their own, or a label, in those words."""
    known = wanted.properties.get(source)
    labels: dict[str, str] = {}
    if known is not None and BY_NAME[name].kind in _WORDS:
        labels = {o.value: o.label for o in known.options if o.value not in {"true", "false"}}
    words = {**labels, **wanted.settled[name].meanings}
    if not words:
        return text
    return text.replace_strict(words, default=text, return_dtype=pl.String)
