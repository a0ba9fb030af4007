"""What we last knew of an account's contacts, activities and deals."""
