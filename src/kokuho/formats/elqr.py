"""eL-QR, the 255 digits of 地方税統一QRコード: reading. Issuing is blocked.

Two check digits of two figures each inside tag 27 follow a rule of the MIC specification that was not obtained, so an
own code could not be valid. Reading checks the structure, the lengths and the CRC; it does not judge those two.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from kokuho.formats.decode import open_decode

ISSUING_BLOCKED = (
    "eL-QRの発行はできません。2か所の検査数字（CD）の算出規則が公表資料で確認できていないためです"
    "（総務省「地方税統一QRコード」仕様 https://www.soumu.go.jp/main_content/000807095.pdf を入手後に対応）"
)


class ElQrError(ValueError):
    """The text is not an eL-QR, or issuing one was asked for."""


@dataclass(frozen=True, slots=True)
class ElQr:
    """What an eL-QR says: yen, 賦課年度, 課税年度, 期別, due date, last payment date and the keys of the case."""

    amount: int
    levy_year: int
    tax_year: int
    term: str
    due: date
    payable_until: date
    case_key: str
    confirmation: str
    institution: str
    office: str
    fields: dict[str, Any]


def read_elqr(text: str) -> ElQr:
    """Take the 255 digits apart; ElQrError says what is wrong with them."""
    decoding = open_decode("el-qr", io.BytesIO(text.encode("ascii", "replace")))
    records = list(decoding.records())
    if not decoding.ok or len(records) != 1:
        raise ElQrError("／".join(error.message for error in decoding.errors) or "1件のコードではありません")
    found = records[0].fields
    if found["amount"] != found["mpn_amount"]:
        raise ElQrError("金額（タグ54）と払込金額（タグ27）が違います")
    return ElQr(
        amount=int(found["amount"]),
        levy_year=int(found["levy_year"]),
        tax_year=int(found["tax_year"]),
        term=str(found["term"]),
        due=_date(found["due"]),
        payable_until=_date(found["payable_until"]),
        case_key=str(found["case_key"]),
        confirmation=str(found["confirmation"]),
        institution=str(found["institution"]),
        office=str(found["office"]),
        fields=found,
    )


def _date(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def issue_elqr(*_: Any, **__: Any) -> str:
    """Always raises ElQrError: see ISSUING_BLOCKED."""
    raise ElQrError(ISSUING_BLOCKED)
