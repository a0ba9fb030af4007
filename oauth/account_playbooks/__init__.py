"""An account's own copies of playbooks: their versions, and which playbooks hold for it."""
