"""The pretend HighLevel as the people of a location see it: contacts, one contact's record, the app's custom page."""
