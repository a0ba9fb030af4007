"""The layout holds: import contracts, names of files, and how long a file or a function may be."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "app",
    "cards",
    "workflows",
    "scoring",
    "sync",
    "oauth",
    "connector",
    "playbooks",
    "inputs",
    "contact_rules",
    "core",
    "manifest",
)
LONGEST_FILE, LONGEST_FUNCTION = 400, 60


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", [*ROOMS, "sandbox"])
def test_no_file_has_a_name_that_says_nothing(room: str) -> None:
    forbidden = {"utils.py", "helpers.py", "common.py", "base.py", "manager.py"}
    assert not [f for f in (ROOT / room).rglob("*.py") if f.name in forbidden]


@pytest.mark.parametrize(
    "room", ["app", "cards", "workflows", "scoring", "sync", "oauth", "contact_rules", "core"]
)
def test_no_vendor_word_leaves_the_adapters(room: str) -> None:
    words = ("hubspot", "highlevel", "gohighlevel")
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in (ROOT / room).rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if any(word in line.lower() for word in words)
    ]
    assert found == []


def test_only_the_clock_asks_what_time_it_is() -> None:
    asking = ("datetime.now(", "utcnow(", "time.time()", "time.sleep(", "date.today(")
    allowed = {"core/clock.py", "app/lab/bench_reading.py", "app/embedded_valkey.py"}
    found = {
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if "node_modules" not in file.parts
        if any(word in file.read_text(encoding="utf-8") for word in asking)
    }
    assert found <= allowed


@pytest.mark.parametrize("room", [*ROOMS, "sandbox"])
def test_files_and_functions_are_short(room: str) -> None:
    long = []
    for file in sorted((ROOT / room).rglob("*.py")):
        if {"node_modules", "migrations"} & set(file.parts):
            continue
        text = file.read_text(encoding="utf-8")
        name = str(file.relative_to(ROOT))
        if text.count("\n") > LONGEST_FILE:
            long.append(f"{name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{name}: {node.name} has {lines} lines")
    assert long == []
