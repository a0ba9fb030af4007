"""The playbooks that come with the product: one file for each line of business, read once in a process."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from core.errors import Invalid
from playbooks.line import Line, Plans
from playbooks.reading import read_line, read_model

GENERAL = "general"
_FOLDER = files("playbooks") / "packaged"


@cache
def packaged() -> Mapping[str, Line]:
    """Key → line of business, the general one first and the others by their names."""
    names = sorted(
        entry.name.removesuffix(".yaml")
        for entry in _FOLDER.iterdir()
        if entry.name.endswith(".yaml")
    )
    found = [read_line(packaged_text(name)) for name in names]
    found.sort(key=lambda line: (line.line != GENERAL, line.line))
    return MappingProxyType({line.line: line for line in found})


@cache
def packaged_plans() -> Plans:
    """What scoring counts with."""
    return read_model((files("playbooks") / "plans.yaml").read_text(encoding="utf-8"), Plans)


def packaged_text(key: str) -> str:
    """The file of a line of business as it was written, to be copied; raises Invalid where there is none."""
    file = _FOLDER / f"{key}.yaml"
    if not key.isidentifier() or not file.is_file():
        raise Invalid(
            f"There are no playbooks for {key!r}; there are those for {', '.join(packaged())}."
        )
    return file.read_text(encoding="utf-8")


def find_line(key: str) -> Line:
    """The packaged line of business of that key; raises Invalid naming those there are."""
    found = packaged().get(key)
    if found is None:
        raise Invalid(f"There are no playbooks for {key!r}; choose one of {', '.join(packaged())}.")
    return found
