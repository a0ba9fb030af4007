"""What words in tags, statuses and names of lists refuse: any contact, or a way of making it; pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from contact_rules.wishes import MARK, Wish, find_wish

# The inputs that a word can fill with a yes.
EVERYTHING = "do_not_contact"
EMAIL, TEXTS, CALLS = "email_opt_out", "sms_opt_out", "call_opt_out"
DEAD_ADDRESS = "email_bounced"

# Said of anything: refuses the channels that the same words name, else everything.
_REFUSED = (
    r"dnc|dnd|do not (?:contact|disturb|solicit|market|approach|message|automate)|opt(?:ed|ing)? ?out",
    # Whom nobody was in touch with has refused nothing: "no contact" and "not contacted" are none of these.
    r"(?:dont|never) (?:contact|disturb|market)|not to be (?:contacted|disturbed)|no marketing|leave alone",
    r"unsubscribed?|suppress(?:ed|ion)|black ?list(?:ed)?|cease and desist|consent (?:revoked|withdrawn)",
    r"nicht (?:mehr )?kontaktieren|kontaktsperre|werbesperre|keine werbung",
    r"abgemeldet|abbestellt|sperrliste|werbewiderspruch",
    r"ne (?:pas|plus) (?:contacter|deranger|solliciter)|stop ?pub|desinscrite?|desabonnee?",
    r"no (?:contactar|molestar)|dad[oa] de baja|lista negra",
    r"nao (?:contactar|contatar|perturbe|perturbar)|descadastrad[oa]|inscricao cancelada",
    r"non (?:contattare|disturbare)|disiscritt[oa]|iscrizione annullata",
    r"niet (?:contacteren|benaderen|storen)|uitgeschreven|afgemeld",
)
# Nobody is to be approached at all, whatever channel stands beside it.
_GONE = (
    r"deceased|passed away|litigator|legal hold",
    r"verstorben|decedee?|fallecid[oa]|falecid[oa]|decedut[oa]|overleden",
)
_CHANNELS: Mapping[str, str] = MappingProxyType(
    {
        EMAIL: r"e ?mails?|mails?|mailings?|newsletters?|correos?|courriels?|posta elettronica",
        TEXTS: r"sms|texts?|texting|textos?|mms",
        CALLS: r"calls?|calling|phones?|telefon\w*|telephon\w*|appels?|llamadas?|chiamat[ae]|ligac\w+|bellen",
    }
)
# Said of one channel, in words that name it.
_ONE = MappingProxyType(
    {
        EMAIL: (
            r"(?:no|dont|do not|never|stop) (?:e ?mails?|mail|newsletters?)|keine (?:e ?)?mails?",
            r"pas d(?:e )?(?: ?e ?mails?| ?courriels?)|no (?:enviar )?correos?|sem e ?mails?|niet mailen",
            r"geen e ?mails?|niente e ?mail|spam complaint|complain(?:ed|t)|marked (?:as )?spam",
        ),
        TEXTS: (
            r"(?:no|dont|do not|never|stop) (?:sms|texts?|texting)|landline",
            r"keine sms|festnetz(?:nummer)?|pas de sms|ligne fixe|no enviar sms|telefono fijo",
            r"sem sms|telefone fixo|niente sms|telefono fisso|geen sms|vaste lijn",
            r"(?:wrong|bad|invalid|disconnected) (?:number|phone)|falsche nummer",
            r"(?:mauvais|faux) numero|numero (?:equivocado|errado|errato|sbagliato)|verkeerd nummer",
        ),
        CALLS: (
            r"(?:no|dont|do not|never|stop) (?:calls?|calling|phone)|nicht anrufen|ne pas appeler",
            r"no llamar|nao ligar|non chiamare|niet bellen",
            r"(?:wrong|bad|invalid|disconnected) (?:number|phone)|falsche nummer",
            r"(?:mauvais|faux) numero|numero (?:equivocado|errado|errato|sbagliato)|verkeerd nummer",
        ),
        DEAD_ADDRESS: (
            r"(?:bad|invalid|wrong|dead) e ?mail|(?:e ?mail )?(?:hard )?bounced?|hard bounce",
            r"ungultige (?:e ?)?mail|e ?mail (?:invalide|invalido|ongeldig)",
        ),
    }
)
# Words that refuse only where nothing stands beside them: a competitor's employee is no employee.
_BY_ITSELF = MappingProxyType(
    {
        "stop": TEXTS,
        **dict.fromkeys(
            (
                *("employee", "staff", "opposition", "minor", "underage", "moved", "competitor"),
                *("competitors", "konkurrenz", "mitbewerber", "concurrent", "concurrence"),
                *("competencia", "competidor", "concorrente", "concorrencia", "concorrenza"),
                *("concurrentie", "mitarbeiter", "medewerker", "empleado", "funcionario"),
                *("dipendente", "salarie", "mineur", "menor", "minorenne", "umgezogen", "verzogen"),
                *(
                    "demenage",
                    "mudou se",
                    "trasferito",
                    "verhuisd",
                    "internal test",
                    "test contact",
                ),
                *("testkontakt", "contact de test", "contacto de prueba", "contato de teste"),
                *("contatto di prova", "testcontact"),
            ),
            EVERYTHING,
        ),
    }
)
# What says that it is over, or is not so.
_NOT_SO = (
    r"not (?:opted|unsubscribed|suppressed|on (?:the )?(?:dnc|dnd))|(?:dnc|dnd) (?:cleared|checked|removed|no|false)",
    r"(?:opt(?:ed)? ?out|unsubscribed?) (?:no|false)|formerly \w+",
)

# The staff's word for who will never be a customer.
_UNQUALIFIED = (
    r"unqualified|disqualified|dis qualified|not (?:a )?(?:qualified|good fit|fit)|non qualified|bad fit|no fit",
    r"(?:fake|bogus|junk|test|spam) (?:lead|contact|record|enquiry|inquiry)|junk",
    r"unqualifiziert\w*|disqualifiziert\w*|nicht qualifiziert\w*|ungeeignet\w*",
    r"(?:non|pas) qualifiee?s?|disqualifiee?s?|hors cible|faux contact",
    r"no (?:esta )?(?:calificad|cualificad)[oa]s?|(?:descalificad|descartad)[oa]s?|no apt[oa]",
    r"nao qualificad[oa]s?|(?:desqualificad|descartad)[oa]s?|fora do perfil",
    r"non qualificat[oaie]|(?:squalificat|scartat)[oaie]|fuori target",
    r"niet gekwalificeerd|ongekwalificeerd|gediskwalificeerd|niet geschikt|ongeschikt",
)

# So few words are more often about something else: a workflow that was stopped, benefits for employees.
_NOT_OF_MARKS = frozenset(
    {Wish.OPTED_OUT, Wish.OPTED_IN, Wish.OUTSIDER, Wish.WRONG_PERSON, Wish.BY_RELATIVE}
)

_SPAN = re.compile(r"\d|yet|since|attempt|made|so far|bisher|seit|encore|aun|ainda|ancora|nog")
_APART = re.compile(r"[;,|\n]")

# What a cell says that is filled and yet marks nothing.
_NO = frozenset(
    (
        *("", "0", "false", "no", "n", "f", "off", "none", "null", "nan", "inactive", "disabled"),
        *("not set", "unknown", "nein", "falsch", "non", "faux", "falso", "nao", "nee", "onwaar"),
    )
)
# What is a clear yes, in the languages that CRMs speak: consent is not guessed.
_YES = frozenset(
    (
        *("true", "yes", "y", "1", "on", "x", "t", "opted in", "opt in", "subscribed", "granted"),
        *(
            "agreed",
            "accepted",
            "given",
            "consented",
            "ja",
            "wahr",
            "oui",
            "vrai",
            "si",
            "verdadero",
        ),
        *("sim", "verdadeiro", "vero", "waar", "erteilt", "eingewilligt"),
    )
)


def _whole(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


_UNFIT = _whole(*_UNQUALIFIED)
_REFUSAL, _NOBODY, _UNSAID = _whole(*_REFUSED), _whole(*_GONE), _whole(*_NOT_SO)
_NAMED = {name: _whole(words) for name, words in _CHANNELS.items()}
_ALONE = {name: _whole(*words) for name, words in _ONE.items()}


def refused(words: Iterable[str]) -> frozenset[str]:
    """The inputs that these tags, statuses or names fill with a yes: those that a refusal is kept in.

    A text may hold several, each by itself: what one says of a channel narrows no other one.
    """
    parts = (part for text in words for part in _APART.split(text))
    return frozenset[str]().union(*map(_refused_by, parts))


def disqualifies(words: Iterable[str]) -> bool:
    """Whether one of these tags, statuses or names says that somebody will never be a customer."""
    return any(_is_unfit(part) for text in words for part in _APART.split(text))


@lru_cache(maxsize=8192)
def _is_unfit(text: str) -> bool:
    return bool(_UNFIT.search(plain(text)))


def marks(value: str | None) -> bool | None:
    """Whether a cell marks somebody: any text does that says no no; None for an empty one."""
    said = (value or "").strip()
    return None if not said else plain(said) not in _NO


def agrees(value: str | None) -> bool | None:
    """Whether a cell gives a consent: only a clear yes does; None for an empty one."""
    said = (value or "").strip()
    return None if not said else plain(said) in _YES


@lru_cache(maxsize=8192)
def _refused_by(text: str) -> frozenset[str]:
    said = plain(text)
    if said in _BY_ITSELF:
        return frozenset({_BY_ITSELF[said]})
    if _NOBODY.search(said) and not _UNSAID.search(said):
        return frozenset({EVERYTHING})
    if _UNSAID.search(said):
        return frozenset()
    found = {name for name, pattern in _ALONE.items() if pattern.search(said)}
    if _REFUSAL.search(said):
        found |= {name for name, pattern in _NAMED.items() if pattern.search(said)} or (
            set() if found else {EVERYTHING}
        )
    return frozenset(found) or _refused_in_words(text)


def _refused_in_words(text: str) -> frozenset[str]:
    """What staff wrote in whole words where others choose a mark: "passed away in May", "lawyer involved"."""
    wish = find_wish(text, kind=MARK)
    # "No contact in 90 days" tells of a time, and refuses nothing.
    if wish is None or wish in _NOT_OF_MARKS or (wish == Wish.LEFT_ALONE and _SPAN.search(text)):
        return frozenset()
    return frozenset({EVERYTHING})


def plain(text: str) -> str:
    """Words without case, accents and marks, one space between: `DO_NOT-Contact!` is `do not contact`."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("\u2019", ""))
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+|_", " ", bare).split())
