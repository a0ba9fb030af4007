"""What we promise each marketplace (scopes, addresses, subscriptions): one folder for each CRM."""
