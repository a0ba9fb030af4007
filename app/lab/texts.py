"""Every text that people read, found in the code: what a language's file must hold.

`./run python -m app.lab.texts` brings the files of all languages up to date and names what they lack.
"""

import ast
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from app.pages.field_lines import KINDS
from contact_rules.wishes import SAYS
from core.wording import CATALOGUE, LANGUAGES, SOURCE
from inputs.catalogue import INPUTS
from oauth.account_settings.fields import FIELDS
from oauth.account_settings.kinds import Whole
from playbooks.angles import Angle
from playbooks.library import packaged
from scoring.explain import CAME_BACK_TEXT
from sync.mirror.wishes import WHERE
from workflows.properties import DEFINITIONS

ROOT = Path(__file__).parents[2]
_PACKAGES = (
    *("app", "cards", "workflows", "scoring", "sync", "oauth", "connector", "playbooks"),
    *("inputs", "contact_rules", "core"),
)
# What only the command line and developers read.
_NOT_SHOWN = (
    *("app/cli/", "app/lab/", "app/migrations/", "app/checks.py", "app/worker.py", "app/serve.py"),
    *(
        "app/reports/reading/",
        "app/reports/audit/terminal",
        "app/reports/audit/session",
        "app/reports/audit/first_step",
        "app/reports/audit/assemble",
        "app/reports/account_settings.py",
        "app/published_secrets.py",
    ),
    *("app/reports/backtest/", "app/reports/results/words", "app/reports/stopping.py"),
    *(
        "app/reports/model_versions.py",
        "app/migrate.py",
        "app/compose.py",
        "app/embedded_valkey.py",
    ),
    *("core/settings.py", "core/vault.py", "core/db.py", "scoring/models/", "scoring/learn/"),
    "connector/token_answers",
    *("oauth/tokens.py", "contact_rules/language_model.py", "scoring/features/input_frames.py"),
    *("inputs/", "workflows/openers/"),
)
# What of an adapter speaks to machines alone.
_ADAPTERS = re.compile(r"connector/\w+/(?:settings|webhooks|signature)\.py")
# Modules whose tables and sentences are shown, though no call marks them.
_SHOWN = (
    "app/pages/",
    "app/reports/do_not_contact.py",
    "app/reports/audit/charts.py",
    "cards/",
    "contact_rules/consent_ages.py",
    "contact_rules/reasons.py",
    "contact_rules/rules.py",
    "oauth/account_settings/choices.py",
    "oauth/account_settings/fields.py",
    "oauth/account_settings/floors.py",
    "oauth/account_settings/groups.py",
    "oauth/account_settings/kinds.py",
    "oauth/account_settings/sender_fields.py",
    "scoring/explain.py",
    "scoring/features/terms.py",
    "scoring/sales.py",
    "scoring/summary/",
    "sync/outbox/amending.py",
    "sync/outbox/changes.py",
    "workflows/choices/telling.py",
    "workflows/pace.py",
    "workflows/properties.py",
    "workflows/results/planned.py",
    "workflows/stops/breaker.py",
    "workflows/touches/ability.py",
    "workflows/touches/guarding.py",
    "workflows/touches/sequence_words.py",
)
_OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
_CALLS = {"_", "gettext", "ngettext"}
# Where an error, a notice or a refusal gets its words.
_WORDED = {"message", "reason", "problem", "says"}
_ANSWER = "%(a)s in 100 like this reply (%(b)s to %(c)s), %(d)s without outreach"
_SALES = ("1 sale", "%(count)s sales")
_LETTERS = re.compile(r"[A-Za-z]{3,}")
_FORMAT = re.compile(r"\{(\w*)\}")
# A number with what it counts.
_COUNTS = re.compile(r"^%\(\w+\)s [a-z]+$")
_PLACE = re.compile(r"%\(\w+\)s")
_COUNTED = re.compile(r'people\(\s*"([^"]+)"\s*,\s*"([^"]+)"\s*\)')
# Names, addresses and codes are no texts.
_NO_TEXT = re.compile(r"[\w./:@{}%()+*?\\|\[\]^$=;,\"'-]+|(?:text|application|attachment)[/;].*")

Message = str | tuple[str, str]


def every_text() -> set[Message]:
    """Every message, as a language's file names it; a pair is of one and of many."""
    found: set[Message] = {
        ("contact", "contacts"),
        ("day", "days"),
        ("hour", "hours"),
        ("minute", "minutes"),
    }
    for package in _PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix == ".html":
                found |= set(_of_template(path))
            elif path.suffix == ".py" and not (
                name.startswith(_NOT_SHOWN) or _ADAPTERS.fullmatch(name)
            ):
                found |= set(_of_module(path, is_shown=name.startswith(_SHOWN)))
    # What our properties are called in the CRM, they are called everywhere.
    in_crm = {said for one in DEFINITIONS for said in (one.label, one.description)}
    return (found | set(_of_playbooks()) | set(_of_tables())) - in_crm


def _of_template(path: Path) -> Iterator[Message]:
    source = path.read_bytes()
    for _line, function, told, _comments in babel_extract(
        BytesIO(source), tuple(_CALLS), (), _OPTIONS
    ):
        texts = [told] if isinstance(told, str) else [one for one in told or () if one]
        if function == "ngettext":
            yield (texts[0], texts[1])
        elif texts:
            yield texts[0]
    yield from _COUNTED.findall(source.decode())


def _of_module(path: Path, *, is_shown: bool) -> Iterator[Message]:
    tree = ast.parse(path.read_text())
    left_out = _left_out(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        for part in _worded(node):
            yield from (text for one in ast.walk(part) if (text := _text(one, left_out)))
        if is_shown and (text := _text(node, left_out)):
            yield text


def _of_call(node: ast.Call) -> Iterator[Message]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    given = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if name == "ngettext" and len(given) > 1:
        yield (given[0], given[1])
    elif name in _CALLS and given:
        yield given[0]
    elif name == "people" and len(given) > 1:
        yield (given[0], given[1])


def _worded(node: ast.AST) -> list[ast.expr]:
    """The parts of a statement that an error, a notice or a refusal is worded by."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return node.exc.args[:1]
    if isinstance(node, ast.Call):
        named = [word.value for word in node.keywords if word.arg in _WORDED]
        is_own = isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
        return [*named, *(node.args[:1] if is_own else [])]
    return []


def _left_out(tree: ast.AST) -> set[ast.AST]:
    """What nobody reads: docstrings, keys, comparisons, log events, and the pieces of longer texts."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                found.add(node.value)
            case ast.JoinedStr(values=pieces):
                found.update(pieces)
            case ast.Dict(keys=keys):
                found.update(key for key in keys if key is not None)
            case ast.Compare() | ast.Subscript():
                found.update(n for n in ast.walk(node) if isinstance(n, ast.Constant))
            case ast.Call(
                func=ast.Attribute(attr="info" | "warning" | "error" | "exception" | "compile")
            ):
                found.update(node.args)
            case ast.Call(func=ast.Name(id="_" | "gettext" | "ngettext")):
                found.update(node.args)
    return found


def _text(node: ast.AST, left_out: set[ast.AST]) -> str | None:
    """The message that a text of the code is; None for what is none."""
    if node in left_out:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = _named(node.value)
    elif isinstance(node, ast.JoinedStr):
        text = _formed(node)
    else:
        return None
    text = text.strip()  # pieces of longer texts begin with a space
    bare = _PLACE.sub("", text).strip()
    is_text = (
        bool(_LETTERS.search(bare))
        and bare != "Rekindle"
        and (bare[:1].isupper() or " " in bare or bool(_COUNTS.search(text)))
    )
    return text if is_text and not (_NO_TEXT.fullmatch(bare) and not bare.isalpha()) else None


def _named(text: str) -> str:
    """A text that is filled in by `format`, as a message with names: those that it has, else a, b and so on."""
    if "{" not in text:
        return text
    letters = iter("abcdefgh")
    return _FORMAT.sub(lambda found: f"%({found[1] or next(letters)})s", text.replace("%", "%%"))


def _formed(node: ast.JoinedStr) -> str:
    """A text with values as a message with their names."""
    pieces: list[str] = []
    names: set[str] = set()
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces.append(str(part.value).replace("%", "%%"))
        elif isinstance(part, ast.FormattedValue):
            words = [w for w in re.findall(r"[a-z_]+", ast.unparse(part.value)) if w.strip("_")]
            name = stem = words[-1].strip("_") if words else "value"
            number = 2
            while name in names:
                name, number = f"{stem}{number}", number + 1
            names.add(name)
            pieces.append(f"%({name})s")
    return "".join(pieces)


def _of_tables() -> Iterator[str]:
    """Words of tables that hold other things as well, which nobody reads."""
    yield from SAYS.values()
    yield from WHERE.values()
    yield from KINDS.values()
    # Sentences that are put together in columns.
    yield from (f"{_ANSWER}{end}" for end in (".", "; starting figures."))
    yield f"{CAME_BACK_TEXT}: %(a)s on %(b)s."
    for sales in _SALES:
        for middle in ("mean", "median"):
            yield f"{middle} of {sales}"
            yield f"{middle} of {sales} of %(over)s or more; %(left_out)s smaller left out"
    yield from (angle.replace("_", " ") for angle in Angle)
    yield from (field.kind.unit for field in FIELDS if isinstance(field.kind, Whole))
    for one in INPUTS:
        yield from filter(None, (one.label, one.feeds, one.without, one.group, one.kind))


def _of_playbooks() -> Iterator[str]:
    for line in packaged().values():
        yield line.label
        for playbook in line.playbooks:
            yield playbook.label
            for segment in playbook.segments:
                yield segment.label
                yield segment.definition


def update(language: str) -> list[Message]:
    """Bring a language's file to what there is to say; answers what it lacks a translation of."""
    path = CATALOGUE / f"{language}.po"
    with path.open("rb") as file:
        known = read_po(file, locale=language)
    fresh = Catalog(
        locale=language, project="Rekindle", fuzzy=False, creation_date=known.creation_date
    )
    lacking: list[Message] = []
    for message in sorted(every_text(), key=str):
        held = known.get(message[0] if isinstance(message, tuple) else message)
        string = held.string if held is not None else ""
        if not (all(string) if isinstance(string, tuple) else string):
            lacking.append(message)
        fresh.add(message, string or None)
    written = BytesIO()
    write_po(written, fresh, width=110, omit_header=False, sort_output=True)
    path.write_bytes(written.getvalue())
    return lacking


if __name__ == "__main__":
    for language in LANGUAGES:
        if language != SOURCE:
            for message in update(language):
                sys.stdout.write(f"{language}: {message!r}\n")
