"""What months and weekdays are called in the languages that CRMs and spreadsheets speak, without accents."""

from collections.abc import Mapping
from types import MappingProxyType

# English, German, French, Spanish, Portuguese, Italian, Dutch; each with its usual short forms.
_BY_NUMBER = (
    "january jan januar janner jaenner janvier janv enero ene janeiro gennaio gen januari",
    "february feb februar feber fevrier fevr fev febrero fevereiro febbraio febr februari",
    "march mar marz maerz mrz mars marzo marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maio maggio mag mei",
    "june jun juni juin junio junho giugno giu",
    "july jul juli juillet juil julio julho luglio lug",
    "august aug aout aou agosto ago augustus",
    "september sep sept septembre septiembre setiembre set setembro settembre sett",
    "october oct oktober okt octobre octubre outubro out ottobre ott",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dic dezembro dicembre",
)
MONTHS: Mapping[str, int] = MappingProxyType(
    {name: number for number, names in enumerate(_BY_NUMBER, start=1) for name in names.split()}
)

# “mar” is a Tuesday in three languages and a month in four; it is left to whoever reads the date.
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun",
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so",
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim",
    "lunes martes miercoles jueves viernes sabado domingo mie jue vie sab dom",
    "segunda terca quarta quinta sexta segunda-feira terca-feira quarta-feira quinta-feira sexta-feira",
    "seg ter qua qui sex",
    "lunedi martedi mercoledi giovedi venerdi sabato domenica gio",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo",
)
WEEKDAYS: tuple[str, ...] = tuple(sorted({word for line in _WEEKDAYS for word in line.split()}))
