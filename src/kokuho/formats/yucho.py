"""ゆうちょ銀行: account numbers as its own 記号・番号 and as other banks write them.

Only 総合口座 (記号 beginning with 1). The rule is generally known but was not read in a source of the bank; compare the
result with the conversion that the bank's own page gives before relying on it (certainty: probable).
"""

from __future__ import annotations

from dataclasses import dataclass

BANK_CODE = "9900"


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account as bank files name it: 銀行番号 4, 支店番号 3, 預金種目 1, 口座番号 7."""

    bank_code: str
    branch_code: str
    account_type: str
    account_number: str


def from_symbol(symbol: str, number: str) -> BankAccount:
    """The account behind a 記号 (5 digits, `1abc0`) and a 番号 (2 to 8 digits ending in 1).

    店番 is `ab8`; the account number is the 番号 without its last digit, seven digits. ValueError for anything else.
    """
    if not (len(symbol) == 5 and symbol.isascii() and symbol.isdigit() and symbol[0] == "1" and symbol[4] == "0"):
        raise ValueError("総合口座の記号は1で始まり0で終わる5桁です")
    if not (2 <= len(number) <= 8 and number.isascii() and number.isdigit() and number[-1] == "1"):
        raise ValueError("総合口座の番号は8桁以内で1で終わります")
    return BankAccount(BANK_CODE, symbol[1:3] + "8", "1", number[:-1].zfill(7))
