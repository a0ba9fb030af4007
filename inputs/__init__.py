"""What the product can use of what a business knows of a contact, and how it is written."""
