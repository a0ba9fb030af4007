"""`rekindle playbooks`: which there are, one in full, whether a file is valid, and an account's own copies."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.output import AsJson, put, say
from core.context import Context
from playbooks.library import find_line, packaged, packaged_text
from playbooks.line import Line

playbooks = typer.Typer(
    help="What is done about whom in each line of business, and an account's own copies of it.",
    no_args_is_help=True,
)
OfAccount = Annotated[
    str | None,
    typer.Option("--account", help="What holds for this account, its own copies included."),
]
Account = Annotated[str, typer.Argument(help="The account's id, as log lines name it.")]
LineKey = Annotated[
    str, typer.Argument(metavar="LINE", help="A line of business, as `list` names it.")
]


@playbooks.command("list")
def list_them(*, account: OfAccount = None, as_json: AsJson = False) -> None:
    """Every line of business with its playbooks and segments."""
    from app.reports.playbooks import listed, summary_of  # noqa: PLC0415

    lines = _lines(account)
    if as_json:
        put({"playbooks": [summary_of(line) for line in lines.values()]})
        return
    say("\n".join(listed(lines)))


@playbooks.command()
def show(
    key: Annotated[str, typer.Argument(help="A line of business or one playbook.")],
    *,
    account: OfAccount = None,
    as_json: AsJson = False,
) -> None:
    """One playbook, or all of a line of business, in full."""
    from app.reports.playbooks import find, full, told  # noqa: PLC0415

    line, found = find(_lines(account), key)
    if as_json:
        put(full(line, found))
        return
    say("\n".join(told(line, found)))


@playbooks.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Playbook files; without any, those that come with the product."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Whether files are valid: each mistake with its line, its field and what to write instead."""
    from app.reports.playbooks import check_file, check_text, problem_json  # noqa: PLC0415

    if files:
        found = {str(path): check_file(path) for path in files}
    else:
        found = {f"{key}.yaml": check_text(packaged_text(key)) for key in packaged()}
    wrong = sum(map(len, found.values()))
    if as_json:
        told = [
            {"file": name, "valid": not problems, "problems": [problem_json(p) for p in problems]}
            for name, problems in found.items()
        ]
        put({"valid": not wrong, "files": told})
    else:
        for name, problems in found.items():
            say("\n".join(f"{name}: {problem}" for problem in problems) or f"{name}: valid")
    if wrong:
        raise typer.Exit(1)


@playbooks.command()
def copy(line: LineKey) -> None:
    """Print the packaged file of a line of business, to be changed and saved for an account."""
    typer.echo(packaged_text(line), nl=False)


@playbooks.command()
def save(
    account: Account,
    file: Annotated[Path, typer.Argument(help="A file as `copy` prints it, changed.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Let a file hold for an account in place of the packaged playbooks of its line of business."""
    from app.reports.playbooks import check_file  # noqa: PLC0415
    from playbooks.reading import PlaybookInvalid, read_line  # noqa: PLC0415

    problems = check_file(file)
    if problems:
        raise PlaybookInvalid(problems)
    text = file.read_text(encoding="utf-8")
    _save(account, read_line(text).line, text, as_json=as_json)


@playbooks.command()
def reset(account: Account, line: LineKey, *, as_json: AsJson = False) -> None:
    """Let the packaged playbooks of a line of business hold for an account again."""
    _save(account, line, None, as_json=as_json)


@playbooks.command()
def history(account: Account, *, as_json: AsJson = False) -> None:
    """Who changed an account's playbooks and when, the newest first."""
    from core.db import reading  # noqa: PLC0415
    from oauth.account_playbooks.store import load_history  # noqa: PLC0415

    context = _context()
    try:
        with reading(context.engine) as connection:
            found = load_history(connection, account)
    finally:
        context.engine.dispose()
    told: list[dict[str, Any]] = [
        {
            "line": one.line,
            "version": one.version,
            "at": one.changed_at.isoformat(),
            "by": one.changed_by,
            "holds": "packaged" if one.text is None else "copy",
        }
        for one in found
    ]
    if as_json:
        put({"account": account, "versions": told})
        return
    say(
        "\n".join(
            f"{o['line']} version {o['version']}: {o['holds']}, {o['by']}, {o['at']}" for o in told
        )
        or "No copies: the packaged playbooks hold."
    )


def _save(account: str, line: str, text: str | None, *, as_json: bool) -> None:
    from app.pages.session import operator  # noqa: PLC0415
    from core.db import reading  # noqa: PLC0415
    from oauth.account_playbooks.holding import save_copy  # noqa: PLC0415
    from oauth.account_playbooks.store import load_latest  # noqa: PLC0415
    from sync.live import load_active  # noqa: PLC0415

    find_line(line)
    context = _context()
    try:
        installation = load_active(context, account)
        with reading(context.engine) as connection:
            latest = load_latest(connection, account, [line]).get(line)
        looked_at = latest.version if latest else 0
        made = save_copy(context, installation, line, text, looked_at=looked_at, by=operator())
    finally:
        context.engine.dispose()
    if as_json:
        put({"account": account, "line": line, "version": made.version})
        return
    holds = "the packaged playbooks" if text is None else "your own playbooks"
    say(f"{line}, version {made.version}: {holds} hold for {account}; everybody is scored again.")


def _lines(account: str | None) -> dict[str, Line]:
    """The packaged lines of business, or what holds for an account."""
    if account is None:
        return dict(packaged())
    from oauth.account_playbooks.holding import load_playbooks  # noqa: PLC0415
    from oauth.account_settings.changing import load_settings  # noqa: PLC0415
    from sync.live import load_active  # noqa: PLC0415

    context = _context()
    try:
        own = load_settings(context, load_active(context, account))
        found = load_playbooks(context, account, own.vertical)
    finally:
        context.engine.dispose()
    if found.wrong:
        say(f"The account's own playbooks cannot be used: {found.wrong}")
    return {found.line.line: found.line, found.general.line: found.general}


def _context() -> Context:
    from app.compose import compose, environment  # noqa: PLC0415

    return compose(environment())
