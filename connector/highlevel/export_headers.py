"""What the columns of a HighLevel contact export mean.

"Created" comes as ISO with an offset, "Last Activity" as "Jul 22 2026 02:09 PM"; the latter is any
activity, the business's own messages included.
"""

LABEL = "HighLevel contact export"

# A file is recognised by one of these together with any two others of the table.
ID_HEADERS = ("contact id",)

HEADERS = {
    "contact id": "contact_id",
    "first name": "first_name",
    "last name": "last_name",
    "name": "ignored",
    "business name": "ignored",
    "tags": "tags",
    "opportunities": "ignored",
    "phone": "phone",
    "email": "email",
    "created": "created_at",
    "created (utc)": "created_at",
    "date created": "created_at",
    "date added": "created_at",
    "source": "source",
    "contact source": "source",
    "dnd": "do_not_contact",
    "do not disturb": "do_not_contact",
    "last activity": "last_activity_at",
    "last activity date": "last_activity_at",
    "last email clicked date": "last_click_at",
    "last appointment": "last_meeting_at",
}

BEGINNINGS: dict[str, str] = {}
