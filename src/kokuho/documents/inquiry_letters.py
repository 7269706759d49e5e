"""照会文書 of a decided inquiry and its reminder, as PDF (ENTRY-06)."""

from __future__ import annotations

from datetime import date
from typing import Any

from kokuho.core import era, printing
from kokuho.core.access import Actor
from kokuho.core.queries import municipality
from kokuho.desks.people import queries as people
from kokuho.desks.people.actions.inquiries import inquiry_kinds, printed
from kokuho.documents import postal
from kokuho.documents.notice import Destination
from kokuho.documents.office_letter import LetterData
from kokuho.documents.office_letters import letters_pdf
from kokuho.documents.settings import office


def inquiry_letter(*, by: Actor, on: date, inquiry_id: int, reminder: bool = False, reason: str = "") -> bytes:
    """The letter of an inquiry: the person's five items, those asked for, nothing else. Where a protected person lives is left out.

    Printed again it needs a reason and is marked 再発行. Raises `Refused` without `inquiry.enter`, `InquiryError` ENTRY-06-STATE,
    -EARLY, `PrintError` EXPORT-07-REASON, `NotPrintable`.
    """
    printing.allow(by, "people.inquiry_letter")
    found = printed(by=by, on=on, inquiry_id=inquiry_id, reminder=reminder)
    person = people.persons(by, [found.atena_no], on=on)[found.atena_no]
    city = municipality()
    place = person.address if person.outside else f"{city.prefecture}{city.name}{person.address}"
    protected = bool(people.protected_among([found.atena_no]))
    kind: Any = inquiry_kinds()[found.kind]
    facts = (
        ("文書番号", found.number, False), ("宛名番号", str(found.atena_no), False), ("氏名", person.name, True),
        ("生年月日", era.long(person.birth_date), False), ("性別", person.sex, False),
        ("住所", "記載しません", False) if protected else ("住所", place, True),
        ("照会の理由", found.purpose, False), ("回答をお願いする項目", "、".join(kind["items"][item] for item in found.items), False),
    )  # fmt: skip
    # A later 督促 is a letter of its own.
    case = {"inquiry": found.pk, "reminder": on.isoformat() if reminder else ""}
    mark = printing.mark(printing.was_printed("people.inquiry_letter", found.atena_no, case), on=on, reason=reason)
    letter = LetterData(
        found.number, "inquiry_reminder" if reminder else "inquiry", str(found.atena_no), on, office(city.code),
        Destination(postal.written(found.postal_code), (found.receiver_place,), found.receiver), facts,
        (("basis", kind["basis"]), ("due", era.long(found.due_on))), mark=mark,
    )  # fmt: skip
    data = letters_pdf([letter])
    printing.printed(by, "people.inquiry_letter", persons=[found.atena_no], reason=reason, case=case)
    return data
