"""Everything that staff register about a person, by code and in the order of the screens."""

from __future__ import annotations

from kokuho.desks.people.registrations import account, mail, name, note, pension, protection
from kokuho.desks.people.registrations.kind import HIDDEN, Column, Registration, RegistrationError

REGISTRATIONS: dict[str, Registration] = {
    entry.code: entry
    for entry in (
        mail.DESTINATION, mail.ADMINISTRATOR, mail.ADDRESSEE, mail.CONTACT, mail.STOP, name.NAME, account.ACCOUNT, account.WISH,
        pension.PENSION, note.MEMO, note.PROCESSING_STOP, protection.PROTECTION, protection.OPPONENT,
        note.NONDISCLOSURE, note.PROVISION_REFUSAL,
    )
}  # fmt: skip

__all__ = ["HIDDEN", "REGISTRATIONS", "Column", "Registration", "RegistrationError"]
