"""Real history from files: purchases become deals in time, exported contacts become contacts."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.hubspot.contact_files import load_contacts
from sandbox.hubspot.population import Population
from sandbox.hubspot.purchase_files import load_purchases
from sandbox.hubspot.records import Record, Records
from sandbox.hubspot.timeline import Timeline
from sandbox.kit.files import HistoryError, LoadReport
from sandbox.virtual_time import VirtualTime

AS_OF = datetime(1997, 10, 1, tzinfo=UTC)
PURCHASES = """customer_id,date,quantity,amount
0002,1997-10-01,1,8.5
0001,1997-01-18,2,29.73
0001,1997-01-01,2,29.33
0003,1997-10-02T09:30:00-04:00,3,12.00
0001,1998-05-03,1,14.96
"""


class Shop:
    """A portal that holds nothing but what files bring."""

    def __init__(self, as_of: datetime = AS_OF) -> None:
        self.time = VirtualTime.starting_at(as_of)
        self.records = Records(self.time.now)
        self.timeline: Timeline = Population(self.records, self.time.agenda).timeline

    def load(self, text: str | Iterable[str]) -> LoadReport:
        lines = text.splitlines(keepends=True) if isinstance(text, str) else text
        return load_purchases(lines, self.timeline, self.time.agenda, as_of=self.time.now())

    def contacts(self) -> dict[str, Record]:
        return {r.properties["customer_id"] or "": r for r in self.records.each("contacts")}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_rows_until_as_of_are_there_and_later_ones_are_not(shop: Shop) -> None:
    report = shop.load(PURCHASES)
    assert (report.contacts, report.deals, report.later, report.bad) == (2, 3, 2, 0)
    assert sorted(shop.contacts()) == ["0001", "0002"], "a row at as_of itself is visible"
    first = shop.contacts()["0001"]
    assert first.created_at == datetime(1997, 1, 1, tzinfo=UTC)
    assert first.properties["email"] == "customer-0001@example.com"
    assert first.properties["num_associated_deals"] == "2"
    assert first.properties["total_revenue"] == "59.06"
    assert first.properties["recent_deal_amount"] == "29.73"
    assert first.properties["recent_deal_close_date"] == "1997-01-18T00:00:00.000Z"


def test_a_deal_is_won_at_the_time_of_purchase(shop: Shop) -> None:
    shop.load(PURCHASES)
    deal = next(shop.records.each("deals")).properties
    assert deal["closedate"] == deal["createdate"] == "1997-01-01T00:00:00.000Z"
    assert (deal["dealstage"], deal["hs_is_closed_won"]) == ("closedwon", "true")
    assert (deal["amount"], deal["quantity"]) == ("29.33", "2")


def test_later_rows_appear_when_time_reaches_them(shop: Shop) -> None:
    shop.load(PURCHASES)
    third = datetime(1997, 10, 2, 13, 30, tzinfo=UTC)
    shop.time.advance_to(third - timedelta(seconds=1))
    assert "0003" not in shop.contacts()
    shop.time.advance_to(third)
    assert shop.contacts()["0003"].created_at == third
    shop.time.advance_to(datetime(1998, 6, 1, tzinfo=UTC))
    assert shop.records.count("deals") == 5
    assert shop.contacts()["0001"].properties["total_revenue"] == "74.02"
    assert len(shop.time.agenda) == 0


def test_loading_then_waiting_equals_loading_everything_later() -> None:
    rows = [
        f"{i * 37 % 40:03d},1997-{1 + i * 7 % 12:02d}-{1 + i * 11 % 28:02d},1,{5 + i % 83}"
        for i in range(400)
    ]
    text = "\n".join(["customer_id,date,quantity,amount", *rows])
    end = datetime(1998, 1, 1, tzinfo=UTC)
    early, late = Shop(datetime(1997, 6, 1, tzinfo=UTC)), Shop(end)
    early.load(text)
    early.time.advance_to(end)
    late.load(text)

    def shape(shop: Shop) -> dict[str, dict[str, str | None]]:
        hidden = {"hs_object_id", "lastmodifieddate"}
        return {
            customer: {k: v for k, v in record.properties.items() if k not in hidden}
            for customer, record in shop.contacts().items()
        }

    assert shape(early) == shape(late)
    assert early.records.count("deals") == late.records.count("deals") == 400


def test_bad_rows_are_reported_by_line_and_reason_and_others_load(shop: Shop) -> None:
    text = """customer_id,date,quantity,amount
a,1997-01-01,1,10
,1997-01-01,1,10
b,01/02/1997,1,10
c,1997-01-01,1,ten
d,1997-01-01,1,-4
e,1997-01-01,many,4
f,1997-01-01
g,1997-01-01,,7
h,1997-01-01,1,nan
"""
    report = shop.load(text)
    assert [row.line for row in report.bad_rows] == [3, 4, 5, 6, 7, 8, 10]
    assert report.bad_rows[1].reason.startswith("date is not an ISO date")
    assert not any("ten" in row.reason or "many" in row.reason for row in report.bad_rows)
    assert sorted(shop.contacts()) == ["a", "g"]
    assert report.json()["bad"] == 7


@pytest.mark.parametrize("text", ["", "id;when\n1;2\n", "customer_id,date\n1,1997-01-01\n"])
def test_files_without_the_columns_are_refused(shop: Shop, text: str) -> None:
    with pytest.raises(HistoryError, match="header line"):
        shop.load(text)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_and_byte_order_marks_are_understood(shop: Shop, delimiter: str) -> None:
    shop.load("\ufeff" + PURCHASES.replace(",", delimiter))
    assert len(shop.contacts()) == 2


def test_files_are_read_as_a_stream_and_plan_one_action_at_a_time(shop: Shop) -> None:
    def lines() -> Iterator[str]:
        yield "customer_id,date,quantity,amount\n"
        for number in range(20_000):
            yield f"{number % 50},1998-01-{1 + number % 28:02d},1,5\n"

    report = shop.load(lines())
    assert (report.deals, report.later) == (0, 20_000)
    assert len(shop.time.agenda) == 1


def test_deleted_customers_stay_deleted(shop: Shop) -> None:
    shop.load(PURCHASES)
    shop.records.archive("contacts", shop.contacts()["0001"].id)
    shop.time.advance_to(datetime(1998, 6, 1, tzinfo=UTC))
    assert "0001" not in shop.contacts()


EXPORT = """Record ID,First Name,Last Name,Email,Phone Number,Create Date,\
Last Activity Date,Lifecycle Stage,Favourite Colour
512,Ann,Lee,ann@example.com,+12075551000,2025-01-05 10:11,2025-03-01,Customer,blue
513,Bo,Ray,,,2025-02-05,,Lead,
514,,,ANN@example.com,,2025-02-05,,Lead,
515,Cy,Fox,cy@example.com,,yesterday,,Lead,
516,Di,Orr,di@example.com,,2031-01-01,,Lead,
517,Ed,Poe,ed@example.com,,2025-01-01,,Emperor,
"""


def export(shop: Shop, text: str) -> LoadReport:
    return load_contacts(text.splitlines(keepends=True), shop.timeline, now=shop.time.now())


def test_exported_contacts_become_contacts() -> None:
    shop = Shop(datetime(2026, 11, 16, 14, tzinfo=UTC))
    report = export(shop, EXPORT)
    assert report.contacts == 2
    assert report.ignored_columns == ["Favourite Colour"]
    ann = shop.contacts()["512"]
    assert ann.created_at == datetime(2025, 1, 5, 10, 11, tzinfo=UTC)
    assert ann.properties["createdate"] == "2025-01-05T10:11:00.000Z"
    assert ann.properties["notes_last_updated"] == "2025-03-01T00:00:00.000Z"
    assert ann.properties["lifecyclestage"] == "customer"
    assert "email" not in shop.contacts()["513"].properties


def test_bad_contacts_are_reported_without_their_content() -> None:
    shop = Shop(datetime(2026, 11, 16, 14, tzinfo=UTC))
    report = export(shop, EXPORT)
    assert {row.line: row.reason for row in report.bad_rows} == {
        4: "same email address as line 2",
        5: "Create Date is not an ISO date such as 2026-11-16",
        6: "Create Date lies after the sandbox's time",
        7: "Lifecycle Stage has a value that is none of its options",
    }


def test_internal_names_are_understood_as_headers() -> None:
    shop = Shop(datetime(2026, 11, 16, 14, tzinfo=UTC))
    export(shop, "email,lifecyclestage,sms_consent,customer_id\na@example.com,lead,Yes,x7\n")
    assert shop.contacts()["x7"].properties["sms_consent"] == "true"


def test_a_file_without_any_known_column_is_refused() -> None:
    with pytest.raises(HistoryError, match="no column"):
        export(Shop(), "colour,shape\nblue,round\n")
