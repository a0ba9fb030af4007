"""What a pretend CRM looks like to the people who work with it: its window, contacts, one contact's record."""
