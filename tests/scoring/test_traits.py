"""What an account knows of its people by mapped properties: found, counted, learnt from, and never from afterwards."""

import numpy as np
import polars as pl
import pytest

from playbooks.choose import INPUT
from scoring.features.terms import LABELS, label_of
from scoring.learn.traits import Trait, as_it_was, find_traits, trait_values, traits_text

BOUGHT, GRADE, SPENT_ON = f"{INPUT}bought", f"{INPUT}grade", f"{INPUT}last_purchase_amount"


def people(size: int = 400) -> pl.DataFrame:
    dice = np.random.default_rng(4)
    bought = dice.choice(["Aid", "aid; Battery", "Battery ", "", "One of a kind"], size)
    bought[:] = np.where(
        bought == "One of a kind", np.char.add("Only ", np.arange(size).astype(str)), bought
    )
    return pl.DataFrame(
        {
            BOUGHT: pl.Series(bought.tolist()).replace("", None),
            GRADE: dice.integers(0, 2, size),
            SPENT_ON: dice.lognormal(4, 1, size),
            "revenue": np.where(dice.random(size) < 0.5, dice.lognormal(6, 1, size), 0.0),
            f"{INPUT}fitting_at": pl.Series([None] * size, dtype=pl.Datetime("ms", "UTC")),
        }
    )


def test_words_that_enough_have_and_enough_have_not_are_traits_s9() -> None:
    found = find_traits(people())
    assert [trait.key for trait in found if trait.column == BOUGHT] == [
        f"{BOUGHT}=aid", f"{BOUGHT}=battery",
    ]  # fmt: skip
    # A number with two values is a word, one with many an amount; dates are neither.
    assert {trait.key for trait in found} >= {f"{GRADE}=0", f"{GRADE}=1", SPENT_ON, "revenue"}
    assert not [trait for trait in found if "fitting" in trait.column]
    assert find_traits(people(15)) == ()


def test_values_are_who_has_the_word_and_how_far_an_amount_is_from_the_usual_s9() -> None:
    frame = people()
    traits = find_traits(frame)
    values = dict(zip((trait.key for trait in traits), trait_values(frame, traits), strict=True))
    has = frame[BOUGHT].str.to_lowercase().str.contains("battery").fill_null(value=False)
    assert (values[f"{BOUGHT}=battery"] == has.cast(pl.Float64).to_numpy()).all()
    spent = frame["revenue"].to_numpy()
    assert (values["revenue"][spent == 0] == 0).all()
    logs = np.log(spent[spent > 0])
    usual = (logs - logs.mean()) / logs.std()
    assert values["revenue"][spent > 0] == pytest.approx(np.clip(usual, -3, 3), abs=1e-6)
    # A few are measured by what was found of all, and where nothing is mapped any more nothing is said.
    few = trait_values(frame.head(3), traits)
    assert all((one == all_[:3]).all() for one, all_ in zip(few, values.values(), strict=True))
    gone = trait_values(frame.drop(BOUGHT), traits)
    assert not gone[[trait.key for trait in traits].index(f"{BOUGHT}=aid")].any()


def test_what_was_filled_in_later_is_not_what_was_known_at_the_decision_s9() -> None:
    then = people().with_row_index("contact_id")
    kept = then.select(kept=traits_text(then))["kept"]
    later = then.with_columns(
        pl.lit("Won back").alias(BOUGHT), pl.lit(9).cast(pl.Int64).alias(GRADE)
    )
    restored = as_it_was(later, kept)
    for name in (BOUGHT, GRADE, SPENT_ON):
        assert restored[name].to_list() == pytest.approx(then[name].to_list(), nan_ok=True) or (
            restored[name].to_list() == then[name].to_list()
        )
    # What was not kept is not known, whatever stands there today.
    nothing = as_it_was(later, pl.Series([None] * later.height, dtype=pl.String))
    assert nothing[BOUGHT].null_count() == later.height
    assert then.select(kept=traits_text(then.select("contact_id")))["kept"][0] is None


def test_a_trait_is_told_by_its_column_and_never_by_its_word() -> None:
    assert Trait(BOUGHT, "hearing aid").label == label_of(BOUGHT) == "What they bought"
    assert label_of(f"{INPUT}own_field") == "Own field"
    assert label_of("gap") == LABELS["gap"]
    assert label_of("gone") is None
