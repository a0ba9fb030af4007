"""The linter against texts written by hand: it stops what may not go out and lets the rest pass."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contact_rules.reasons import REASONS
from workflows.openers.compose import compose
from workflows.openers.facts import Anchor, Business, Opener, OpenerFacts, TouchAsk
from workflows.openers.language import LANGUAGES, load_language
from workflows.openers.lint import lint
from workflows.openers.slot_values import slot_values
from workflows.openers.sms import fit

TEXTS = Path(__file__).parents[1] / "data" / "openers"
ASK = TouchAsk(at=datetime(2026, 11, 29, 12, tzinfo=UTC))
MARIA = OpenerFacts(
    "c1",
    "lead",
    Anchor.FORM,
    datetime(2025, 3, 4, tzinfo=UTC),
    first_name="Maria",
    band="365_plus",
    asked_for="X12",
    served_by="Dr. Lee",
)
BUSINESSES = {
    "roof": Business("Harbor Roofing", phi=False),
    "clinic": Business("Harbor Hearing", phi=True),
    "house": Business("Harbor Homes", phi=False, fair_housing=True),
}
PLACE = "12 Harbor Street, Portland"


def rows(name: str) -> list[list[str]]:
    lines = (TEXTS / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines]


def found_in(code: str, profile: str, frame: str, text: str) -> set[str]:
    """What the linter says of an opener with this text in one of its parts."""
    business = replace(BUSINESSES[profile], language=code, place=PLACE)
    language = load_language(code)
    values = slot_values(MARIA, ASK, business, language)
    said = text.format_map(values)
    opener = compose(MARIA, ASK, business)
    assert lint(opener, MARIA, business, ASK) == ()
    problems = lint(_framed(opener, frame, said, values, code), MARIA, business, ASK)
    return {problem.rule for problem in problems}


def _framed(opener: Opener, frame: str, said: str, values: dict[str, str], code: str) -> Opener:
    language = load_language(code)
    if frame == "subject":
        return replace(opener, subject=said)
    if frame == "sms":
        hello, stop = language["sms.plain"].format_map(values), language["sms.opt_out"]
        whole = f"{hello} {said} {stop}"
        return replace(opener, sms=fit(whole) or whole)
    if frame == "email":
        end = f"{language['closing.place'].format_map(values)}\n\n{language['closing.opt_out']}"
        hello = language["greeting.named"].format_map(values)
        return replace(opener, email=f"{hello}\n\n{said}\n\n{end}")
    return replace(opener, **{frame.removeprefix("raw_"): said})


def test_two_hundred_good_texts_pass_s11_s22() -> None:
    good = rows("good.tsv")
    assert len(good) >= 200
    assert {row[0] for row in good} == set(LANGUAGES)
    stopped = {row[3]: rules for row in good if (rules := found_in(*row))}
    assert stopped == {}


def test_two_hundred_bad_texts_are_stopped_for_what_is_wrong_with_them_s22_d9_d11() -> None:
    bad = rows("bad.tsv")
    assert len(bad) >= 200
    passed = {tuple(row): rules for row in bad if row[0] not in (rules := found_in(*row[1:]))}
    assert passed == {}


def test_what_depends_on_the_account_is_stopped_there_alone_d11() -> None:
    health = "You came to us for a hearing test in {month}."
    assert found_in("en", "clinic", "email", health) == {"health"}
    assert found_in("en", "roof", "email", health) == set()
    housing = "It is a safe neighborhood."
    assert found_in("en", "house", "email", housing) == {"fair_housing"}
    assert found_in("en", "roof", "email", housing) == set()


def test_a_business_may_have_any_name() -> None:
    for name in ("Perfect Smile Dental 24/7", "Kanzlei Süd & Söhne", "Last Chance Saloon"):
        business = replace(BUSINESSES["clinic"], name=name, place=PLACE)
        opener = compose(MARIA, ASK, business)
        assert lint(opener, MARIA, business, ASK) == ()
        assert name in opener.sms


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_reason_has_its_words(code: str) -> None:
    language = load_language(code)
    for reason in REASONS:
        assert language[f"reason.{reason}"]
        assert language[f"note.reasons.{reason}"]
