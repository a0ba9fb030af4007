"""What the columns of activity and purchase lists are called, in seven languages; the more usual name first.

Shops, payment services and spreadsheets: a field's first name that a file has is taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from inputs.words import plain_words, words

_CONTACT = (
    "customer id, contact id, customer number, client id, patient id, member id, user id, customer code, "
    "account id, customer, contact, contact id or email, lead id, client, patient, member, buyer id, "
    "customer no, customer nr, associated contact id, associated contact, customer reference id, customer "
    "record id, cust id, kunden id, kundennummer, kunden nr, kundennr, kunde, kontakt id, kontakt, "
    "patientennummer, patienten id, id client, numero client, no client, code client, identifiant client, "
    "id contact, id cliente, numero de cliente, codigo de cliente, cliente id, cliente, id de contacto, "
    "contacto, id do cliente, numero do cliente, codigo do cliente, id do contato, contato, codice "
    "cliente, numero cliente, id contatto, contatto, klant id, klantnummer, klant, klantnr, "
    "contactpersoon, contact id nummer, id, record id"
)
_EMAIL = (
    "email, customer email, contact email, billing email, email address, email billing, buyer email, "
    "receipt email, from email address, customer email address, primary email, mail, email adresse, email "
    "kunde, mailadresse, adresse email, email du client, courriel, adresse mail, correo, correo "
    "electronico, correo del cliente, direccion de correo, email do cliente, endereco de email, email "
    "cliente, indirizzo email, emailadres, email adres, email klant"
)
_DATE = (
    "date, purchase date, order date, paid at, date paid, payment date, paid date, invoice date, close "
    "date, transaction date, sale date, sales date, date of purchase, date of sale, processed at, created "
    "date utc, created utc, created, created at, date created, create date, created date, datetime, date "
    "and time, date time, timestamp, occurred at, posted date, order created at, order time, invoicedate, "
    "orderdate, day, datum, kaufdatum, bestelldatum, auftragsdatum, rechnungsdatum, zahlungsdatum, "
    "bezahlt am, verkaufsdatum, erstellt am, bestellt am, buchungsdatum, belegdatum, date d achat, date "
    "de commande, date de paiement, date de facture, date de la commande, date de facturation, date de "
    "vente, paye le, cree le, fecha, fecha de compra, fecha de pedido, fecha del pedido, fecha de pago, "
    "fecha de factura, fecha de venta, pagado el, creado el, data, data da compra, data do pedido, data "
    "de pagamento, data da fatura, data da venda, pago em, criado em, data acquisto, data di acquisto, "
    "data ordine, data dell ordine, data pagamento, data di pagamento, data fattura, data vendita, pagato "
    "il, creato il, aankoopdatum, besteldatum, orderdatum, betaaldatum, factuurdatum, verkoopdatum, "
    "betaald op, aangemaakt op"
)
PURCHASE_NAMES: Mapping[str, str] = {
    "contact": _CONTACT,
    "email": _EMAIL,
    "date": _DATE,
    # Where the payment has no date of its own.
    "ordered_at": (
        "created at, created, date created, created date, order date, order created at, date, invoice date, "
        "erstellt am, bestelldatum, cree le, creado el, criado em, creato il, aangemaakt op"
    ),
    "order": (
        "order id, order number, order no, order nr, order name, order, order ref, order reference, invoice "
        "id, invoice number, invoice no, invoice, invoiceno, receipt number, receipt id, receipt no, "
        "transaction id, payment id, charge id, sale id, sales order, document number, bill number, ticket "
        "number, purchase id, order #, bestellnummer, bestell nr, bestellung, auftragsnummer, auftrag nr, "
        "auftrag, rechnungsnummer, rechnung nr, rechnungsnr, belegnummer, transaktions id, numero de "
        "commande, no de commande, commande, id commande, numero de facture, no facture, id de transaction, "
        "numero de pedido, id de pedido, pedido, id del pedido, numero de factura, factura, id de "
        "transaccion, numero do pedido, id do pedido, numero da fatura, fatura, id da transacao, numero "
        "ordine, id ordine, ordine, numero fattura, fattura, id transazione, ordernummer, bestelnummer, "
        "bestelling, factuurnummer, factuur, transactie id"
    ),
    # What a refund's own line gives back.
    "parent": (
        "reference txn id, parent order id, parent order, original order id, original order, original "
        "transaction id, parent transaction id, related order, refunded order, original invoice, parent id, "
        "refund of, ursprungliche bestellung, originalbestellung, commande d origine, pedido original, ordine "
        "originale, oorspronkelijke bestelling"
    ),
    "status": (
        "financial status, payment status, order financial status, transaction status, paid status, order "
        "status, invoice status, status, state, order state, payment state, sale status, deal status, paid, "
        "is paid, captured, zahlungsstatus, zahlstatus, bestellstatus, auftragsstatus, rechnungsstatus, "
        "zustand, bezahlt, statut du paiement, statut de paiement, statut financier, statut de la commande, "
        "statut de commande, statut, etat, etat de la commande, etat du paiement, paye, estado de pago, "
        "estado del pago, estado financiero, estado del pedido, estado de la factura, estado, pagado, status "
        "do pagamento, estado do pagamento, status financeiro, status do pedido, situacao, situacao do "
        "pagamento, pago, stato del pagamento, stato pagamento, stato finanziario, stato dell ordine, stato "
        "ordine, stato, pagato, betaalstatus, betalingsstatus, financiele status, orderstatus, bestelstatus, "
        "factuurstatus, betaald"
    ),
    # A second word on what became of it.
    "voided": (
        "cancelled at, canceled at, cancelled, canceled, is cancelled, is canceled, voided at, voided, is "
        "void, cancelled date, cancellation date, cancel date, is returned, returned, is refunded, disputed, "
        "storniert, storniert am, stornodatum, retourniert, zuruckgegeben, annule, annulee, annule le, date d "
        "annulation, rembourse, cancelado, cancelado el, cancelada, fecha de cancelacion, devuelto, cancelado "
        "em, data de cancelamento, devolvido, annullato, annullato il, data annullamento, reso, geannuleerd, "
        "geannuleerd op, annuleringsdatum, geretourneerd"
    ),
    "type": (
        "event type, transaction type, payment type, type, kind, document type, order type, entry type, "
        "record type, line type, event, belegart, transaktionstyp, buchungsart, vorgangsart, art, typ, type "
        "de transaction, type de document, tipo de transaccion, tipo de documento, tipo, tipo de transacao, "
        "tipo di transazione, tipo documento, transactietype, soort"
    ),
    "refunded": (
        "refunded amount, amount refunded, refund amount, total refunded, refunded, refund total, order "
        "refund amount, refunds, refund, partial refunds, amount returned, returned amount, return amount, "
        "erstattungsbetrag, erstatteter betrag, ruckerstattung, ruckerstattungsbetrag, erstattet, montant "
        "rembourse, remboursement, importe reembolsado, monto reembolsado, reembolso, valor reembolsado, "
        "importo rimborsato, rimborso, terugbetaald bedrag, terugbetaling"
    ),
    "quantity": (
        "quantity, qty, items, units, lineitem quantity, item quantity, quantity sold, number of items, "
        "count, menge, anzahl, stuckzahl, stuck, quantite, qte, cantidad, cant, unidades, quantidade, qtd, "
        "quantita, qta, pezzi, aantal, hoeveelheid, stuks"
    ),
    "amount": (
        "total, order total, grand total, total amount, order total amount, amount, net amount, total price, "
        "order amount, amount paid, paid amount, total paid, total collected, gross, net sales, gross sales, "
        "net total, invoice total, invoice amount, sale amount, purchase amount, transaction amount, payment "
        "amount, line total, item total, revenue, sales, value, order value, total value, subtotal, order "
        "subtotal, net, price, total sales, total spent, spend, summe, gesamt, gesamtsumme, gesamtbetrag, "
        "betrag, rechnungsbetrag, endbetrag, umsatz, wert, bestellwert, gesamtpreis, preis, total de la "
        "commande, total commande, montant, montant total, montant paye, total ttc, montant ttc, chiffre d "
        "affaires, prix total, valeur, prix, importe, importe total, monto, monto total, total del pedido, "
        "total pagado, valor, valor total, precio, precio total, ventas, total do pedido, montante, quantia, "
        "preco, preco total, receita, importo, importo totale, totale ordine, totale, totale pagato, prezzo, "
        "prezzo totale, fatturato, valore, bedrag, totaal, totaalbedrag, orderbedrag, orderwaarde, "
        "factuurbedrag, omzet, prijs, totaalprijs, waarde"
    ),
    "price": (
        "unit price, unitprice, price per unit, price each, item price, lineitem price, line item price, "
        "product price, einzelpreis, stuckpreis, preis pro stuck, prix unitaire, prix a l unite, precio "
        "unitario, precio por unidad, preco unitario, prezzo unitario, stuksprijs, eenheidsprijs, prijs per "
        "stuk"
    ),
    "currency": (
        "currency, currency code, presentment currency, transaction currency, wahrung, waehrung, devise, "
        "monnaie, moneda, divisa, moeda, valuta, munteenheid, munt"
    ),
}
ACTIVITY_NAMES: Mapping[str, str] = {
    "contact": _CONTACT,
    "email": _EMAIL,
    "date": (
        "date, occurred at, timestamp, time, datetime, activity date, created at, created, date added, create "
        "date, event date, date and time, event time, activity time, activity timestamp, start time, start "
        "date, meeting date, call date, sent at, received at, message date, dateadded, last updated, when, "
        "datum, zeitpunkt, aktivitatsdatum, datum und uhrzeit, ereignisdatum, erstellt am, date de l "
        "activite, date et heure, horodatage, cree le, fecha, fecha de actividad, fecha y hora, fecha del "
        "evento, creado el, data, data da atividade, data e hora, criado em, data attivita, data e ora, data "
        "evento, creato il, activiteitsdatum, datum en tijd, tijdstip, aangemaakt op"
    ),
    "type": (
        "type, activity type, kind, event, event type, activity, engagement type, event name, message type, "
        "metric, channel, interaction type, interaction, activity name, touchpoint, touchpoint type, art, "
        "typ, aktivitatstyp, aktivitat, ereignis, ereignistyp, kanal, type d activite, activite, evenement, "
        "type d evenement, canal, tipo, tipo de actividad, actividad, evento, tipo de evento, tipo de "
        "atividade, atividade, tipo di attivita, attivita, tipo di evento, canale, soort, activiteitstype, "
        "activiteit, gebeurtenis, kanaal, type activiteit"
    ),
    "direction": (
        "direction, in or out, email direction, call direction, message direction, inbound outbound, incoming "
        "outgoing, richtung, sens, direccion, sentido, direcao, direzione, richting, initiated by"
    ),
    "outcome": (
        "outcome, status, result, disposition, call disposition, call outcome, call status, meeting outcome, "
        "appointment status, email status, message status, activity status, state, ergebnis, ausgang, "
        "anrufergebnis, terminstatus, resultat, statut, issue de l appel, resultado, estado, situacao, esito, "
        "risultato, stato, resultaat, uitkomst, afspraakstatus"
    ),
    "amount": (
        "amount, value, total, revenue, order value, betrag, wert, umsatz, montant, valeur, importe, valor, "
        "monto, importo, valore, bedrag, waarde"
    ),
}
#: Names by which a shop calls an order; a plain "Name" is one only beside others of the shop's columns.
_SHOP_COLUMNS = frozenset(
    {"financial status", "lineitem name", "fulfillment status", "lineitem quantity"}
)
# Names that say the total of a whole order, which may stand on each of its lines.
_TOTALS = (
    "total, order total, grand total, total amount, order total amount, order amount, amount paid, total paid, "
    "paid amount, total collected, invoice total, invoice amount, subtotal, order subtotal, order value, total "
    "value, net total, gesamt, gesamtsumme, gesamtbetrag, rechnungsbetrag, endbetrag, bestellwert, total de la "
    "commande, total commande, montant total, total ttc, importe total, monto total, total del pedido, total "
    "pagado, valor total, total do pedido, importo totale, totale ordine, totale, totaal, totaalbedrag, "
    "orderbedrag, orderwaarde, factuurbedrag,"
)
# Names that say a price, which beside a quantity is that of one piece.
UNIT_PRICES = frozenset({"price", "preis", "prix", "precio", "preco", "prezzo", "prijs"})
ORDER_TOTALS = frozenset(plain_words(name) for name in _TOTALS.split(","))

# Why columns that lists often have are not used: words in their names.
_UNUSED = {
    "it is part of the total already": (
        "discount, tax, taxes, vat, shipping, fee, fees, tip, tips, duties, rabatt, steuer, mwst, versand, gebuhr, "
        "remise, taxe, tva, frais, livraison, descuento, impuesto, iva, envio, desconto, imposto, frete, sconto, "
        "imposta, spedizione, korting, btw, verzending"
    ),
    "the total is used": "price, subtotal, sub, net, gross, cost, preis, prix, precio, preco, prezzo, prijs",
    "it says how it was sent, not whether it was paid": "fulfillment, fulfilled, delivery, tracking",
    "what was bought makes no difference": (
        "item, lineitem, product, sku, description, variant, category, artikel, produkt, produit, article, producto, "
        "articulo, produto, prodotto, articolo, product, stockcode"
    ),
    "people are told apart by id and address": "name, first, last, phone, nachname, vorname, nom, nombre, nome, naam",
}


def reason_unused(header: str, columns: Mapping[str, str]) -> str | None:
    """Why a list's column is not used, where its name tells; else None."""
    told = set(words(header))
    for field, names in PURCHASE_NAMES.items():
        known = {plain_words(name) for name in names.split(",")}
        if field in columns and plain_words(header) in known:
            return f"“{columns[field]}” is used for the same"
    return next(
        (
            why
            for why, names in _UNUSED.items()
            if told & {name.strip() for name in names.split(",")}
        ),
        None,
    )


def named_columns(headers: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Field → column for columns with a known name; each column has one meaning, the first field's."""
    spelt: dict[str, str] = {}
    for header in headers:
        spelt.setdefault(plain_words(header), header)
    found: dict[str, str] = {}
    for field, candidates in names.items():
        taken = set(found.values())
        column = _first(candidates.split(","), spelt, taken)
        if column is not None:
            found[field] = column
    return _with_shops(found, spelt)


def _first(candidates: Iterable[str], spelt: Mapping[str, str], taken: set[str]) -> str | None:
    columns = (spelt.get(_plain(name)) for name in candidates)
    return next((column for column in columns if column and column not in taken), None)


@cache
def _plain(name: str) -> str:
    """One of our own names, of which there are few."""
    return plain_words(name)


def _with_shops(found: dict[str, str], spelt: Mapping[str, str]) -> dict[str, str]:
    """An export whose lines have an id and a customer's address means the order by the id."""
    if "amount" in found or "price" in found:
        if "order" not in found and spelt.keys() & _SHOP_COLUMNS and "name" in spelt:
            found["order"] = spelt["name"]
        contact = found.get("contact")
        if contact and plain_words(contact) in {"id", "record id"} and "email" in found:
            del found["contact"]
            found.setdefault("order", contact)
    return found
