"""国保情報集約システムから (IF-19-3, -4, -7, -9, -13 to -15): results, dates, member IDs, 継続世帯, registered cards, 資格重複.

None of these files may hold a My Number (`doors` puts such a file away). Records are matched by 宛名番号 first; what does not
match is not applied and goes to the work list (FED-04).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kokuho.core import bulk
from kokuho.core.access import Actor
from kokuho.exchange.doors import Applied, Door, data_batches
from kokuho.exchange.federation import answers, online, receipts
from kokuho.exchange.models import InboxFile

RECEIPT, DATES, MEMBER_ID = "shuyaku-receipt", "shuyaku-dates", "shuyaku-member-id"
CANDIDATES, RESULT = "shuyaku-candidates", "shuyaku-result"
CARD_USE, OVERLAP = "shuyaku-card-use", "shuyaku-overlap"

# layout → columns that are staged: (column, type, item of the layout)
_COLUMNS: dict[str, tuple[tuple[str, str, str], ...]] = {
    RECEIPT: (
        ("file_name", "text", "file_name"), ("line", "int", "record"), ("atena_no", "bigint", "atena_number"),
        ("result", "text", "result"), ("error_code", "text", "error_code"), ("message", "text", "message"),
    ),
    DATES: (
        ("member_id", "text", "member_id"), ("atena_no", "bigint", "atena_number"), ("acquired_on", "date", "prefecture_acquired_on"),
        ("lost_on", "date", "prefecture_lost_on"), ("judgement", "text", "judgement"), ("told_at", "timestamp", "processed_at"),
    ),
    MEMBER_ID: (
        ("atena_no", "bigint", "atena_number"), ("member_id", "text", "member_id"), ("prefecture_id", "text", "prefecture_id"),
    ),
    CANDIDATES: (
        ("list_number", "text", "list_number"), ("month", "text", "month"), ("from_municipality", "text", "from_municipality"),
        ("to_municipality", "text", "to_municipality"), ("from_household", "bigint", "from_household"),
        ("to_household", "bigint", "to_household"), ("members", "int", "members"),
    ),
    RESULT: (
        ("list_number", "text", "list_number"), ("household_no", "bigint", "household"), ("result", "text", "result"),
        ("fixed_on", "date", "fixed_on"),
    ),
    CARD_USE: (
        ("atena_no", "bigint", "atena_number"), ("born", "text", "birth_date"), ("state", "text", "state"), ("as_of", "date", "as_of"),
        ("changed_on", "date", "changed_on"),
    ),
    OVERLAP: (
        ("atena_no", "bigint", "atena_number"), ("born", "text", "birth_date"), ("insurer", "text", "other_insurer"),
        ("insurer_name", "text", "other_name"), ("acquired_on", "date", "other_acquired_on"), ("lost_on", "date", "other_lost_on"),
        ("told_on", "date", "found_on"),
    ),
}  # fmt: skip
_APPLY: dict[str, Callable[[Actor, InboxFile], Applied]] = {
    RECEIPT: receipts.apply, DATES: answers.apply_dates, MEMBER_ID: answers.apply_ids, CANDIDATES: answers.apply_candidates,
    RESULT: answers.apply_continued, CARD_USE: online.apply_registrations, OVERLAP: online.apply_overlaps,
}  # fmt: skip


def _stage(decoder: Any, file: InboxFile) -> None:
    columns = _COLUMNS[file.layout]

    def rows() -> Iterator[list[Any]]:
        for batch in data_batches(decoder):
            order = [list(batch.names).index(item) for _, _, item in columns]
            for row, record in zip(batch.rows, batch.numbers, strict=True):
                yield [record, *(row[place] for place in order)]

    bulk.stage("staged", (("record", "int"), *((name, kind) for name, kind, _ in columns)), rows())
    bulk.analyze("staged")


def _apply(by: Actor, file: InboxFile, staged: None) -> Applied:
    return _APPLY[file.layout](by, file)


DOOR = Door("shuyaku", "国保情報集約システム", tuple(_COLUMNS), _stage, _apply)
