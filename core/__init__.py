"""Words, clock, database, queue, errors and vault: what every room stands on and none may bypass."""
