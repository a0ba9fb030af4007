"""What is a purchase and what is not: returns, refunds, what was called off, failed or not paid, lines of an order."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports.reading.events import read_purchases
from app.reports.reading.mapping import map_purchases
from app.reports.reading.reader import BadRows, inspect, read
from inputs.activity_kinds import parse_kinds
from inputs.purchase_states import LABELS, VOID, state_of
from inputs.purchase_words import STATES
from inputs.words import words

Write = Callable[..., Path]
Read = Callable[..., Any]
NEVER = datetime(2100, 1, 1, tzinfo=UTC)
NOBODY = pl.DataFrame(schema={"key": pl.String, "contact_id": pl.String})


class Purchases:
    """What came of a file: (customer, day, amount) of each purchase, gaps and bad lines."""

    def __init__(self, path: Path, *kinds: str, until: datetime | None = None) -> None:
        layout = inspect(path)
        mapping = map_purchases(layout.headers, {})
        bad = BadRows()
        with path.open("rb") as stream:
            wanted = {column: field for field, column in mapping.columns.items()}
            table = read(layout, stream, wanted, bad)
        data = read_purchases(
            table, mapping, NOBODY, bad, as_of=NEVER, reachable=True, kinds=parse_kinds(kinds),
            known_until=until,
        )  # fmt: skip
        self.columns = mapping.columns
        self.gaps = {gap.key: gap.count for gap in data.gaps}
        self.said = " ".join(f"{gap.text} {gap.fix}" for gap in data.gaps)
        self.bad = [(row.line, row.reason) for row in bad.kept]
        events = data.events.select("contact_id", pl.col("occurred_at").dt.date(), "amount")
        self.rows = sorted(
            (who, day.isoformat(), None if amount is None else round(amount, 2))
            for who, day, amount in events.iter_rows()
        )


@pytest.fixture
def bought(tmp_path: Path) -> Read:
    """The purchases in a file with this text."""

    def _bought(text: str, *kinds: str, until: datetime | None = None) -> Purchases:
        path = tmp_path / "p.csv"
        path.write_text(text, encoding="utf-8")
        return Purchases(path, *kinds, until=until)

    return _bought


UNPAID = (
    *("cancelled", "Canceled", "FAILED", "pending", "Unpaid", "voided", "draft", "declined"),
    *("refunded", "wc-on-hold", "requires_payment_method", "Payment failed - insufficient funds"),
    *("Chargeback", "storniert", "offen", "fehlgeschlagen", "annulée", "en attente", "remboursé"),
    *("cancelado", "pendiente", "reembolsado", "não pago", "recusado", "annullato", "in attesa"),
    *("rimborsato", "geannuleerd", "onbetaald"),
)
PAID = (
    *("paid", "Completed", "succeeded", "shipped", "bezahlt", "payé", "pagado", "pago", "pagato"),
    *("betaald", "partially paid", "wc-completed", "processing", "not refunded"),
    *("In Bearbeitung", "Bank transfer"),
)


def _with_statuses(header: str, *statuses: str) -> str:
    """A file in which each status has a purchase of its own, by a customer whose name is the status."""
    lines = [
        f"{status},2024-01-01,{10 + number},{status}" for number, status in enumerate(statuses)
    ]
    return "\n".join([f"customer_id,date,amount,{header}", *lines, ""])


@pytest.mark.parametrize(
    "header", ["status", "Financial Status", "Zahlungsstatus", "Stato pagamento", "state"]
)
def test_what_was_not_paid_is_no_purchase(bought: Read, header: str) -> None:
    found = bought(_with_statuses(header, *UNPAID, "paid"))
    assert found.rows == [("paid", "2024-01-01", 10.0 + len(UNPAID))]
    assert found.gaps == {"undone_purchases": len(UNPAID)}


@pytest.mark.parametrize("status", ["FAILED", "remboursé"])
def test_a_purchase_that_was_not_paid_is_none_on_its_own(bought: Read, status: str) -> None:
    found = bought(_with_statuses("status", status, "paid"))
    assert found.rows == [("paid", "2024-01-01", 11.0)]
    assert found.gaps == {"undone_purchases": 1}


def test_what_was_paid_is_one(bought: Read) -> None:
    found = bought(_with_statuses("status", *PAID))
    assert [who for who, _, _ in found.rows] == sorted(PAID)
    assert found.gaps == {}


def test_a_status_that_is_not_known_counts_and_is_listed_with_a_way_to_map_it(bought: Read) -> None:
    text = "customer_id,date,amount,status\n1,2024-01-01,10,Sold back\n2,2024-01-02,20,paid\n"
    found = bought(text)
    assert len(found.rows) == 2
    assert found.gaps == {"unknown_statuses": 1}
    assert '--kind "Sold back=refund"' in found.said
    assert bought(text, "Sold back=refund").rows == [("2", "2024-01-02", 20.0)]


@pytest.mark.parametrize(
    ("columns", "sale", "back"),
    [
        ("amount", "50", "-50"),
        ("amount", "50", "−50"),
        ("amount,quantity", "50,1", "50,-1"),
        ("amount,quantity", "50,2", "-50,-2"),
        ("unit price,quantity", "25,2", "25,-2"),
        ("amount,type", "50,Sale", "50,Refund"),
        ("amount,type", "50,Verkauf", "50,Retoure"),
        ("amount,type", "50,Sale", "-50,Payment Refund"),
        ("amount,status", "50,paid", "-50,refunded"),
        ("amount,transaction type", "50,Charge", "50,Chargeback"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", ["", "A7"])
def test_a_return_takes_its_purchase_back(
    bought: Read, columns: str, sale: str, back: str, order: str
) -> None:
    text = f"order id,customer_id,date,{columns}\n{order},1,2024-01-01,{sale}\n"
    kept = f"B1,1,2024-02-01,{sale}\n".replace("50", "60").replace("25,", "30,")
    found = bought(text + f"{order},1,2024-03-01,{back}\n" + kept)
    assert found.rows == [("1", "2024-02-01", 60.0)]
    assert found.gaps == {"undone_purchases": 1}
    assert found.bad == []


def test_a_partial_return_reduces_the_purchase(bought: Read) -> None:
    text = "customer_id,date,amount\n1,2024-01-01,100\n1,2024-02-01,80\n1,2024-03-01,-30\n1,2024-04-01,70\n"
    assert bought(text).rows == [
        *(("1", "2024-01-01", 100.0), ("1", "2024-02-01", 50.0), ("1", "2024-04-01", 70.0)),
    ]
    more = text.replace("-30", "-150")
    assert bought(more).rows == [("1", "2024-01-01", 30.0), ("1", "2024-04-01", 70.0)]
    everything = text.replace("-30", "-1000")
    assert bought(everything).rows == [("1", "2024-04-01", 70.0)]
    ordered = (
        "order,customer_id,date,amount,refunded amount\n7,1,2024-01-01,100,30\n8,1,2024-01-05,9,9\n"
    )
    assert bought(ordered).rows == [("1", "2024-01-01", 70.0)]


def test_a_return_of_nothing_in_the_file_takes_nothing_and_is_said(bought: Read) -> None:
    found = bought("customer_id,date,amount\n1,2024-01-01,-50\n1,2024-02-01,80\n2,2024-02-01,-7\n")
    assert found.rows == [("1", "2024-02-01", 80.0)]
    assert found.gaps == {"lone_returns": 2}


def test_a_later_return_takes_nothing_from_what_was_known_before(bought: Read) -> None:
    text = "customer_id,date,amount\n1,2024-01-01,100\n1,2024-06-01,40\n1,2024-07-01,-40\n1,2024-08-01,-100\n"
    assert bought(text).rows == []
    assert bought(text, until=datetime(2024, 6, 30, tzinfo=UTC)).rows == [
        *(("1", "2024-01-01", 100.0), ("1", "2024-06-01", 40.0)),
    ]


def test_a_shops_export_leaves_the_order_blank_on_further_lines(bought: Read) -> None:
    found = bought(
        "Name,Email,Financial Status,Paid at,Currency,Total,Created at,Lineitem quantity,"
        "Lineitem price,Refunded Amount\n"
        "#1,a@x.test,paid,2024-01-01 10:00:00 -0500,USD,25,2024-01-01,1,10,0\n#1,a@x.test,,,,,2024-01-01,3,5,\n"
        "#2,b@x.test,refunded,2024-01-02,USD,8,2024-01-02,1,8,8\n#2,b@x.test,,,,,2024-01-02,1,8,\n"
        "#3,a@x.test,partially_refunded,2024-01-03,USD,90,2024-01-03,1,50,40.5\n#3,,,,,,,1,40,\n"
        "#4,c@x.test,pending,,USD,70,2024-01-04,1,70,\n#5,c@x.test,paid,,USD,71,2024-01-05,1,71,\n"
    )  # fmt: skip
    assert [(day, amount) for _, day, amount in found.rows] == [
        *(("2024-01-01", 25.0), ("2024-01-03", 49.5), ("2024-01-05", 71.0)),
    ]
    assert found.bad == []


def test_a_total_on_each_line_of_an_order_counts_once_and_says_so(bought: Read) -> None:
    head = "order number,customer_id,date,order total,item\n"
    found = bought(head + "7,1,2024-01-01,30,a\n7,1,2024-01-01,30,b\n8,1,2024-01-02,9,c\n")
    assert [row[2] for row in found.rows] == [30.0, 9.0]
    assert found.gaps == {"order_totals:order total": 1}
    differing = bought(head + "7,1,2024-01-01,30,a\n7,1,2024-01-01,20,b\n8,1,2024-01-02,9,c\n")
    assert [row[2] for row in differing.rows] == [50.0, 9.0]


def test_amounts_in_another_currency_are_not_added(bought: Read) -> None:
    found = bought(
        "customer_id,date,amount,currency\n1,2024-01-01,10,USD\n1,2024-01-02,9000,JPY\n2,2024-01-02,20,usd\n"
    )
    assert [row[2] for row in found.rows] == [10.0, None, 20.0]
    assert found.gaps == {"currencies": 1}


def test_an_export_that_writes_sales_with_a_minus_is_turned(bought: Read) -> None:
    found = bought("customer_id,date,amount\n1,2024-01-01,-10\n2,2024-01-02,-20\n")
    assert [row[2] for row in found.rows] == [10.0, 20.0]
    assert found.gaps == {"signs:amount": 2}


@pytest.mark.parametrize(
    ("header", "says", "bought_by"),
    [
        ("Paid", ("yes", "no"), "1"),
        ("Refunded", ("no", "true"), "1"),
        ("Cancelled at", ("", "2024-02-01"), "1"),
    ],
)
def test_a_column_of_yes_and_no_means_what_its_name_says(
    bought: Read, header: str, says: tuple[str, str], bought_by: str
) -> None:
    text = (
        f"customer_id,date,amount,{header}\n1,2024-01-01,10,{says[0]}\n2,2024-01-01,10,{says[1]}\n"
    )
    assert [row[0] for row in bought(text).rows] == [bought_by]


def test_a_payment_services_refund_names_the_payment_it_gives_back(bought: Read) -> None:
    found = bought(
        "Date,Type,Status,Currency,Gross,From Email Address,Transaction ID,Reference Txn ID\n"
        "2024-01-01,Express Checkout Payment,Completed,EUR,50,a@x.test,T1,\n"
        "2024-01-02,Express Checkout Payment,Completed,EUR,60,a@x.test,T2,\n"
        "2024-01-09,Payment Refund,Completed,EUR,-50,shop@x.test,T3,T1\n"
        "2024-01-10,General Withdrawal,Completed,EUR,-60,,T4,\n"
        "2024-01-11,Express Checkout Payment,Denied,EUR,70,b@x.test,T5,\n"
    )
    assert [(day, amount) for _, day, amount in found.rows] == [("2024-01-02", 60.0)]
    assert found.bad == []


ORDERS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 700), st.integers(200, 50_000)),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(orders=ORDERS, data=st.data())
def test_lines_split_shuffled_partly_refunded_and_signed_otherwise_are_the_same_purchases(
    orders: list[tuple[int, int, int]],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Each order is written in a way of its own: as it is, or in lines, with what was given back beside it."""
    plain: list[list[str]] = []
    lines: list[list[str]] = []
    for number, (who, day, cents) in enumerate(orders):
        on = (datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()
        plain.append([f"O{number}", str(who), on, f"{cents / 100:.2f}", "1", "paid"])
        lines += _split(f"O{number}", str(who), on, cents, data)
    shuffled = data.draw(st.permutations(lines))
    folder = tmp_path_factory.mktemp("orders")
    assert _rows(folder / "a.csv", plain) == _rows(folder / "b.csv", shuffled)


def _split(order: str, who: str, on: str, cents: int, data: st.DataObject) -> list[list[str]]:
    given_back = data.draw(st.sampled_from([0, 0, 1_000, 55]))
    rest, parts = cents + given_back, []
    for _ in range(data.draw(st.integers(0, 3))):
        part = data.draw(st.integers(1, max(1, rest // 2)))
        parts.append(part)
        rest -= part
    rows = [
        [order, who, on, f"{part / 100:.2f}", "1", "paid"] for part in [*parts, rest] if part > 0
    ]
    if given_back:
        sign, pieces = data.draw(
            st.sampled_from([("-", "1"), ("", "-1"), ("-", "-1"), ("−", "-2")])
        )
        rows.append([order, who, on, f"{sign}{given_back / 100:.2f}", pieces, "refunded"])
    return rows


def _rows(path: Path, lines: list[list[str]]) -> list[tuple[str, str, float | None]]:
    text = io.StringIO()
    csv.writer(text).writerows(
        [["order_id", "customer_id", "date", "amount", "quantity", "status"], *lines]
    )
    path.write_text(text.getvalue(), encoding="utf-8")
    return Purchases(path).rows


def test_each_phrase_of_the_table_says_what_its_line_says() -> None:
    seen: dict[tuple[str, ...], str] = {}
    for state, phrases in STATES.items():
        for phrase in phrases.split(","):
            assert seen.setdefault(words(phrase), state) == state, phrase
            assert state_of(phrase) == state, phrase
    assert set(VOID) <= LABELS.keys()
