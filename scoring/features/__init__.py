"""One row of features for each contact: history, recency, pattern, signals, segment, reason."""
