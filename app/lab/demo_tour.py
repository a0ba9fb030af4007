"""What to click in which order to see the whole product in five minutes, once a demonstration stands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.pages.session import sign_link
from core.context import Context
from oauth.accounts import account_id_of

Account = Mapping[str, Any]


def tour(
    context: Context,
    accounts: Sequence[Account],
    sandbox: str,
    known: Sequence[Account],
    *,
    is_approved: bool,
) -> Iterator[str]:
    """Lines for a terminal; `accounts` were installed, `known` are all that the sandbox has."""
    public = context.settings.public_url.rstrip("/")
    yield ""
    yield "Everything runs. To see all of it in five minutes, open this in a browser, in this order:"
    steps = [
        *_admin(context, accounts, known, is_approved=is_approved),
        *_rep(accounts, known, sandbox),
        ("Results: what came back, beside people who were left alone.", f"{public}/admin/results"),
        *_by_hand(accounts, known, public),
    ]
    for number, (words, address) in enumerate(steps, 1):
        yield f"{number:>3}. {words}"
        yield f"     {address}"
    yield ""
    yield f"The sandbox with its clock is at {sandbox}/control/. Ctrl-C ends everything."


def _admin(
    context: Context, accounts: Sequence[Account], known: Sequence[Account], *, is_approved: bool
) -> Iterator[tuple[str, str]]:
    public = context.settings.public_url.rstrip("/")
    # Not every CRM tells an app what its account is called.
    names = {(one["crm"], str(one["id"])): one["name"] for one in known}
    for account in accounts:
        account_id = account_id_of(account["provider"], account["account"])
        name = names.get((account["provider"], str(account["account"])), account["name"])
        yield (
            f"The audit of {name}: who went quiet. This link signs you in as its admin.",
            sign_link(context, account_id),
        )
    if is_approved:
        yield (
            "The dry run: what was written, and whom the next wave would start.",
            f"{public}/admin/plan",
        )
    else:
        words = (
            'look, then press "Approve writing". A minute later the first wave waits there as well.'
        )
        yield f"The dry run: {words}", f"{public}/admin/plan"
    yield (
        "The win-back desk: who answered, what goes out today, who may be approached.",
        f"{public}/admin/desk",
    )


def _rep(
    accounts: Sequence[Account], known: Sequence[Account], sandbox: str
) -> Iterator[tuple[str, str]]:
    """The pretend CRM of each account, as the people who work in it see it."""
    installed = {(account["provider"], str(account["account"])) for account in accounts}
    homes = [one for one in known if (one["crm"], str(one["id"])) in installed and one["home"]]
    for one in homes:
        words = (
            "Open a contact; Rekindle is beside it or in the menu: start the playbook, stop it, undo. "
            'Press "Play an hour" and the message is out; be the contact and reply: a task comes; do it.'
        )
        yield f"{one['name']} in the pretend {one['title']}. {words}", f"{sandbox}{one['home']}"
    if homes:
        yield (
            'There, press "Play a week": messages go out, people answer, tasks are made. It takes two minutes.',
            f"{sandbox}/control/",
        )


def _by_hand(
    accounts: Sequence[Account], known: Sequence[Account], public: str
) -> Iterator[tuple[str, str]]:
    """A second account, which its admin installs from the first page on."""
    crms = {account["provider"] for account in accounts}
    free = [one for one in known if one["crm"] in crms and not one["installed"]]
    for one in free[:1]:
        yield (
            f'Install a second account yourself: press "Install in {one["title"]}" and choose {one["name"]}.',
            f"{public}/",
        )
