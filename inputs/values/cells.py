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
