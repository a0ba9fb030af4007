"""What a wish not to be contacted closes, which words say it, and what hides it from nobody (D1, D2)."""

import pytest

from contact_rules.wishes import Wish, column_of, explain_wish, find_wish


def test_what_closes_everything_and_what_the_channel_alone_d1_d2() -> None:
    assert column_of(Wish.OPTED_OUT, "sms") == "sms_opt_out"
    assert column_of(Wish.OPTED_OUT, "email") == "email_opt_out"
    assert column_of(Wish.WRONG_PERSON, "call") == "sms_opt_out"
    assert column_of(Wish.OPTED_OUT, "note") == "do_not_contact"
    assert {column_of(wish, "sms") for wish in (Wish.LEGAL, Wish.DECEASED, Wish.MINOR)} == {
        "do_not_contact"
    }


def test_the_words_that_say_it_are_told() -> None:
    found = explain_wish("Hello. Please take me off your mailing list.", kind="email")
    assert found is not None
    assert "off" in found.words
    assert "hello" not in found.words


@pytest.mark.parametrize(
    "text", ["UNSUBSCRIBE ME NOW", "pls  unsubcribe  me", "unsubscribe me \U0001f6d1"]
)
def test_case_slips_and_pictures_do_not_hide_it_d2(text: str) -> None:
    assert find_wish(text, kind="sms") == Wish.OPTED_OUT


@pytest.mark.parametrize(
    "name",
    ["Contact form", "Contact form: Implants", "Question: Cleaning", "Newsletter: yes", "Rückruf"],
)
def test_d2_the_name_of_a_form_is_no_wish_and_what_it_says_may_be_one(name: str) -> None:
    assert find_wish(name, kind="form") is None
    assert find_wish(f"{name}. Please remove me from your list.", kind="form") is not None
