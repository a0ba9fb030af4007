"""Yes and no out of text columns, in the languages that CRMs and spreadsheets speak."""

import polars as pl

from inputs.values.cells import folded

_NO = (
    *("false", "no", "n", "0", "0.0", "off", "none", "null", "nan", "-", "f", "never"),
    *("inactive", "inaktiv", "inactif", "inactivo", "inattivo", "inativo", "inactief", "n/a"),
    *("falsch", "nein", "faux", "non", "falso", "nao", "nee", "onwaar", "aus", "keine", "ninguno"),
    *("\u2717", "\u2718", "\u274c", "\u2610"),
)
_YES = (
    *("true", "yes", "y", "1", "1.0", "on", "x", "t", "checked"),
    *("active", "aktiv", "actif", "activo", "attivo", "ativo", "actief"),
    *(
        "wahr",
        "ja",
        "j",
        "vrai",
        "oui",
        "verdadero",
        "si",
        "s",
        "verdadeiro",
        "sim",
        "vero",
        "waar",
    ),
    *("\u2713", "\u2714", "\u2611", "\u2705"),
)
# What says yes to being contacted, and what says no: no mark of an objection, and one.
_AGREED = (
    *(
        "opted in",
        "opt in",
        "opt-in",
        "opted-in",
        "subscribed",
        "granted",
        "consented",
        "consent given",
        "confirmed",
        "verified",
    ),
    *("allowed", "double opt-in", "eingewilligt", "abonniert", "inscrit", "suscrito"),
    *("inscrito", "iscritto", "ingeschreven", "aceptado", "accepte", "accettato", "aceito"),
)
_REFUSED = (
    *(
        "opted out",
        "opt out",
        "opt-out",
        "opted-out",
        "unsubscribed",
        "denied",
        "revoked",
        "withdrawn",
        "pending",
        "not confirmed",
        "unconfirmed",
    ),
    *("refused", "declined", "abgemeldet", "widerrufen", "desinscrit", "desabonne", "dado de baja"),
    *("cancelado", "disiscritto", "uitgeschreven", "afgemeld", "not subscribed", "not allowed"),
)
# Of a mark that speaks against contacting: what certainly says yes to it, and what certainly says no.
YES_WORDS = (*_YES, *_REFUSED)
NO_WORDS = (*_NO, *_AGREED)


def is_marked(column: str) -> pl.Expr:
    """True for any text that doesn't say no: a bounce reason marks as well as a yes does."""
    return ~folded(pl.col(column)).is_in(NO_WORDS).fill_null(value=True)


def is_yes(column: str) -> pl.Expr:
    """True for a clear yes, False for a clear no, else empty: consent is not guessed."""
    word = folded(pl.col(column))
    return (
        pl.when(word.is_in((*_YES, *_AGREED, "confirmed")))
        .then(pl.lit(value=True))
        .when(word.is_in((*_NO, *_REFUSED)))
        .then(pl.lit(value=False))
    )
