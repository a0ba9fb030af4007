"""What makes two records one person: the same address or the same number, however they are written; pure."""

import re
import unicodedata

# A mailbox of these has no dots, whatever people write.
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})
# Addresses of these tell nothing about whom somebody works for.
FREE_MAIL = frozenset(
    (
        *("gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.es", "yahoo.it"),
        *("yahoo.com.br", "ymail.com", "rocketmail.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de"),
        *("hotmail.es", "hotmail.it", "outlook.com", "outlook.de", "outlook.fr", "outlook.es", "outlook.it"),
        *("live.com", "live.co.uk", "live.fr", "live.nl", "msn.com", "icloud.com", "me.com", "mac.com", "aol.com"),
        *("gmx.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de", "arcor.de"),
        *("orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net", "libero.it", "virgilio.it", "tiscali.it"),
        *("alice.it", "tin.it", "terra.es", "telefonica.net", "uol.com.br", "bol.com.br", "terra.com.br", "ig.com.br"),
        *("sapo.pt", "ziggo.nl", "kpnmail.nl", "planet.nl", "hetnet.nl", "xs4all.nl", "telenet.be", "skynet.be"),
        *("bluewin.ch", "proton.me", "protonmail.com", "pm.me", "mail.com", "email.com", "zoho.com", "fastmail.com"),
        *("tutanota.com", "hey.com", "yandex.ru", "yandex.com", "mail.ru", "qq.com", "163.com", "comcast.net"),
        *("verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net", "earthlink.net"),
        *("btinternet.com", "sky.com", "virginmedia.com", "ntlworld.com", "talktalk.net", "shaw.ca", "rogers.com"),
        *("sympatico.ca", "bigpond.com", "optusnet.com.au"),
    )
)  # fmt: skip
_EXTENSION = re.compile(r"\s*(?:x|ext\.?|extension|#|;|,)\s*\d+\s*$", re.IGNORECASE)
_LEAST_DIGITS, _MOST_DIGITS = 7, 15


def name_key(*names: str | None) -> str | None:
    """Names as they are looked for: without case, with one space between words; None of none."""
    said = unicodedata.normalize("NFKC", " ".join(filter(None, names))).casefold()
    return " ".join(said.split()) or None


def address_key(text: str | None) -> str | None:
    """An e-mail address as it is compared: without case, what follows a plus, and dots that do not count."""
    said = unicodedata.normalize("NFKC", text or "").strip().casefold().removeprefix("mailto:")
    name, at, domain = said.strip("<>").rpartition("@")
    domain = domain.rstrip(".")
    name = name.split("+", 1)[0]
    if domain in _DOTLESS:
        name, domain = name.replace(".", ""), "gmail.com"
    key = f"{name}@{domain}"
    if not at or not name or "." not in domain or key.split() != [key]:
        return None
    return key


def domain_of(text: str | None) -> str | None:
    """The domain of an address, or one that is written by itself, with or without an @ before it."""
    said = unicodedata.normalize("NFKC", text or "").strip().casefold()
    domain = said.rpartition("@")[2].removeprefix("www.").strip("<>").rstrip("./")
    return domain if re.fullmatch(r"(?:[\w-]+\.)+[^\W\d_]{2,}", domain) else None


def domains_of(domain: str) -> tuple[str, ...]:
    """A domain and those it is a part of, but for the last word: `mail.shop.example.com`, `shop.example.com` ..."""
    parts = domain.split(".")
    return tuple(".".join(parts[i:]) for i in range(len(parts) - 1))


def number_key(text: str | None) -> str | None:
    """A number as it is compared: digits alone, with a plus where its country's code stands before them.

    None for what is too short, too long or one digit over and over, which is nobody's number.
    """
    said = _EXTENSION.sub("", (text or "").strip())
    digits = re.sub(r"\D", "", said.replace("(0)", ""))
    if said.startswith("+") or digits.startswith("00"):
        bare = digits if said.startswith("+") else digits[2:]
        key = f"+{bare}"
    elif len(digits) == 11 and digits[0] == "1" and digits[1] in "23456789":
        bare, key = digits, f"+{digits}"
    else:
        bare = key = digits.lstrip("0")
    is_one = _LEAST_DIGITS <= len(bare) <= _MOST_DIGITS and len(set(bare)) > 1
    return key if is_one else None


def number_forms(key: str, code: str | None) -> tuple[str, ...]:
    """The keys that one number may have, written with or without the code of the business's own country."""
    if not code:
        return (key,)
    abroad = f"+{code}"
    if key.startswith(abroad):
        return (key, key[len(abroad) :].lstrip("0"))
    if key.startswith("+"):
        return (key,)
    # Italian numbers keep their zero.
    return (key, f"{abroad}{key}", f"{abroad}0{key}")


def whole_number(key: str, code: str | None) -> str:
    """One form for all that a number may have in a business's own country, to group records by."""
    if not code:
        return key
    rest = key.removeprefix(f"+{code}").lstrip("0") if key.startswith(f"+{code}") else key
    return rest if rest.startswith("+") else f"+{code}{rest}"
