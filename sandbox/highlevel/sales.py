"""Sales of a location: each is an order or an invoice, with the transaction that paid it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sandbox.highlevel.contacts import Contact
from sandbox.highlevel.ids import Ids
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

CURRENCY = "USD"


@dataclass(slots=True)
class Sale:
    """One paid sale in major units; `live` is False for the test mode of the payment page."""

    transaction_id: str
    entity_id: str
    entity_type: str
    contact: Contact
    amount: float
    refunded: float
    at: datetime
    live: bool
    number: int
    merged_from: str | None = None
    currency: str = CURRENCY

    @property
    def payment_status(self) -> str:
        """How the order stands."""
        return "refunded" if self.refunded >= self.amount else "paid"

    def _common(self, location_id: str) -> Json:
        return {
            "altId": location_id,
            "altType": "location",
            "contactId": self.contact.id,
            "contactName": self.contact.name,
            "contactEmail": self.contact.details.get("email") or "",
            "currency": self.currency,
            "amount": self.amount,
            "liveMode": self.live,
            "createdAt": iso(self.at),
            "updatedAt": iso(self.at),
        }

    def transaction(self, location_id: str) -> Json:
        """The payment."""
        former = {"mergedFromContactId": self.merged_from} if self.merged_from else {}
        return (
            self._common(location_id)
            | former
            | {
                "_id": self.transaction_id,
                "status": "refunded" if self.payment_status == "refunded" else "succeeded",
                "amountRefunded": self.refunded,
                "entityType": self.entity_type,
                "entityId": self.entity_id,
                "entitySourceType": "invoice" if self.entity_type == "invoice" else "payment_link",
                "paymentProviderType": "stripe",
                "fulfilledAt": iso(self.at),
            }
        )

    def order(self, location_id: str) -> Json:
        """The order that the transaction paid."""
        return self._common(location_id) | {
            "_id": self.entity_id,
            "status": "completed",
            "subtotal": self.amount,
            "discount": 0,
            "totalProducts": 1,
            "sourceType": "payment_link",
            "sourceName": "Payment link",
            "sourceId": self.entity_id,
            "fulfillmentStatus": "fulfilled",
        }

    def invoice(self, location_id: str, business: str) -> Json:
        """The invoice that the transaction paid."""
        shown = self._common(location_id)
        for name in ("contactId", "contactName", "contactEmail", "amount"):
            del shown[name]
        details = {
            "id": self.contact.id,
            "name": self.contact.name,
            "email": self.contact.details.get("email") or "",
        }
        return shown | {
            "_id": self.entity_id,
            "status": "paid",
            "name": "Treatment",
            "title": "INVOICE",
            "businessDetails": {"name": business},
            "invoiceNumber": self.number,
            "contactDetails": details,
            "issueDate": f"{self.at:%Y-%m-%d}",
            "dueDate": f"{self.at:%Y-%m-%d}",
            "invoiceItems": [{"name": "Treatment", "qty": 1, "amount": self.amount}],
            "total": self.amount,
            "amountPaid": self.amount,
            "amountDue": 0,
            "totalSummary": {"subTotal": self.amount, "discount": 0, "tax": 0},
        }


class Sales:
    """Records sales; every 50th is refunded, every 40th was made in test mode."""

    def __init__(
        self, location_id: str, business: str, ids: Ids, tell: Callable[[str, Json], None]
    ) -> None:
        self._location_id = location_id
        self._business = business
        self._ids = ids
        self._tell = tell
        self._rows: list[Sale] = []

    def each(self, entity_type: str | None = None) -> Iterator[Sale]:
        """Sales of one kind, or all, newest first."""
        rows = sorted(self._rows, key=lambda sale: sale.at, reverse=True)
        return (sale for sale in rows if entity_type in {None, sale.entity_type})

    def record(
        self,
        contact: Contact,
        amount: float,
        at: datetime,
        *,
        invoice: bool,
        currency: str = CURRENCY,
    ) -> Sale:
        """Record a paid sale."""
        number = len(self._rows) + 1
        sale = Sale(
            transaction_id=self._ids.draw_object(),
            entity_id=self._ids.draw_object(),
            entity_type="invoice" if invoice else "order",
            contact=contact,
            amount=amount,
            refunded=amount if number % 50 == 7 else 0,
            at=at,
            live=number % 40 != 11,
            number=number,
            currency=currency,
        )
        self._rows.append(sale)
        if invoice:
            self._tell("InvoicePaid", sale.invoice(self._location_id, self._business))
        else:
            snapshot = {"id": contact.id, "name": contact.name}
            more = {"contactSnapshot": snapshot, "items": [], "paymentStatus": sale.payment_status}
            self._tell("OrderCreate", sale.order(self._location_id) | more)
        return sale

    def refund(self, transaction_id: str) -> bool:
        """Give the whole amount back; False when there is no such transaction."""
        for sale in self._rows:
            if sale.transaction_id == transaction_id:
                sale.refunded = sale.amount
                return True
        return False

    def hand_over(self, other: Contact, kept: Contact) -> None:
        """One contact's sales are another's from now on; each transaction says whose it was."""
        for sale in self._rows:
            if sale.contact is other:
                sale.contact, sale.merged_from = kept, other.id

    def forget(self, contact_id: str) -> None:
        """Remove a deleted contact's sales."""
        self._rows = [sale for sale in self._rows if sale.contact.id != contact_id]
