"""What may stand in a cell of any column: marks that can't be seen, a spreadsheet's errors, how it keeps a text."""

import polars as pl

from inputs.values.unseen import UNSEEN

ERROR = "a spreadsheet's error"
# What spreadsheets write in place of a result, in their languages.
_ERRORS = (
    *("#div/0!", "#ref!", "#name?", "#value!", "#n/a", "#num!", "#null!", "#spill!", "#calc!"),
    *("#wert!", "#bezug!", "#zahl!", "#nv", "#valeur!", "#nom?", "#nombre!", "#valor!", "#¡valor!"),
    *("#¡ref!", "#¿nombre?", "#¡num!", "#¡div/0!", "#n/d", "#nome?", "#rif!", "#valore!", "#num.!"),
    *("#waarde!", "#verw!", "#naam?", "#getal!", "#deel/0!", "#n/b", "#error!", "#fehler!"),
)

# What people and databases write where they know nothing; in a column of names any of these may be one.
_NOTHING = (
    *(
        "n/a",
        "n.a.",
        "na",
        "null",
        "(null)",
        "nil",
        "none",
        "(none)",
        "nan",
        "nat",
        "\\n",
        "undefined",
    ),
    *(
        "-",
        "--",
        "---",
        "\u2013",
        "\u2014",
        "?",
        "??",
        "unknown",
        "(blank)",
        "blank",
        "(empty)",
        "empty",
    ),
    *("not set", "not available", "not applicable", "never", "tbd", "tba", "k.a.", "k. a."),
    *(
        "keine angabe",
        "unbekannt",
        "(leer)",
        "leer",
        "nie",
        "ohne",
        "entfallt",
        "inconnu",
        "(vide)",
    ),
    *(
        "jamais",
        "neant",
        "s/o",
        "n.c.",
        "n.d.",
        "n/d",
        "desconocido",
        "desconhecido",
        "(en blanco)",
    ),
    *("nunca", "sin datos", "sem dados", "sconosciuto", "(vuoto)", "mai", "n.v.t.", "nvt", "nooit"),
    *("onbekend", "(leeg)", "geen", "keine", "keiner", "kein"),
)
# Databases write a day of zeros, spreadsheets the day before their first.
_NO_DAY = (
    r"^(?:0{4}[-/.]00?[-/.]00?|00?[-/.]00?[-/.]0{4})(?:[t ][0:.]*z?)?$"
    r"|^(?:1900[-/.]0?1[-/.]00?|0?1[-/.]00?[-/.]1900|00?[-/.]0?1[-/.]1900)(?:\s.*)?$"
)
# Whatever has one of these is none of them.
_SOMETHING = "[2-8@]"


def without_words_for_nothing(text: pl.Series) -> pl.Series:
    """A column of dates, numbers, ids or addresses where N/A, (blank), never or 0000-00-00 is an empty cell."""
    words = text.filter(~text.str.contains(_SOMETHING))
    if words.is_empty():
        return text
    words = words.unique()
    word = folded(pl.col("text"))
    is_nothing = word.is_in(_NOTHING) | word.str.contains(_NO_DAY)
    nothing = words.to_frame("text").filter(is_nothing)["text"]
    if nothing.is_empty():
        return text
    kept = pl.when(~pl.col("text").is_in(nothing.implode())).then("text")
    return text.to_frame("text").select(kept)["text"]


def without_unseen(text: pl.Expr) -> pl.Expr:
    """The text without marks that have no width, and without spaces around it; null where nothing is left."""
    bare = text.str.replace_all(UNSEEN, "").str.strip_chars()
    return pl.when(bare != "").then(bare)


def is_error(text: pl.Expr) -> pl.Expr:
    """True for a spreadsheet's error."""
    return text.str.to_lowercase().str.strip_chars().is_in(_ERRORS)


def unquoted(text: pl.Expr) -> pl.Expr:
    """What a spreadsheet keeps as text: ="00101" and '00101 without their marks."""
    return text.str.replace(r'^="(.*)"$', "$1").str.replace(r"^'", "")


def folded(text: pl.Expr) -> pl.Expr:
    """Lower case, without accents and spare spaces: words of seven languages to look up."""
    bare = text.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\p{Mn}", "")
    return bare.str.replace_all(r"[\s_]+", " ").str.strip_chars()
