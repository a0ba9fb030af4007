"""Reading a whole account, and finding what no delivery told of."""
