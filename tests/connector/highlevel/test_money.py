"""The amounts of payments: in the account's own currency, or left out and named."""

from typing import Any

import pytest

from connector.highlevel import sales


def payment(**more: Any) -> dict[str, Any]:
    paid = {"_id": "t1", "contactId": "c1", "amount": 120.5, "status": "succeeded"}
    return {**paid, "createdAt": "2026-01-02T03:04:05Z", "liveMode": True, **more}


@pytest.mark.parametrize(
    ("code", "own", "amount", "foreign"),
    [
        ("USD", "USD", 12_050, None),
        ("usd", "USD", 12_050, None),
        ("EUR", "USD", None, "EUR"),
        ("eur", "USD", None, "EUR"),
        ("EUR", None, 12_050, None),
        (None, "USD", 12_050, None),
        ("euro", "USD", 12_050, None),
    ],
)
def test_a_payment_in_another_currency_is_a_purchase_without_an_amount(
    code: str | None, own: str | None, amount: int | None, foreign: str | None
) -> None:
    row = sales.transaction(payment(currency=code), own)
    assert row is not None
    assert (row["amount_minor"], row["foreign_currency"]) == (amount, foreign)
    assert row["is_won"]


def test_one_that_was_given_back_is_none_in_any_currency() -> None:
    row = sales.transaction(payment(currency="EUR", amountRefunded=120.5), "USD")
    assert row is not None
    assert not row["is_won"]
