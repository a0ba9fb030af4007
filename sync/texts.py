"""What may be done with the texts of notes and messages, and the one who does it and keeps nothing of them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx2

from contact_rules import language_model as llm
from contact_rules.classifier import weigh
from contact_rules.language_model import Model, NoVerdict
from contact_rules.masking import mask
from contact_rules.plain_text import plain
from contact_rules.reasons import BY_MODEL, LEAST_CONFIDENCE, REASONS, Heard
from core import log
from core.context import Context
from core.db import reading
from core.settings import Settings
from oauth.account_settings.fields import AccountSettings
from sync.mirror.store import load_names

# After so many failures in a row a model is not asked again while the account stays open.
MOST_FAILURES = 3
# A model is no surer than the phrases are.
MOST_CONFIDENCE = 0.85

Names = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class TextPolicy:
    """Whether texts are read at all, whether a model may be asked, and the rule that forbids it."""

    reads: bool
    asks: bool
    rule: str | None = None
    reason: str | None = None


def decide_texts(read_texts: str, *, phi: bool) -> TextPolicy:
    """Texts of accounts with health data never leave this machine (D11)."""
    if read_texts == "off":
        return TextPolicy(reads=False, asks=False)
    if read_texts == "llm" and phi:
        why = "The accounts hold health data: no text is sent to a language model"
        return TextPolicy(reads=True, asks=False, rule="D11", reason=why)
    return TextPolicy(reads=True, asks=read_texts == "llm")


class TextReader:
    """Reads one text after another, from many threads, for the reason each gives."""

    def __init__(
        self,
        *,
        model: Model | None = None,
        client: httpx2.Client | None = None,
        names: Names = lambda _contacts: (),
        may_ask: Callable[[], bool] = lambda: True,
    ) -> None:
        """Without a model, or without a client to ask it with, this machine's own phrases decide."""
        self._may_ask = may_ask
        self._model = model
        self._client = client
        self._names = names
        self._failures = 0
        self._lock = threading.Lock()

    def __call__(self, text: str, contact_ids: Sequence[str]) -> Heard | None:
        """The reason; None for most texts, and for everything that is unsure."""
        said = plain(text)
        weighed = weigh(said)
        if not weighed.is_hinted or self._model is None or self._client is None:
            # A text without a single telling word stays here: there is nothing to ask about.
            return weighed.heard
        if not self._may_ask():
            return weighed.heard
        try:
            return self._asked(self._model, self._client, said, contact_ids)
        except NoVerdict as failure:
            self._note_failure(failure)
            return weighed.heard

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _asked(
        self, model: Model, client: httpx2.Client, said: str, contact_ids: Sequence[str]
    ) -> Heard | None:
        if self._failures >= MOST_FAILURES:
            raise NoVerdict("failed too often")
        verdict = llm.ask(client, model, mask(said, self._names(contact_ids)))
        self._failures = 0
        if verdict.reason not in REASONS or verdict.confidence < LEAST_CONFIDENCE:
            return None
        return Heard(verdict.reason, round(min(verdict.confidence, MOST_CONFIDENCE), 2), BY_MODEL)

    def _note_failure(self, failure: NoVerdict) -> None:
        with self._lock:
            self._failures += 1
            is_first = self._failures in {1, MOST_FAILURES}
        if is_first:
            log.get(__name__).warning(
                "sync.texts.model_failed", why=str(failure), failures=self._failures
            )


def open_reader(
    context: Context, account_id: str, *, settings: Callable[[], AccountSettings]
) -> TextReader | None:
    """The reader of an account's texts by its settings; None where texts are not to be read.

    `settings` answers what holds at the moment of asking: who turns health data on during a long reading is
    obeyed with the next text.
    """
    own = settings()
    policy = decide_texts(own.read_texts, phi=own.phi)
    if policy.rule is not None:
        log.get(__name__).info("sync.texts.model_not_asked", rule=policy.rule, why=policy.reason)
    if not policy.reads:
        return None
    model = model_of(context.settings) if policy.asks else None

    def names(contact_ids: Sequence[str]) -> Sequence[str]:
        with reading(context.engine) as connection:
            return load_names(connection, account_id, contact_ids)

    def may_ask() -> bool:
        now = settings()
        return decide_texts(now.read_texts, phi=now.phi).asks

    client = httpx2.Client() if model else None
    return TextReader(model=model, client=client, names=names, may_ask=may_ask)


def model_of(settings: Settings) -> Model | None:
    """The language model that the settings name."""
    if not settings.llm_url or not settings.llm_model:
        return None
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    return Model(settings.llm_url, settings.llm_api, settings.llm_model, key)
