"""The provinces of Canada: what people write into an address, and the time zones each lies in."""

_HALIFAX, _TORONTO, _WINNIPEG = "America/Halifax", "America/Toronto", "America/Winnipeg"
_REGINA, _EDMONTON, _VANCOUVER = "America/Regina", "America/Edmonton", "America/Vancouver"
_ST_JOHNS, _WHITEHORSE, _IQALUIT = "America/St_Johns", "America/Whitehorse", "America/Iqaluit"

# "CA" by itself is California.
_ZONES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("ab", "alberta"): (_EDMONTON,),
    ("bc", "british columbia", "colombie britannique"): (_VANCOUVER, _EDMONTON),
    ("mb", "manitoba"): (_WINNIPEG,),
    ("nb", "new brunswick", "nouveau brunswick"): (_HALIFAX,),
    ("nl", "newfoundland", "newfoundland and labrador", "labrador"): (_ST_JOHNS, _HALIFAX),
    ("ns", "nova scotia", "nouvelle ecosse", "nouvelle écosse"): (_HALIFAX,),
    ("nt", "northwest territories"): (_EDMONTON,),
    ("nu", "nunavut"): (_IQALUIT, _WINNIPEG, _EDMONTON),
    ("on", "ontario"): (_TORONTO, _WINNIPEG),
    ("pe", "pei", "prince edward island"): (_HALIFAX,),
    ("qc", "quebec", "québec"): (_TORONTO, _HALIFAX),
    ("sk", "saskatchewan"): (_REGINA, _EDMONTON),
    ("yt", "yukon"): (_WHITEHORSE,),
    ("canada",): (_ST_JOHNS, _VANCOUVER),
}
_BY_NAME = {name: zones for names, zones in _ZONES.items() for name in names}


def zones_of_province(region: str | None) -> tuple[str, ...]:
    """The zones of a province from its code or name in any case (`ON`, `ca-on`, `Québec`); none of any other region."""
    words = (region or "").casefold().replace("-", " ").replace(".", "").replace(",", " ").split()
    return _BY_NAME.get(" ".join(words).removeprefix("ca "), ())
