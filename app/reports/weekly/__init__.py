"""The weekly report of an account: what happened, what came of it, where it stands; as a page, a PDF and a task."""
