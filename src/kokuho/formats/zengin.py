"""What a 全銀 file must agree with outside itself: the calendar, the directory of banks, the request that was sent.

The layouts check form, order and totals (Z01 to Z07, Z10, Z13, Z15). The codes here need knowledge that the file does not
hold: Z08 引落日 on no business day, Z09 bank or branch unknown, Z11 a key that was not sent, Z12 another amount than the
request's, Z14 a file that was taken in before.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from kokuho.formats.decode import Record
from kokuho.formats.errors import FormatError

# The codes of this module, for the list of codes.
CODES = {
    "Z08": "引落日・振込指定日が銀行の営業日ではない",
    "Z09": "銀行・支店が金融機関の一覧にない",
    "Z11": "依頼していない顧客番号の結果",
    "Z12": "結果の金額が依頼と違う",
    "Z14": "取込み済みのファイル",
}
_DATES = ("debit_date", "transfer_date")
_KEYS = "customer_number"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known outside a file; whatever is None is not checked.

    `year` of 引落日 (files carry MMDD only) and `is_business_day`; `bank_exists(bank, branch)`; `requested`: 顧客番号 to yen.
    """

    year: int | None = None
    is_business_day: Callable[[date], bool] | None = None
    bank_exists: Callable[[str, str], bool] | None = None
    requested: Mapping[str, int] | None = None


def business_day(day: date, holidays: Container[date]) -> bool:
    """Whether banks are open: no weekend, no holiday of the table, not 31 December to 3 January (銀行法施行令第5条)."""
    return day.weekday() < 5 and day not in holidays and (day.month, day.day) not in ((12, 31), (1, 1), (1, 2), (1, 3))


def already_taken(digest: str, known: Container[str]) -> FormatError | None:
    """Z14 when a file's SHA-256 is among those taken in before."""
    return _error("Z14", 0, 0, None, "このファイルは取込み済みです。") if digest in known else None


def disagreements(records: Iterable[Record], around: Surroundings) -> Iterator[FormatError]:
    """Go through the records of a request, result or payment file and report what disagrees with the surroundings."""
    for record in records:
        if record.kind == "header":
            yield from _date(record, around)
        if record.kind in ("header", "data") and around.bank_exists is not None:
            bank, branch = record.fields["bank_code"], record.fields["branch_code"]
            if not around.bank_exists(bank, branch):
                yield _at(record, "Z09", "bank_code", f"銀行{bank}・支店{branch}は金融機関の一覧にありません。")
        if record.kind == "data" and around.requested is not None and _KEYS in record.fields:
            key = record.fields[_KEYS]
            if key not in around.requested:
                yield _at(record, "Z11", _KEYS, "依頼していない顧客番号です。")
            elif around.requested[key] != record.fields["amount"]:
                yield _at(record, "Z12", "amount", f"依頼した金額（{around.requested[key]:,}円）と違います。")


def _date(record: Record, around: Surroundings) -> Iterator[FormatError]:
    if around.year is None or around.is_business_day is None:
        return
    for name in _DATES:
        text = record.fields.get(name)
        if text is None:
            continue
        try:
            day = date(around.year, int(text[:2]), int(text[2:]))
        except ValueError:
            yield _at(record, "Z08", name, f"{around.year}年にない日付です（{text}）。")
            continue
        if not around.is_business_day(day):
            yield _at(record, "Z08", name, f"{day.isoformat()}は銀行の営業日ではありません。")


def _at(record: Record, code: str, field: str, message: str) -> FormatError:
    return _error(code, record.number, record.offset, field, message)


def _error(code: str, number: int, offset: int, field: str | None, message: str) -> FormatError:
    return FormatError(code, number, field, offset, message, "surroundings")


@lru_cache(maxsize=1)
def _directory() -> dict[str, frozenset[str]]:
    from zengin_code import Bank

    return {code: frozenset(bank.branches) for code, bank in Bank.all.items()}


def bank_exists(bank: str, branch: str) -> bool:
    """Whether the bank and the branch are in the directory of the package `zengin-code`."""
    return branch in _directory().get(bank, frozenset())
