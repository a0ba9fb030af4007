"""Files of contacts, activities and purchases, read as they come."""
