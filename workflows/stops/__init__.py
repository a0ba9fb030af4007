"""What stands still: everything, an account or a programme; who stopped it and why; asked just before each action."""
