"""What staff note when somebody goes, and what lost sales are filed under: free words, as people write them."""

_REMARKS: dict[str, tuple[str, ...]] = {
    "competitor": (
        "<p>Reached her at last. They went with another practice closer to work.</p>",
        "Called back: decided to go with someone else, no hard feelings.",
        "Lost this one, he got a better quote from the place across town.",
    ),
    "budget_or_timing": (
        "<p>Likes the idea but it is too expensive for them at the moment.</p>",
        "Says the timing isn't right. Check back in a few months.",
        "Wants to wait until the insurance question is settled, money is tight.",
    ),
    "service_issue": (
        "<div>Very unhappy with the last visit, asked for a refund.</div>",
        "Complained that nobody called her back. Sounded upset.",
        "He was not happy with how it turned out and feels let down by us.",
    ),
    "distraction": (
        "Spoke briefly, has been really busy and forgot to book.",
        "<p>A lot going on at home, meaning to call us back.</p>",
        "Nice call. Just hasn't found the time.",
    ),
    "moved": (
        "<p>They moved to Boston last month.</p>",
        "No longer needs it, circumstances have changed.",
        "New owner at the address, family relocated out of state.",
    ),
}
#: What says nothing about why.
NEUTRAL = ("Left a voicemail.", "Sent the brochure again.", "No answer, will try on Thursday.")

UNFILED = "No answer"
#: Reason for losing a sale, by reason for silence.
FILED_UNDER: dict[str, str] = {
    "competitor": "Went elsewhere",
    "budget_or_timing": "Price",
    "service_issue": "Bad experience",
    "distraction": "Too busy",
    "moved": "Moved away",
}


def remark(reason: str, turn: int) -> str:
    """One of the notes that staff might leave for a reason."""
    choices = _REMARKS[reason]
    return choices[turn % len(choices)]
