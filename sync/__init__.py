"""The hall: inbox, mirror and outbox between the CRM and us; the only room that opens a live CRM."""
