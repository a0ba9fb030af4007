"""Which channels reach a contact: columns out of columns."""

import polars as pl


def email_usable() -> pl.Expr:
    """An address that may be written to and that the CRM would not quietly skip.

    CRMs leave out people after 11 unopened sends, or 16 where there was engagement once.
    """
    limit = pl.when(pl.col("touched")).then(16).otherwise(11)
    return (
        pl.col("has_email")
        & ~pl.col("email_opt_out").fill_null(value=False)
        & ~pl.col("email_bounced").fill_null(value=False)
        & (pl.col("unengaged_sends").fill_null(0) < limit)
    )


def sms_usable() -> pl.Expr:
    """A number with proof of consent: no proof, no text."""
    return pl.col("has_phone") & pl.col("sms_consent").fill_null(value=False)


def call_usable() -> pl.Expr:
    """A number of somebody who has not opted out of anything."""
    refused = pl.col("email_opt_out").fill_null(value=False) | ~pl.col("sms_consent").fill_null(
        value=True
    )
    return pl.col("has_phone") & ~refused
