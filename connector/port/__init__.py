"""What other packages may ask of a CRM: small capabilities, and the values that pass in both directions."""
