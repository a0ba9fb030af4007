"""A playbook file as an admin would begin one."""

SMALL = """line: bakery
label: Bakery
playbooks:
  - key: bakery_leads
    label: Leads
    track: lead
    sequence:
      - {day: 0, channel: email, angle: opening}
      - {day: 4, channel: sms, angle: last}
    segments:
      - key: asked
        label: Asked
        definition: Asked for a cake
        when: {field: forms, at_least: 1}
        priors: {respond: 0.2}
"""
