"""By which channel, when and in which wording a touch goes out, of what the rule book allows, and what that teaches."""
