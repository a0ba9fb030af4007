"""What somebody wrote about being contacted: stop, start again, leave me alone; pure (D2)."""

import re

from contact_rules.plain_text import plain

# What came of a message, where it says so: of an activity's outcome. A stop is about the channel it came by.
OPTED_OUT, OPTED_IN, LEFT_ALONE = "opted_out", "opted_in", "left_alone"
WISHES = (OPTED_OUT, OPTED_IN, LEFT_ALONE)
# The column of a person that a wish fills, by the kind of activity it came with; the last of each counts.
EVERYTHING, OF_EMAIL, OF_TEXTS = "do_not_contact", "email_opt_out", "sms_opt_out"

# A whole message of one of these is what carriers and CRMs act on; of an e-mail too, but for words of every day.
_STOP_WORDS = frozenset(
    (
        *("stop", "stopall", "stop all", "unsubscribe", "unsub", "revoke", "opt out", "optout", "opt-out"),
        *("stopp", "abmelden", "abbestellen", "arret", "arreter", "desabonner", "stop sms", "baja"),
        *("parar", "detener", "sair", "cancelar", "fermare", "disiscrivimi", "uitschrijven", "afmelden"),
        *("remove me", "stop it", "stop texting", "stop please", "please stop", "stop messages"),
    )
)  # fmt: skip
_STOP_WORDS_OF_TEXTS = frozenset({"cancel", "end", "quit", "remove", "no more"})
_START_WORDS = frozenset({"start", "unstop", "resume", "subscribe", "opt in", "optin", "opt-in"})

_SENT = (
    r"(?:text(?:ing|s)?|sms|messag(?:e|es|ing)|e-?mail(?:s|ing)?|mail(?:s|ing)?|newsletters?|send(?:ing)?|"
    r"call(?:s|ing)?|phon(?:e|ing)|ring(?:ing)?|spam(?:ming)?)"
)
_ME = r"(?:me|us|my \w+|this (?:number|phone|address))"
_MINE = r"(?:number|e-?mail|name|details|address)"
_ANY = r"(?:contact(?:ing)?|bother(?:ing)?|harass(?:ing)?|writ(?:e|ing)(?: to)?)"
# Said of one channel: that which the message came by, for nobody writes where they do not read.
_STOPS = (
    rf"(?:stop|quit|cease) (?:\w+ ){{0,2}}{_SENT}\b",
    rf"(?:do not|don't|dont|never) (?:you )?(?:ever |please |keep )?{_SENT} {_ME}\b",
    rf"(?:no more|no longer (?:want|wish)[^.!?]*?|not? (?:want|wish) to (?:receive|get)[^.!?]*?) {_SENT}\b",
    rf"don't (?:want|wish)[^.!?]*? more {_SENT}\b",
    r"(?:please )?unsubscribe (?:me|us|my)\b|(?:want|like|wish) to (?:unsubscribe|opt[ -]?out|be removed)",
    rf"(?:take|remove|get|delete) (?:me|us|my {_MINE})\b[^.!?]*?(?:list|database|system|records|mailing)",
    r"(?:remove|delete|lose) my (?:number|e-?mail|address)\b|opt(?:ing)? (?:me )?out\b|revoke my consent",
    r"withdraw my consent|wrong (?:number|person)\b",
    # In the languages that CRMs speak.
    r"(?:keine|nicht mehr) (?:weiteren? )?(?:sms|nachrichten|mails|e-mails|anrufe)",
    r"aus (?:dem|ihrem|eurem) verteiler",
    r"(?:arr[eê]tez|cessez) de m'|ne m'(?:envoyez|[eé]crivez|appelez) plus|d[eé]sabonnez[- ]moi",
    r"no me (?:env[ií]e[ns]?|escriba[ns]?|llame[ns]?) m[aá]s|deje[ns]? de (?:enviar|escribir|llamar)",
    r"n[aã]o (?:me )?(?:envie[m]?|mande[m]?|ligue[m]?) mais|pare[m]? de (?:enviar|mandar|ligar)",
    r"non (?:inviatemi|scrivetemi|chiamatemi) pi[uù]|smettetela di|cancellatemi",
    r"stuur me (?:geen|niet)|geen (?:berichten|mails|sms) meer|schrijf me uit",
)  # fmt: skip
_LEAVES = (
    rf"(?:stop|quit|cease) {_ANY}\b",
    rf"(?:do not|don't|dont|never) (?:you )?(?:ever )?{_ANY} {_ME}\b",
    r"leave (?:me|us) alone|no further contact|never want to hear from you|do not contact\b",
    r"lassen sie mich in ruhe|kontaktieren sie mich nicht|keinen kontakt mehr",
    r"laissez[- ]moi tranquille|ne me contactez plus|no me contacten? m[aá]s|d[eé]jenme en paz",
    r"n[aã]o me contactem? mais|lasciatemi in pace|non contattatemi|neem geen contact (?:meer )?op",
)
# What puts a condition on it, asks, or says it of something else.
_NOT_SO = re.compile(
    r"(?:did not|didn't|didnt|never (?:asked|said|wanted)|how (?:do|can) i|why did|if you|unless)\b[^.!?]{0,40}$|"
    r"\b(?:do not|don't|dont) $",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"^\W*(?:\w+ ){0,2}?(?:before|after|until|till|between|during|at work|at night|on (?:sun|mon|tues|wednes|"
    r"thurs|fri|satur|week)\w*|today|tonight|tomorrow|this week|right now|if|unless|about)\b",
    re.IGNORECASE,
)
_STOPPING = re.compile("|".join(f"(?:{p})" for p in _STOPS), re.IGNORECASE)
_LEAVING = re.compile("|".join(f"(?:{p})" for p in _LEAVES), re.IGNORECASE)
_SENTENCES = re.compile(r"[^.!?\n]+[.!?]*")
_LONGEST = 2_000  # who wants to be left alone says so soon


def column_of(wish: str, kind: str) -> str:
    """The column that a wish is about."""
    if wish == LEFT_ALONE:
        return EVERYTHING
    return OF_EMAIL if kind == "email" else OF_TEXTS


def find_wish(text: str, *, kind: str) -> str | None:
    """What a message that came in says about being contacted: one of WISHES, or None.

    `kind` is the activity's: a lone "cancel" ends texts, and in an e-mail it may be about an appointment.
    """
    said = plain(text[:_LONGEST])
    whole = " ".join(re.sub(r"[^\w\s'-]", " ", said).lower().split())
    if whole in _STOP_WORDS or (kind != "email" and whole in _STOP_WORDS_OF_TEXTS):
        return OPTED_OUT
    if whole in _START_WORDS:
        return OPTED_IN
    sentences = _SENTENCES.findall(said)
    for pattern, wish in ((_LEAVING, LEFT_ALONE), (_STOPPING, OPTED_OUT)):
        if any(_means(found, s) for s in sentences for found in pattern.finditer(s)):
            return wish
    return None


def _means(found: re.Match[str], sentence: str) -> bool:
    before, after = sentence[: found.start()], sentence[found.end() :]
    is_question = sentence.rstrip().endswith("?") and not before.lower().lstrip().startswith(
        ("can you", "could you", "would you", "will you", "please")
    )
    return not (is_question or _NOT_SO.search(before) or _CONDITION.search(after))
