"""Where the documents of a print run come from: the memory, or the database that each worker process opens for itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from kokuho.core import writing
from kokuho.core.access import Actor
from kokuho.core.writing import Writer
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


@dataclass(frozen=True, kw_only=True)
class DatabaseSource:
    """What a source that reads the database needs in each worker process. Every read is on behalf of the one who ordered the run."""

    letter_date: date
    by: Actor
    batch_id: int
    database_url: str
    writer: Writer = field(default_factory=writing.current)

    def setup(self) -> None:
        """Set Django up in a worker process: on the database and in the name of the one who started it."""
        from kokuho.core import manage

        os.environ["DATABASE_URL"] = self.database_url
        writing.name(self.writer.order())
        manage.setup()
