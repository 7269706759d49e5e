"""A paper with whom it goes to: what a print run needs to know before it is loaded, and what stands in its address window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kokuho.documents import postal
from kokuho.documents.chunk import PrintItem
from kokuho.documents.decision_facts import Target
from kokuho.documents.decision_notice import address_of, addressee_of, barcode_of
from kokuho.documents.notice import Destination, Office

if TYPE_CHECKING:
    from kokuho.desks.people.wards import Wards


def item(number: str, target: Target, sender: Office, wards: Wards) -> PrintItem:
    """The paper of a number for a print run, to the one whom `target` names, from the office that sends it."""
    code, lines = address_of(target, sender)
    barcode = barcode_of(code, lines)
    return PrintItem(
        number=number, atena_number=str(target.payer_no), postal_code=postal.written(code),
        barcode="".join(barcode.characters) if barcode else "", pull=target.pull, deliverable=target.deliverable, hold=target.hold,
        ward="" if target.pull == "protected" else wards.of(target.to.town),
    )  # fmt: skip


def destination(target: Target, sender: Office, name: str) -> Destination:
    """The address window of a paper to the one whom `target` names, `name` as printed."""
    code, lines = address_of(target, sender)
    bars = barcode_of(code, lines)
    addressee, care_of, attention = addressee_of(target, name)
    return Destination(
        postal.written(code), (*lines, *care_of), addressee, attention=attention,
        barcode="".join(bars.characters) if bars else "", bars=bars.bars if bars else "",
    )  # fmt: skip
