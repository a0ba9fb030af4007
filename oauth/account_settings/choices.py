"""The choices that some settings offer, each with its words."""

from core.wording import LANGUAGES, name_of

READ_TEXTS = {
    "off": "Not read",
    "local": "Read on Rekindle's own machine",
    "llm": "Read there, and by a language model",
}
PAGE_LANGUAGES = {
    "browser": "As each browser asks",
    **{code: name_of(code) for code in LANGUAGES},
}
OPENER_SOURCES = {"templates": "Rekindle's own templates", "model": "A language model, guarded"}
