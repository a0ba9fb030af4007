"""What no account may loosen, in words and hours; pure."""

from datetime import time

# No account may contact anybody outside these hours where they live; states may be narrower (D4).
EARLIEST, LATEST = time(8), time(21)
COOLDOWN = "Nobody is approached again within 90 days (rule D7)."
STAFF = "Who heard from your team is left alone for 90 days (rule D8)."
ACTIVE = "Who was in touch is left alone for 30 days (rule D8)."
FIRST = "The first wave is small (rule D12)."
