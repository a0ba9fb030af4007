"""What the values of choices mean, in the languages that people write them in."""

import pytest

from inputs.catalogue import BY_NAME
from inputs.meanings import meaning_of, meanings_for, meanings_of, parts_of


@pytest.mark.parametrize(
    ("name", "value", "meaning"),
    [
        ("lifecycle", "Customer", "customer"),
        ("lifecycle", "Kunde", "customer"),
        ("lifecycle", "evangelist", "customer"),
        ("lifecycle", "Client", "customer"),
        ("lifecycle", "Cliente potencial", "lead"),
        ("lifecycle", "Potentieller Kunde", "lead"),
        ("lifecycle", "Not a customer", "lead"),
        ("lifecycle", "marketingqualifiedlead", "lead"),
        ("lifecycle", "Marketing-qualifizierter Lead", "lead"),
        ("lifecycle", "Opportunité", "opportunity"),
        ("lifecycle", "Abonnent", "lead"),
        ("lifecycle", "Other", None),
        ("tags", "Customer", "customer"),
        ("tags", "customer survey", None),
        ("tags", "not a patient", None),
        ("source", "Offline Sources", "import"),
        ("source", "Offline-Quellen", "import"),
        ("source", "Recherche payante", "paid"),
        ("source", "Empfehlung", "referral"),
        ("satisfaction", "Sehr unzufrieden", "unhappy"),
        ("satisfaction", "dissatisfied", "unhappy"),
        ("satisfaction", "Very satisfied", "happy"),
        ("marketing_status", "Non-marketing contact", "not marketable"),
        ("marketing_status", "Marketing contact", "marketable"),
        ("marketing_status", "false", "not marketable"),
        ("first_name", "Customer", None),
    ],
)
def test_values_mean_what_they_say(name: str, value: str, meaning: str | None) -> None:
    assert meaning_of(name, value) == meaning


def test_a_persons_choice_counts_first() -> None:
    chosen = {"Gold": "customer", "Customer": "lead"}
    assert meanings_of("lifecycle", ["Gold", "Customer", "Lead", "X"], chosen) == {
        "Gold": "customer", "Customer": "lead", "Lead": "lead",
    }  # fmt: skip


def test_only_tags_hold_several_words() -> None:
    assert parts_of("tags", "vip; DNC ,, old|new") == ["vip", "DNC", "old", "new"]
    assert parts_of("lifecycle", "a, b") == ["a, b"]


def test_meanings_are_of_inputs_of_the_catalogue() -> None:
    assert {name for name in BY_NAME if meanings_for(name)} == {
        *("lifecycle", "tags", "source", "satisfaction", "marketing_status"),
    }
