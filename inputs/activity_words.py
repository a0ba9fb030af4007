"""Words that lists of activities use, in seven languages, and what each says: the table behind the kinds.

Each line is a sense and its phrases, separated by commas; `activity_kinds.py` says what senses mean together.
"""

# What it was about. Only words that alone leave no doubt of the kind.
THINGS: dict[str, str] = {
    "email": (
        "email, emails, mail, mails, newsletter, newsletters, inbox, email message, email marketing, correo, "
        "correo electronico, correos, courriel, courriels, posta elettronica, e mail, nieuwsbrief, boletin, "
        "infolettre"
    ),
    "sms": (
        "sms, text, texts, text message, text messages, mms, rcs, whatsapp, whats app, chat, live chat, "
        "livechat, web chat, webchat, message, messages, conversation, conversations, facebook, fb, "
        "messenger, instagram, ig, dm, gmb, tiktok, telegram, linkedin message, nachricht, nachrichten, "
        "mensaje, mensajes, mensagem, mensagens, messaggio, messaggi, bericht, berichten, gesprek, "
        "unterhaltung, comment on post, facebook comment, instagram comment, tiktok comment, all in one chat"
    ),
    "call": (
        "call, calls, phone, phone call, telephone, telephone call, ivr call, anruf, anrufe, telefonat, "
        "telefon, appel, appels, appel telephonique, llamada, llamadas, telefono, chamada, chamadas, "
        "telefonema, ligacao, chiamata, chiamate, telefonata, gesprek telefonisch, telefoongesprek, "
        "telefoontje, belletje, oproep"
    ),
    "meeting": (
        "meeting, meetings, appointment, appointments, demo, demonstration, consult, consultation, "
        "consultations, in person visit, office visit, clinic visit, walk in, checkup, check up, hearing "
        "test, eye exam, discovery call, video call, video meeting, zoom, zoom meeting, zoom call, teams "
        "meeting, google meet, test drive, webinar, webinars, termin, termine, besprechung, beratung, "
        "beratungsgesprach, vorfuhrung, rendez vous, rdv, reunion, cita, citas, consulta, consultas, reuniao, "
        "reunioes, agendamento, appuntamento, appuntamenti, riunione, visita in studio, afspraak, afspraken, "
        "vergadering, consult op locatie, booking, bookings, buchung, terminbuchung, reserva, reservas, "
        "prenotazione, reservering, boeking, reservation, reservations, prise de rendez vous, "
        "terminvereinbarung"
    ),
    "form": (
        "form, forms, web form, lead form, form fill, form fill out, form filled, form submission, form "
        "submissions, form submit, form submitted, submission, submissions, conversion, sign up, signup, "
        "registration, registrations, enrolment, inquiry, inquiries, enquiry, enquiries, opt in, optin, "
        "subscribed, subscribed to list, subscribed to newsletter, newsletter signup, newsletter sign up, "
        "download, downloads, downloaded, case study download, guide download, brochure download, pdf "
        "download, facebook lead form, facebook lead, linkedin lead form, google lead form, instagram lead "
        "form, formular gesendet, formulaire envoye, formulier verzonden, content download, ebook download, "
        "whitepaper download, webinar registration, webinar signup, event registration, contact request, "
        "quote request, request for quote, demo request, appointment request, consultation request, callback "
        "request, call back request, information request, request for information, survey signup, landing "
        "page submission, formular, formulareinsendung, formularubermittlung, kontaktformular, anmeldung, "
        "registrierung, anfrage, kontaktanfrage, angebotsanfrage, terminanfrage, newsletteranmeldung, "
        "newsletter anmeldung, formulaire, soumission de formulaire, envoi de formulaire, inscription, "
        "demande, demande de devis, demande de contact, demande de rendez vous, telechargement, formulario, "
        "envio de formulario, formulario enviado, registro, suscripcion, solicitud, solicitud de cita, "
        "descarga, formulario de contacto, inscricao, pedido de contato, pedido de orcamento, solicitacao, "
        "modulo, invio modulo, modulo inviato, invio del modulo, iscrizione, richiesta, richiesta di "
        "contatto, richiesta di preventivo, formulier, formulierinzending, inschrijving, aanmelding, "
        "aanvraag, offerteaanvraag, contactformulier"
    ),
    "visit": (
        "visit, visits, visited, return visit, site visit, website visit, web visit, store visit, page view, "
        "page views, pageview, pageviews, page visit, page viewed, viewed page, viewed product, product "
        "viewed, web session, site session, website session, session, sessions, active on site, browsed, "
        "browsing, added to cart, add to cart, started checkout, checkout started, cart abandoned, abandoned "
        "cart, abandoned checkout, website activity, webseitenbesuch, websitebesuch, websitesbesuch, website "
        "besuch, seitenaufruf, seitenaufrufe, besuch, besuche, sitzung, visite, visites, visite du site, page "
        "vue, pages vues, visita, visitas, visita al sitio, visita web, visita al sitio web, pagina vista, "
        "visita ao site, visualizacao de pagina, visita al sito, visita sul sito, pagina visitata, "
        "visualizzazione di pagina, bezoek, bezoeken, websitebezoek, paginaweergave, sitebezoek"
    ),
    "click": (
        "click, clicks, clicked, link click, link clicked, clicked link, url clicked, email click, email "
        "clicked, clicked email, sms click, ad click, klick, klicks, geklickt, angeklickt, link geklickt, "
        "linkklick, clic, clics, clique, cliques, cliccato, clicado, clicou, a clique, cliquee, hizo clic, "
        "geklikt, klik, kliks"
    ),
    "open": (
        "open, opens, opened, email open, email opened, opened email, read receipt, geoffnet, offnung, "
        "offnungen, ouvert, ouverture, ouvertures, abierto, apertura, aperturas, aberto, abertura, aperto, "
        "aperture, geopend, opening, email viewed, viewed email"
    ),
    "purchase": (
        "purchase, purchases, purchased, bought, order, orders, ordered, placed order, order placed, order "
        "created, new order, ordered product, order completed, order paid, paid order, sale, sales order, "
        "payment, payments, payment received, received payment, payment succeeded, payment made, payment "
        "completed, successful payment, paid, paid invoice, invoice paid, transaction, transactions, checkout "
        "completed, completed checkout, closed won, deal won, won deal, opportunity won, won opportunity, "
        "won, renewal, kauf, einkauf, gekauft, bestellung, bestellungen, bestellt, auftrag, zahlung, "
        "zahlungseingang, bezahlt, rechnung bezahlt, geschaft gewonnen, achat, achats, commande, commandes, "
        "paiement, paiements, paiement recu, vente, paye, payee, facture payee, affaire gagnee, compra, "
        "compras, pedido, pedidos, pago, pagos, pago recibido, venta, pagado, pagada, orden de compra, "
        "factura pagada, negocio ganado, pagamento, pagamentos, pagamento recebido, venda, pago com sucesso, "
        "pagamenti, pagamento ricevuto, acquisto, acquisti, ordine, ordini, vendita, pagato, fattura pagata, "
        "aankoop, aankopen, betaling, betalingen, betaling ontvangen, bestelling, bestellingen, verkoop, "
        "betaald, factuur betaald"
    ),
    "invoice": (
        "invoice, invoices, bill, quote, quotes, estimate, proposal, rechnung, angebot, kostenvoranschlag, "
        "facture, devis, factura, presupuesto, fatura, orcamento, fattura, preventivo, factuur, offerte"
    ),
    "refund": (
        "refund, refunds, refunded, refund issued, order refunded, refunded order, payment refunded, "
        "chargeback, chargebacks, return, returned, returned order, order returned, money back, "
        "ruckerstattung, erstattung, erstattet, retoure, ruckgabe, ruckbuchung, remboursement, rembourse, "
        "retour, reembolso, reembolsado, devolucion, devuelto, devolucao, estorno, rimborso, rimborsato, "
        "reso, storno pagamento, terugbetaling, terugbetaald, retourzending"
    ),
    "ticket": (
        "ticket, tickets, case, cases, support ticket, support case, support request, service request, "
        "complaint, complaints, beschwerde, reklamation, serviceanfrage, supportanfrage, reclamation, queja, "
        "reclamacion, reclamacao, reclamo, klacht"
    ),
    "feedback": (
        "feedback, survey, survey response, survey completed, nps, nps response, rating, review, review "
        "received, testimonial, umfrage, bewertung, sondage, avis, enquete, encuesta, resena, pesquisa, "
        "avaliacao, sondaggio, recensione, beoordeling"
    ),
    "lost_deal": "deal lost, lost deal, closed lost, opportunity lost, lost opportunity",
    "note": (
        "note, notes, task, tasks, todo, to do, internal comment, internal comments, comment, comments, "
        "reminder task, postal mail, letter, activity contact, activity opportunity, activity employee action "
        "log, activity invoice, activity appointment, activity payment, activity whatsapp, live chat info "
        "message, sms reaction, unsubscribed, unsubscribe, email unsubscribed, unsubscribed from email, "
        "unsubscribed from list, opted out, opt out, opted out of sms, marked email as spam, spam complaint, "
        "spam report, spamreport, notiz, notizen, aufgabe, aufgaben, kommentar, brief, abgemeldet, abmeldung, "
        "tache, taches, remarque, desabonnement, desinscription, nota, notas, tarea, tareas, comentario, "
        "baja, cancelacion de suscripcion, tarefa, tarefas, anotacao, attivita interna, compito, commento, "
        "disiscrizione, notitie, notities, taak, taken, opmerking, uitschrijving, afmelding"
    ),
    "reply": (
        "reply, replies, replied, response, responded, email reply, email replied, replied to email, sms "
        "reply, text reply, reply received, received reply, answered email, antwort, antworten, geantwortet, "
        "beantwortet, reponse, reponses, repondu, a repondu, respuesta, respuestas, respondio, respondido, "
        "resposta, respostas, respondeu, risposta, risposte, ha risposto, antwoord, antwoorden, beantwoord, "
        "geantwoord"
    ),
}

# What became of it, and whose it was.
SENSES: dict[str, str] = {
    "in": (
        "inbound, incoming, from contact, from customer, from lead, from client, from patient, by customer, "
        "by contact, by client, by patient, contact initiated, customer initiated, they called, called us, "
        "eingehend, eingehende, eingehender, eingehendes, eingang, vom kunden, vom kontakt, entrant, "
        "entrante, entrants, entrantes, du client, recu du client, del cliente, recebida do cliente, do "
        "cliente, in entrata, in arrivo, dal cliente, inkomend, inkomende, binnenkomend, van klant"
    ),
    "out": (
        "outbound, outgoing, sent, send, sent by us, to contact, to customer, to lead, to client, to patient, "
        "delivered, forwarded, ausgehend, ausgehende, ausgehender, ausgehendes, ausgang, gesendet, versendet, "
        "versandt, verschickt, zugestellt, an kunden, sortant, sortante, sortants, sortantes, envoye, "
        "envoyee, envoyes, delivre, saliente, salientes, enviado, enviada, enviados, entregado, entregada, "
        "saida, enviou, entregue, in uscita, inviato, inviata, inviati, consegnato, uitgaand, uitgaande, "
        "verzonden, verstuurd, afgeleverd, bezorgd"
    ),
    # Ours unless a word says that the person answered or clicked.
    "ours": (
        "campaign, broadcast, blast, bulk, mass, drip, sequence, workflow, logged, manual, marketing, "
        "promotional, welcome, thank you, cold, kampagne, campagne, campana, campanha, campagna, willkommen, "
        "bienvenue, bienvenida, boas vindas, benvenuto, welkom"
    ),
    "received": (
        "received, got, receipt of, erhalten, empfangen, recu, recue, recus, recibido, recibida, recebido, "
        "recebida, ricevuto, ricevuta, ontvangen"
    ),
    "notice": (
        "reminder, reminders, notification, notifications, notice, confirmation, receipt, invitation, invite, "
        "alert, announcement, verification, review request, sms review request, no show request, sms no show "
        "request, feedback request, survey request, payment request, payment link, password reset, password "
        "reset requested, order confirmation, shipping confirmation, shipped, shipment, shipping, fulfilled, "
        "fulfilled order, fulfillment, dispatched, order delivered, delivery, out for delivery, abandoned "
        "cart email, erinnerung, terminerinnerung, zahlungserinnerung, mahnung, bestatigung, "
        "auftragsbestatigung, bestellbestatigung, terminbestatigung, versandbestatigung, benachrichtigung, "
        "einladung, quittung, rappel, rappel de rendez vous, confirmation de commande, notification de, avis "
        "d expedition, invitation a, relance, recordatorio, recordatorio de cita, confirmacion, notificacion, "
        "invitacion, aviso, lembrete, lembrete de consulta, confirmacao, notificacao, convite, promemoria, "
        "promemoria appuntamento, conferma, notifica, invito, sollecito, herinnering, afspraakherinnering, "
        "bevestiging, orderbevestiging, melding, uitnodiging, aanmaning"
    ),
    "machine": (
        "machine, bot, bots, robot, robots, proxy, scanner, scanners, prefetch, prefetched, preload, crawler, "
        "spider, security scan, link scanner, spam filter, mail privacy protection, machine open, machine "
        "click, bot click, bot open, bot visit, non human, nonhuman, suspected bot, spam, robocall, auto, "
        "automatic, automated, automatically, auto reply, autoreply, auto replied, auto response, "
        "autoresponse, auto responder, autoresponder, automatic reply, automated reply, automated response, "
        "out of office, ooo, vacation, vacation reply, vacation responder, away message, away, test, test "
        "mode, system, abwesenheitsnotiz, abwesenheit, automatische antwort, automatisch, automatische, "
        "reponse automatique, automatique, absence du bureau, message d absence, respuesta automatica, "
        "automatico, automatica, fuera de la oficina, resposta automatica, fora do escritorio, risposta "
        "automatica, fuori sede, fuori ufficio, automatisch antwoord, afwezigheidsbericht, afwezig, "
        "undeliverable, mailer daemon"
    ),
    "failed": (
        "failed, failure, fail, fails, error, errored, bounced, bounce, hard bounce, soft bounce, email "
        "bounced, bounced email, undelivered, not delivered, not sent, dropped, drop, rejected, declined, "
        "denied, expired, invalid, incomplete, unsuccessful, blocked, suppressed, deferred, aborted, "
        "abandoned, not submitted, not completed, started, form started, form viewed, form view, form "
        "abandoned, void, voided, deleted, fehlgeschlagen, fehler, unzustellbar, abgelehnt, ungultig, "
        "abgebrochen, nicht zugestellt, echec, echoue, echouee, refuse, refusee, erreur, non delivre, rejete, "
        "fallido, fallida, fallo, error de envio, rechazado, rechazada, no entregado, falhou, falha, falhado, "
        "rejeitado, recusado, recusada, nao entregue, fallito, fallita, errore, rifiutato, rifiutata, non "
        "consegnato, non riuscito, non riuscita, mislukt, geweigerd, fout, niet bezorgd, niet afgeleverd"
    ),
    "no_show": (
        "no show, noshow, no showed, did not show, didn t show, did not attend, didn t attend, not attended, "
        "missed appointment, missed meeting, absent, nicht erschienen, nicht wahrgenommen, absence, absent au "
        "rendez vous, non presente, non venu, no asistio, no se presento, nao compareceu, falta, faltou, non "
        "presentato, mancata presentazione, non si e presentato, niet verschenen, niet gekomen, niet komen "
        "opdagen"
    ),
    "cancelled": (
        "cancelled, canceled, cancellation, cancel, cancels, called off, rescheduled, reschedule, postponed, "
        "withdrawn, abgesagt, storniert, stornierung, absage, verschoben, annule, annulee, annulation, "
        "reporte, reportee, cancelado, cancelada, cancelacion, anulado, anulada, reprogramado, reprogramada, "
        "cancelamento, remarcado, remarcada, annullato, annullata, annullamento, disdetto, disdetta, "
        "rinviato, spostato, geannuleerd, annulering, afgezegd, verzet, verplaatst"
    ),
    "no_answer": (
        "no answer, not answered, unanswered, no response, no reply, voicemail, voice mail, left voicemail, "
        "left voice mail, left message, left a message, left live message, busy, missed, missed call, not "
        "reached, unreachable, not connected, wrong number, hung up, no pickup, campaign voicemail, nicht "
        "erreicht, nicht angenommen, keine antwort, besetzt, verpasst, verpasster anruf, mailbox, "
        "anrufbeantworter, falsche nummer, pas de reponse, sans reponse, non repondu, occupe, manque, appel "
        "manque, messagerie, messagerie vocale, mauvais numero, sin respuesta, no contesta, no contestada, no "
        "contesto, ocupado, perdida, llamada perdida, buzon de voz, sem resposta, nao atendida, nao atendeu, "
        "perdido, chamada perdida, caixa postal, correio de voz, nessuna risposta, senza risposta, non "
        "risposto, occupato, persa, chiamata persa, segreteria, segreteria telefonica, geen antwoord, geen "
        "gehoor, niet bereikt, bezet, gemist, gemiste oproep, gemist gesprek, 9d9162e7 6cf3 4944 bf63 "
        "4dff82258764, a4c4c377 d246 4b32 a13b 75a56a4cd0ff, b2cf5968 551e 4856 9783 52b3da59a7d0, 73a0d17f "
        "1163 4015 bdd5 ec830791da20, 17b47fee 58de 441e a44c c6300d46f273"
    ),
    "answered": (
        "answered, connected, spoke, spoken, talked, reached, picked up, f240bbac 87c9 4f6e bf70 "
        "924b57d47db7, angenommen, beantworteter anruf, erreicht, gesprochen, verbunden, decroche, repondu "
        "appel, joint, connecte, contestada, atendida, atendido, atendeu, conectado, conectada, connesso, "
        "connessa, opgenomen, gesproken, bereikt, verbonden"
    ),
    "completed": (
        "completed, complete, held, attended, attends, showed, showed up, show, shown, done, took place, "
        "finished, successful, succeeded, success, happened, arrived, checked in, seen by doctor, erledigt, "
        "abgeschlossen, stattgefunden, wahrgenommen, erschienen, teilgenommen, durchgefuhrt, termine tenu, "
        "terminee, effectue, effectuee, honore, realise, realisee, assiste, present, completado, completada, "
        "realizado, realizada, asistio, asistida, finalizado, finalizada, concluido, concluida, compareceu, "
        "completato, completata, svolto, svolta, effettuato, effettuata, presente, voltooid, afgerond, "
        "gehouden, verschenen, bijgewoond, plaatsgevonden"
    ),
    "scheduled": (
        "scheduled, planned, upcoming, pending, queued, waiting, unconfirmed, tentative, in progress, "
        "ringing, geplant, ausstehend, angesetzt, anstehend, prevu, prevue, planifie, planifiee, en attente, "
        "programado, programada, pendiente, planificado, agendado, agendada, pendente, marcada, pianificato, "
        "programmato, in attesa, gepland, ingepland, in afwachting"
    ),
    "quiet": (
        "type, a, an, the, of, on, to, by, for, via, with, and, at, from, our, your, us, one, 1, web, "
        "website, site, online, page, landing page, contact, contacts, customer, client, lead, patient, "
        "person, user, crm, sales, service, team, booked, booking made, confirmed, accepted, custom, "
        "provider, custom provider, group, activity, engagement, event, personal, individual, number, link, "
        "url, button, was, is, has, been, made, logged call, submitted, submit, filled, filled out, filled "
        "in, completed form, video, new lead, first, second, third, last, follow up, followup, new, consent, "
        "free, initial, new patient, returning, existing, in person, onsite, virtual, remote, product, ad, "
        "der, die, das, den, dem, des, ein, eine, einer, am, im, vom, von, zu, zum, zur, per, mit, und, auf, "
        "kunde, kunden, kontakt, seite, webseite, gebucht, vereinbart, bestatigt, eingereicht, ausgefullt, "
        "eingesendet, abgesendet, neue, neuer, neues, le, la, les, l, un, une, du, de, d, au, aux, par, et, "
        "sur, en, formulaire web, soumis, rempli, confirme, confirmee, reserve, nouveau, nouvelle, "
        "telephonique, el, los, las, una, del, al, por, con, y, cliente, nuevo, nueva, confirmado, "
        "confirmada, reservado, reservada, telefonica, rellenado, o, um, uma, do, da, dos, ao, com, e, novo, "
        "nova, preenchido, il, lo, gli, i, uno, di, dal, dalla, sul, sulla, nel, nella, compilato, nuovo, "
        "nuova, confermato, confermata, prenotato, telefonico, sito, pagina, het, een, van, naar, door, met, "
        "op, klant, nieuwe, ingevuld, ingediend, bevestigd, geboekt, telefonisch, electronico, elettronica, "
        "electronique"
    ),
}

# Words that say something in a column of directions or of statuses alone.
DIRECTIONS: dict[str, str] = {
    "in": (
        "in, i, received, reply, replied, contact, customer, client, lead, patient, them, incoming email, "
        "entrada, erhalten, empfangen, recu, recibido, recebido, ricevuto, ontvangen, eingegangen"
    ),
    "out": "out, o, email, forwarded email, logged email, draft email, us, agent, staff, user, salida, verkauf",
}
STATUSES: dict[str, str] = {
    "scheduled": "new, booked, open, gebucht, vereinbart, reserve, reservado, reservada, prenotato, geboekt",
    "no_answer": "failed call",
}
