"""May we contact this person now? Asked when planning and again just before acting."""
