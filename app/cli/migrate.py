"""`rekindle migrate`: brings the database to the newest schema."""

from app.cli.output import say


def migrate() -> None:
    """Bring the database to the newest schema."""
    from app.compose import environment  # noqa: PLC0415
    from app.migrate import migrate as run  # noqa: PLC0415
    from core.db import open_engine  # noqa: PLC0415
    from core.settings import read_settings  # noqa: PLC0415

    run(open_engine(read_settings(environment()).database_url))
    say("The database is up to date.")
