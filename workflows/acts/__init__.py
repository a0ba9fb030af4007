"""What people of the team did about one contact, as it is stored and what follows from it for the rule book."""
