"""A browser without a screen for the demonstration: follows redirects, fills forms, presses buttons."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2

from core.errors import AppError


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what it sends, its buttons as (name, value)."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str | None, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.heading = ""
        self._select: str | None = None
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_heading = tag == "h1" or (self._in_heading and tag != "p")
        if tag == "form":
            self.forms.append(Form(values.get("action", "")))
        elif self.forms:
            self._in_form(tag, values)

    def _in_form(self, tag: str, values: dict[str, str]) -> None:
        form = self.forms[-1]
        match tag:
            case "input" if values.get("type") == "radio" and "checked" not in values:
                pass
            case "input" if values.get("name"):
                form.fields[values["name"]] = values.get("value", "")
            case "select":
                self._select = values.get("name")
            case "option" if self._select and (
                self._select not in form.fields or "selected" in values
            ):
                form.fields[self._select] = values.get("value", "")
            case "button":
                form.buttons.append((values.get("name"), values.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.heading += data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1":
            self._in_heading = False
        if tag == "select":
            self._select = None


def read_forms(html: str) -> list[Form]:
    """The forms of a page, in its order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


class Browser:
    """One person's browser, with its cookies."""

    def __init__(self, *, timeout: float = 60.0) -> None:
        self._client = httpx2.Client(
            follow_redirects=True, timeout=timeout, headers={"Accept": "text/html"}
        )
        self._at = ""
        self._page = _Reader()

    def open(self, url: str) -> None:
        """Go to an address; raises AppError with the page's own words when it is an error page."""
        self._show(self._client.get(url))

    def press(self, action: str = "") -> None:
        """Press the first button of the form whose action contains `action`."""
        form = next((f for f in self._page.forms if action in f.action), None)
        if form is None:
            raise AppError(
                f"The page {self._page.heading!r} has no form for {action or 'anything'}."
            )
        data = dict(form.fields)
        if form.buttons and form.buttons[0][0]:
            data[form.buttons[0][0]] = form.buttons[0][1]
        self._show(self._client.post(urljoin(self._at, form.action), data=data))

    def close(self) -> None:
        self._client.close()

    def _show(self, response: httpx2.Response) -> None:
        self._at = str(response.url)
        self._page = _Reader()
        self._page.feed(response.text)
        if response.is_error:
            words = " ".join(_paragraphs(response.text))
            raise AppError(f"{self._page.heading or response.status_code}. {words}".strip())


def _paragraphs(html: str) -> list[str]:
    reader = _Paragraphs()
    reader.feed(html)
    return [text for text in reader.texts if text][:2]


class _Paragraphs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag == "p"
        if tag == "p":
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += " ".join(data.split())

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._inside = False
