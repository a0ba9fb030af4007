"""What came back of outreach and what would have come by itself: an account's results."""
