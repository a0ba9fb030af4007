"""What a salesperson sees beside a contact inside the CRM."""
