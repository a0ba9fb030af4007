"""What every pretend CRM is built from: limits, faults, counters, gateway, grants, consent page, webhook delivery."""
