"""Words that lists of purchases use for what became of one, in seven languages, and what each says."""

STATES: dict[str, str] = {
    # A line of its own that gives money back.
    "return": (
        "refund, refunds, return, returns, payment refund, refund payment, credit note, credit memo, "
        "reversal, payment reversal, sales return, return order, return receipt, shop order refund, order "
        "refund, gutschrift, retoure, ruckgabe, rucksendung, erstattung, ruckerstattung, ruckzahlung, "
        "stornorechnung, rucklastschrift, ruckbuchung, remboursement, avoir, note de credit, retour, retour "
        "produit, retrofacturation, reembolso, devolucion, nota de credito, abono, contracargo, devolucao, "
        "estorno, rimborso, reso merce, nota di credito, storno, riaccredito, terugbetaling, creditnota, "
        "creditfactuur, retourzending, terugboeking"
    ),
    # This purchase has been given back, all of it.
    "refunded": (
        "refunded, fully refunded, full refund, returned, fully returned, charged back, reversed, refund "
        "completed, money returned, restocked, disputed lost, lost dispute, zuruckgegeben, zuruckerstattet, "
        "erstattet, vollstandig erstattet, retourniert, zuruckgesendet, rembourse, remboursee, entierement "
        "rembourse, retourne, retournee, rendu, reembolsado, reembolsada, devuelto, devuelta, totalmente "
        "reembolsado, devolvido, devolvida, estornado, estornada, rimborsato, rimborsata, reso, resa, "
        "restituito, restituita, completamente rimborsato, terugbetaald, volledig terugbetaald, "
        "geretourneerd, teruggestuurd, chargeback, charge back, chargeback received, disputed, dispute"
    ),
    # Some of it has; how much, another column may say.
    "part": (
        "partially refunded, refunded partial, partly refunded, partial refund, partial refunded, partially "
        "returned, partial return, refunded partially, teilweise erstattet, teilerstattung, teilerstattet, "
        "teilweise zuruckerstattet, teilweise retourniert, partiellement rembourse, partiellement remboursee, "
        "remboursement partiel, parcialmente reembolsado, reembolso parcial, parcialmente devuelto, "
        "parcialmente devolvido, parzialmente rimborsato, rimborso parziale, rimborsato parzialmente, "
        "gedeeltelijk terugbetaald, deels terugbetaald, gedeeltelijke terugbetaling"
    ),
    "cancelled": (
        "cancelled, canceled, cancellation, cancelled by customer, void, voided, deleted, trash, trashed, "
        "removed, abandoned, abandoned cart, lost, closed lost, quote, quotation, estimate, proposal, test, "
        "test order, fraud, fraudulent, spam, duplicate, storniert, storno rechnung, abgebrochen, annulliert, "
        "geloscht, verworfen, widerrufen, angebot, annule, annulee, abandonne, abandonnee, supprime, devis, "
        "perdu, cancelado, cancelada, anulado, anulada, abandonado, abandonada, eliminado, presupuesto, "
        "perdido, anulacion, cancelamento, excluido, orcamento, annullato, annullata, abbandonato, eliminato, "
        "preventivo, perso, geannuleerd, verwijderd, vervallen, offerte, verloren"
    ),
    "failed": (
        "failed, failure, payment failed, declined, payment declined, denied, rejected, refused, error, "
        "expired, unsuccessful, blocked, insufficient funds, card declined, payment error, fehlgeschlagen, "
        "abgelehnt, verweigert, abgelaufen, zahlung fehlgeschlagen, gescheitert, echoue, echouee, refuse, "
        "refusee, expire, expiree, rejete, echec, echec du paiement, fallido, fallida, rechazado, rechazada, "
        "denegado, caducado, expirado, pago fallido, falhou, falhado, recusado, recusada, negado, rejeitado, "
        "pagamento recusado, fallito, fallita, rifiutato, rifiutata, scaduto, scaduta, non riuscito, non "
        "riuscita, mislukt, geweigerd, afgewezen, verlopen"
    ),
    "unpaid": (
        "unpaid, not paid, pending, pending payment, payment pending, awaiting payment, awaiting, due, "
        "overdue, past due, outstanding, open, on hold, hold, authorized, authorised, authorization, "
        "uncaptured, requires capture, requires payment method, requires action, requires confirmation, "
        "incomplete, draft, checkout draft, auto draft, sent, viewed, invoiced, invoice sent, uncollectible, "
        "written off, payment processing, in dispute, under review, uncleared, held, scheduled, waiting, "
        "offen, ausstehend, unbezahlt, nicht bezahlt, uberfallig, fallig, zahlung ausstehend, warten auf "
        "zahlung, entwurf, in wartestellung, vorgemerkt, gemahnt, impaye, impayee, non paye, non payee, en "
        "attente, en attente de paiement, en souffrance, a payer, brouillon, en retard, echu, autorise, "
        "pendiente, pendiente de pago, impagado, impagada, no pagado, en espera, vencido, vencida, borrador, "
        "autorizado, por pagar, pendente, aguardando pagamento, nao pago, nao paga, em aberto, em espera, em "
        "atraso, rascunho, atrasado, a pagar, in attesa, in attesa di pagamento, non pagato, non pagata, "
        "insoluto, in sospeso, bozza, da pagare, autorizzato, onbetaald, niet betaald, openstaand, in "
        "afwachting, in afwachting van betaling, wacht op betaling, in de wacht, achterstallig, te betalen, "
        "concept, geautoriseerd"
    ),
    # Money that moves, and no sale.
    "transfer": (
        "withdrawal, general withdrawal, bank transfer to account, payout, fee, fees, adjustment, currency "
        "conversion, general currency conversion, account hold, account hold for open authorization, reversal "
        "of general account hold, bank deposit to pp account, deposit to account, general credit card "
        "deposit, payment review hold, gift card load, topup, top up, tax, shipping label, auszahlung, "
        "gebuhr, uberweisung an bank, virement vers banque, frais, retiro, comision, saque, taxa, prelievo, "
        "commissione, opname, kosten"
    ),
    "paid": (
        "paid, paid in full, fully paid, partially paid, partly paid, partial payment, deposit paid, "
        "succeeded, success, successful, complete, completed, done, closed, closed won, won, captured, "
        "settled, cleared, approved, processing, in progress, processed, shipped, partially shipped, "
        "delivered, fulfilled, partially fulfilled, unfulfilled, ready, ready for pickup, picked up, "
        "collected, dispatched, in transit, preorder, backordered, active, renewed, sale, sales, order, "
        "purchase, payment, charge, invoice, sales order, sales receipt, receipt, shop order, checkout, "
        "subscription, subscription payment, recurring payment, express checkout payment, website payment, "
        "general payment, mobile payment, mass payment received, debit card, credit card, not refunded, no "
        "refund, none, ok, normal, regular, new, first, repeat, renewal, online, in store, pos, web, bezahlt, "
        "teilweise bezahlt, teilbezahlt, abgeschlossen, erledigt, versendet, versandt, geliefert, zugestellt, "
        "in bearbeitung, erfolgreich, gebucht, beglichen, verkauf, zahlung, rechnung, bestellung, kauf, "
        "auftrag, paye, payee, partiellement paye, partiellement payee, termine, terminee, expediee, expedie, "
        "livre, livree, en cours, reussi, reussie, regle, reglee, vente, commande, paiement, facture, achat, "
        "pagado, pagada, parcialmente pagado, completado, completada, enviado, entregado, procesando, "
        "finalizado, cobrado, exitoso, venta, pedido, pago, factura, compra, pago parcial, paga, parcialmente "
        "pago, concluido, concluida, finalizada, aprovado, aprovada, entregue, processando, faturado, venda, "
        "pagamento, fatura, pagato, pagata, parzialmente pagato, completato, completata, spedito, consegnato, "
        "in lavorazione, riuscito, saldato, evaso, vendita, ordine, fattura, acquisto, betaald, gedeeltelijk "
        "betaald, voltooid, afgerond, verzonden, geleverd, in behandeling, geslaagd, voldaan, verkoop, "
        "bestelling, betaling, factuur, aankoop, placed, bank transfer, wire transfer, cash, card"
    ),
}
#: Phrases that say something only where they stand alone: a type may be "Hearing test".
ALONE = (
    "test, quote, quotation, estimate, proposal, lost, open, due, sent, viewed, hold, held, error, spam, duplicate, "
    "angebot, devis, perdu, presupuesto, perdido, orcamento, preventivo, perso, offerte, verloren, return, returns, "
    "retour, storno, avoir, abono, reso, resa, rendu, concept, draft, removed, fraud, on, x, credit, complete, active, "
    "web, online, first, repeat, new, normal, regular, none, cash, card, placed, ok, pos, ready, done, won, frais, "
    "kosten, comision, taxa, tax, fee, fees, adjustment, payout, saque, retiro, prelievo, opname, commissione"
)
#: What a yes or a no means is said by the column's name.
YES = "yes, true, y, 1, x, ja, wahr, oui, vrai, si, verdadero, sim, verdadeiro, vero, waar, on"
NO = "no, false, n, 0, nein, falsch, non, faux, falso, nao, nee, onwaar, off"
