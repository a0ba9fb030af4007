"""`rekindle schedule`: asks for what is due."""


def schedule() -> None:
    """The clockwork: asks for what is due. Two of them do no more than one."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.schedule import keep_time  # noqa: PLC0415

    keep_time(compose(environment()))
