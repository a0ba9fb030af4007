"""Pages for people: templates of a folder, over the frame and the consent page that all share."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

SHARED = Path(__file__).parent / "templates"


def render(name: str, folder: Path = SHARED, **values: object) -> str:
    """The template of that name, looked for in the folder first and then among the shared ones."""
    return _templates(folder).get_template(name).render(**values)


@cache
def _templates(folder: Path) -> Environment:
    loader = FileSystemLoader([folder, SHARED])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
