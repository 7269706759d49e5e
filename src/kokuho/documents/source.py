"""Notices that are already in memory, as the source of a print run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kokuho.documents.chunk import PrintItem
from kokuho.documents.notice import NoticeData


def print_item(notice: NoticeData, *, deliverable: bool = True, hold: bool = False) -> PrintItem:
    """What a print run needs to know of a notice before it loads it."""
    to = notice.destination
    return PrintItem(
        number=notice.notice_number,
        atena_number=notice.payer.atena_number,
        postal_code=to.postal_code,
        barcode=to.barcode,
        pull=notice.pull,
        deliverable=deliverable,
        hold=hold,
    )


@dataclass(frozen=True)
class MemorySource:
    """A few thousand notices at most: each worker process gets all of them."""

    notices: Sequence[NoticeData]

    def setup(self) -> None:
        """Nothing to open."""

    def items(self) -> Iterable[PrintItem]:
        """One a notice."""
        return [print_item(notice) for notice in self.notices]

    def load(self, numbers: Sequence[str]) -> Sequence[NoticeData]:
        """The notices with these numbers, in this order."""
        by_number = {notice.notice_number: notice for notice in self.notices}
        return [by_number[number] for number in numbers if number in by_number]
