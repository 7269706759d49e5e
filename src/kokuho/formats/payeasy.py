"""Numbers of ペイジー (MPN) and the names of its batch files. Message layouts are for members of the network only.

Sources: https://itpfdoc.hitachi.co.jp/manuals/3000/3000349260/A4920236.HTM (sizes),
http://itpfdoc.hitachi.co.jp/manuals/3000/3000349610/c349610.epub (file name).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kokuho.formats.dates import month_day_ok

_FILE_NAME = re.compile(r"(\d{2})_(\d{5})_(\d{5})_(\d{4})_(\d{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PayeasyNumbers:
    """What a payer types in: 収納機関番号 5, 納付番号 up to 20, 確認番号 up to 6, 納付区分 up to 16 digits."""

    agency: str
    payment: str
    confirmation: str
    category: str = ""

    def __post_init__(self) -> None:
        """ValueError when a number is too long or holds anything but digits."""
        for value, least, most, name in (
            (self.agency, 5, 5, "収納機関番号"),
            (self.payment, 1, 20, "納付番号"),
            (self.confirmation, 1, 6, "確認番号"),
            (self.category, 0, 16, "納付区分"),
        ):
            if not (least <= len(value) <= most and re.fullmatch(r"[0-9]*", value)):
                raise ValueError(f"{name}は{most}桁以内の数字です" if least != most else f"{name}は{most}桁の数字です")


@dataclass(frozen=True, slots=True)
class BatchFileName:
    """Name of a batch file: kind (01 一括消込データ), sending bank, 収納機関, MMDD, serial number of the day."""

    kind: str
    bank: str
    agency: str
    month_day: str
    serial: int

    def __str__(self) -> str:
        return f"{self.kind}_{self.bank}_{self.agency}_{self.month_day}_{self.serial:03}"

    @classmethod
    def parse(cls, name: str) -> BatchFileName:
        """Read `01_aaaaa_bbbbb_mmdd_nnn`; ValueError when the name is another."""
        match = _FILE_NAME.fullmatch(name)
        if not match or not month_day_ok(match.group(4)):
            raise ValueError("ファイル名は 01_aaaaa_bbbbb_mmdd_nnn の形です")
        kind, bank, agency, month_day, serial = match.groups()
        return cls(kind, bank, agency, month_day, int(serial))
