"""The documents say what the code is: settings, commands, links, properties, and nothing of anybody's machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer

from app.cli.main import app
from core.settings import PREFIX, Settings
from workflows.properties import DEFINITIONS

ROOT = Path(__file__).parents[2]
# Spelt in pieces, so that this file passes its own tests.
REGISTRIES = ("py" + "pi.org", "pythonhosted" + ".org", "registry." + "npmjs.org", "/sim" + "ple/")
MACHINE_PATH = re.compile(
    "(?<![\\w.~-])/(?:wo" + "rk|ho" + "me|Us" + "ers|ro" + "ot|mn" + "t)/[\\w.-]+"
)
NAME = re.compile(PREFIX + r"[A-Z0-9_]*[A-Z0-9]\b(?!_)")


def tracked() -> list[Path]:
    """Every file that is in the repository or would be with the next commit."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image


def modules() -> list[Path]:
    return [p for p in tracked() if p.suffix == ".py"]


def settings_in_use() -> set[str]:
    """Names spelt out, fields of Settings that somebody reads, and what CRMs put together from a prefix."""
    found: set[str] = set()
    code = [p for p in modules() if "tests" not in p.relative_to(ROOT).parts[:1]]
    sources = {p: p.read_text(encoding="utf-8") for p in code}
    whole = "\n".join(sources.values())
    for name in Settings.model_fields:
        if re.search(rf"\bsettings(?:\(\w*\))?\.{name}\b", whole):
            found.add(PREFIX + name.upper())
    for path in [*code, ROOT / "compose.yaml", *(ROOT / "tests").glob("*.py")]:
        found |= set(NAME.findall(path.read_text(encoding="utf-8")))
    for path in (ROOT / "connector").glob("*/settings.py"):
        prefix = re.search(r'_PREFIX = "(\w+_)"', sources[path])
        assert prefix is not None, f"{path} has no _PREFIX"
        found |= {prefix[1] + name for name in re.findall(r'_PREFIX \+ "([A-Z_]+)"', sources[path])}
        found |= {prefix[1] + n for n in re.findall(r'"(CLIENT_[A-Z_]+)"', sources[path])}
    return found


def test_settings_are_found() -> None:
    assert {
        PREFIX + name
        for name in ("DATABASE_URL", "SESSION_SECRET", "HUBSPOT_APP_ID", "HUBSPOT_CLIENT_SECRET")
    } <= settings_in_use()


def test_every_setting_has_a_development_value() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert given == settings_in_use()


def test_every_setting_is_in_the_operators_guide() -> None:
    rows = [
        line.split("|")[1]
        for line in (ROOT / "docs/operator.md").read_text().splitlines()
        if line.startswith("| `" + PREFIX)
    ]
    assert set(NAME.findall(" ".join(rows))) == settings_in_use()


def test_every_command_is_in_the_readme_and_no_other() -> None:
    group = typer.main.get_command(app)
    commands = set(group.commands)  # type: ignore[attr-defined]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\./run (?:rekindle |(?=demo))([a-z-]+)", text))
    assert {"demo", "migrate"} <= commands
    assert named == commands


@pytest.mark.parametrize(
    "page", sorted(p for p in ROOT.glob("**/*.md") if not {".venv", "node_modules"} & {*p.parts})
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, _ = unquote(target).partition("#")
        assert not file or (page.parent / file).exists(), f"{page.name}: {target}"


def test_files_named_in_the_documents_exist() -> None:
    rooms = "app|cards|workflows|scoring|sync|oauth|connector|core|manifest|sandbox|tests|docs"
    for page in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        for name in re.findall(rf"`((?:{rooms})/[\w./-]+)`", page.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_no_registry_and_nobodys_machine_in_any_file() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit}"
        for path, text in texts()
        for hit in [*(r for r in REGISTRIES if r in text), *MACHINE_PATH.findall(text)]
    ]
    assert found == []


@pytest.mark.parametrize(
    "line", ["see /" + "work/main/app", "path=/" + "home/ada/rekindle", '"/' + "root/x.py" + '"']
)
def test_a_machine_path_would_be_seen(line: str) -> None:
    assert MACHINE_PATH.search(line)
    assert not MACHINE_PATH.search("https://example.com/" + "work/main and ../" + "home/x")


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_the_admins_guide_names_every_property_we_write() -> None:
    text = (ROOT / "docs/admin.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(rekindle_\w+)` \| ([^|]+) \|", text, re.MULTILINE))
    assert rows == {d.name: d.label for d in DEFINITIONS}


def test_the_table_of_reactions_is_that_of_the_pipeline() -> None:
    from app.pipeline import JOBS, REACTIONS  # noqa: PLC0415

    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z]\w+)` \| [^|]+ \| ([^|]+) \| ([^|]*) ?\|$", text, re.MULTILINE)
    shown = {fact: (job.strip(" `"), lane.strip()) for fact, job, lane in rows}
    assert shown == {fact.__name__: (job, JOBS[job].lane.value) for fact, job in REACTIONS.items()}
