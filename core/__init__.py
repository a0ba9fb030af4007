"""Words, clock, database, queue, errors and vault: what every package stands on."""
