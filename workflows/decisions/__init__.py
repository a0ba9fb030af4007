"""What becomes of each scored contact: decided, drawn for the control group, saved, planned."""
