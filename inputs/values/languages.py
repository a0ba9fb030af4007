"""Languages as CRMs and people name them, made into two-letter codes."""

import re
from collections.abc import Mapping
from types import MappingProxyType

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        name: code
        for code, names in {
            "en": "english englisch anglais ingles inglese engels",
            "de": "german deutsch allemand aleman alemao tedesco duits",
            "fr": "french franzosisch francais frances francese frans",
            "es": "spanish spanisch espagnol espanol castellano espanhol spagnolo spaans",
            "pt": "portuguese portugiesisch portugais portugues portoghese portugees",
            "it": "italian italienisch italien italiano italiaans",
            "nl": "dutch niederlandisch neerlandais neerlandes holandes olandese nederlands",
            "pl": "polish polnisch polonais polaco polacco pools polski",
            "sv": "swedish schwedisch svenska",
            "da": "danish danisch dansk",
            "nb": "norwegian norwegisch norsk",
            "fi": "finnish finnisch suomi",
            "tr": "turkish turkisch turc turco turks turkce",
            "ru": "russian russisch russe ruso russo",
            "uk": "ukrainian ukrainisch",
            "ar": "arabic arabisch arabe arabo",
            "zh": "chinese chinesisch chinois chino cinese chinees mandarin",
            "ja": "japanese japanisch japonais japones giapponese japans",
            "ko": "korean koreanisch",
            "hi": "hindi",
            "he": "hebrew hebraisch",
            "vi": "vietnamese vietnamesisch",
        }.items()
        for name in names.split()
    }
)
_CODE = re.compile(r"^([a-z]{2})(?:[-_\s][a-z0-9]{2,8})*$")


def language_named(folded: str) -> str | None:
    """The code of a language: of `de-at`, `Deutsch` or `German`, given in lower case and without accents."""
    word = re.split(r"[\s,;/(]+", folded.strip())[0] if folded.strip() else ""
    code = _CODE.match(folded.strip())
    return _NAMES.get(word) or (code[1] if code else None)
