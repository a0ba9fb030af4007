"""What an account knows of its people beyond their history: words and amounts that an answer may depend on.

What was bought, what was asked for, or any property that an account has mapped. Which words and amounts there are is
found in the account itself; what each is worth is learnt from its own outcomes alone, so it starts at nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from playbooks.choose import INPUT
from scoring.features.terms import SPENT, label_of
from scoring.models.logistic import Floats

# A word counts where so many have it and so many have not: fewer teach nothing, and might name somebody.
_LEAST_PEOPLE, _LEAST_SHARE = 20, 0.01
_MOST_WORDS = 12
# A number with no more values than this is a word: yes and no, or a grade.
_FEW_VALUES = 12
_MARKS = r"[;,|\n]"


@dataclass(frozen=True, slots=True)
class Trait:
    """A word in a column, 1 for who has it; or without a word an amount, its logarithm around what is usual."""

    column: str
    word: str | None = None
    centre: float = 0.0
    scale: float = 1.0

    @property
    def key(self) -> str:
        return self.column if self.word is None else f"{self.column}={self.word}"

    @property
    def label(self) -> str:
        return label_of(self.key) or self.column


def find_traits(frame: pl.DataFrame) -> tuple[Trait, ...]:
    """The traits that enough of these people have and enough have not, in the order of the columns' names."""
    least = max(_LEAST_PEOPLE, int(_LEAST_SHARE * frame.height))
    found: list[Trait] = []
    for name in (*_inputs(frame), SPENT):
        column = frame[name]
        if name == SPENT or (column.dtype.is_numeric() and column.n_unique() > _FEW_VALUES):
            found += _amount(column, least)
        else:
            counted = _words(column).explode().drop_nulls().value_counts(name="people")
            common = counted.filter(pl.col("people").is_between(least, frame.height - least))
            most = common.sort("people", name, descending=[True, False])
            words = most[name].head(_MOST_WORDS)
            found += [Trait(name, str(word)) for word in words]
    return tuple(found)


def trait_values(frame: pl.DataFrame, traits: Sequence[Trait]) -> list[Floats]:
    """The value of each trait for everybody; a column that is not there is empty."""
    split: dict[str, pl.Series] = {}
    values: list[Floats] = []
    for trait in traits:
        if trait.column not in frame.columns:
            values.append(np.zeros(frame.height))
        elif trait.word is None:
            values.append(_scaled(frame[trait.column], trait))
        else:
            if trait.column not in split:
                split[trait.column] = _words(frame[trait.column])
            has = split[trait.column].list.contains(trait.word).fill_null(value=False)
            values.append(has.cast(pl.Float64).to_numpy())
    return values


def traits_text(frame: pl.DataFrame) -> pl.Expr:
    """What is known of each contact, as JSON to be kept with a decision; empty where nothing is."""
    names = _inputs(frame)
    if not names:
        return pl.lit(None)
    texts = [pl.col(name).cast(pl.String) for name in names]
    return pl.when(pl.any_horizontal([text.is_not_null() for text in texts])).then(
        pl.struct(texts).struct.json_encode()
    )


def as_it_was(frame: pl.DataFrame, kept: pl.Series) -> pl.DataFrame:
    """The frame with what `traits_text` kept of each contact in place of what is known today.

    What was filled in after an answer must not seem to have brought it about.
    """
    names = _inputs(frame)
    if not names:
        return frame
    opened = kept.str.json_decode(pl.Struct(dict.fromkeys(names, pl.String))).struct.unnest()
    return frame.with_columns(
        opened[name].cast(frame.schema[name], strict=False).alias(name) for name in names
    )


def _inputs(frame: pl.DataFrame) -> list[str]:
    told = (pl.String, pl.Boolean, pl.Categorical, pl.Enum)
    mine = [
        name
        for name, kind in frame.schema.items()
        if name.startswith(INPUT) and (kind.is_numeric() or isinstance(kind, told))
    ]
    return sorted(mine)


def _words(column: pl.Series) -> pl.Series:
    """Each one's words, in small letters: a cell may hold several."""
    text = column.cast(pl.String).str.to_lowercase().str.replace_all(_MARKS, ";").str.split(";")
    plain = text.list.eval(pl.element().str.strip_chars().replace("", None))
    return plain.list.drop_nulls().list.unique()


def _amount(column: pl.Series, least: int) -> list[Trait]:
    some = np.log(column.filter(column > 0).cast(pl.Float64).to_numpy())
    if len(some) < least:
        return []
    return [Trait(column.name, None, float(some.mean()), max(float(some.std()), 0.25))]


def _scaled(column: pl.Series, trait: Trait) -> Floats:
    """Nothing for who has no amount, so that they differ from the usual by other terms alone."""
    amount = column.cast(pl.Float64).fill_null(0.0).to_numpy()
    known = amount > 0
    logs = np.log(np.where(known, amount, 1.0))
    return np.where(known, np.clip((logs - trait.centre) / trait.scale, -3.0, 3.0), 0.0)
