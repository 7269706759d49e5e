"""The 44 digits of the GS1-128 on a payment slip (標準料金代理収納).

AI `91`, 請求書発行企業コード 6, 自由使用欄 21, 再発行区分 1, 支払期限日 YYMMDD, 印紙フラグ 1, 支払金額 6, check
digit. The layout `konbini-barcode` reads files of such codes; here single codes are made and taken apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kokuho.formats.checkdigits import gs1_digit, gs1_payment_ok

AMOUNT_LIMIT = 300_000
NO_DUE_DATE = "999999"


class PaymentBarcodeError(ValueError):
    """The values cannot be a payment barcode, or the digits are not one."""


@dataclass(frozen=True, slots=True)
class PaymentBarcode:
    """What a barcode says. `amount` in yen; `due` None means that no date is written (999999)."""

    issuer: str
    free: str
    reissue: int
    due: date | None
    revenue_stamp: bool
    amount: int

    @property
    def digits(self) -> str:
        """The 44 digits with their check digit."""
        due = NO_DUE_DATE if self.due is None else self.due.strftime("%y%m%d")
        body = f"91{self.issuer}{self.free}{self.reissue}{due}{int(self.revenue_stamp)}{self.amount:06}"
        return body + gs1_digit(body)

    @property
    def readable(self) -> tuple[str, str]:
        """The two lines of digits under the bars."""
        digits = self.digits
        second = f"{digits[29]}-{digits[30:36]}-{digits[36]}-{digits[37:43]}-{digits[43]}"
        return f"(91){digits[2:8]}-{digits[8:29]}", second


def payment_barcode(
    issuer: str, free: str, amount: int, *, due: date | None, reissue: int = 0, revenue_stamp: bool = False
) -> PaymentBarcode:
    """Make a barcode from 企業コード (6 digits), the collection agent's 21 digits and the amount in yen.

    Raises PaymentBarcodeError above 300,000 yen (no store takes the slip), for a due date outside 2000 to 2099 and for
    values that are not digits of the right number.
    """
    for value, size, name in ((issuer, 6, "請求書発行企業コード"), (free, 21, "自由使用欄")):
        if not (len(value) == size and value.isascii() and value.isdigit()):
            raise PaymentBarcodeError(f"{name}は{size}桁の数字です")
    if not 0 < amount <= AMOUNT_LIMIT:
        raise PaymentBarcodeError(f"支払金額は1円から{AMOUNT_LIMIT:,}円までです")
    if not 0 <= reissue <= 9:
        raise PaymentBarcodeError("再発行区分は0から9です")
    if due is not None and not 2000 <= due.year <= 2099:
        raise PaymentBarcodeError("支払期限日は2000年から2099年までです")
    return PaymentBarcode(issuer, free, reissue, due, revenue_stamp, amount)


def read_payment_barcode(digits: str) -> PaymentBarcode:
    """Take 44 digits apart. PaymentBarcodeError when they are no barcode or the check digit is wrong."""
    if not gs1_payment_ok(digits):
        raise PaymentBarcodeError("91で始まり検査数字の合う44桁ではありません")
    due = None
    if digits[30:36] != NO_DUE_DATE:
        try:
            due = date(2000 + int(digits[30:32]), int(digits[32:34]), int(digits[34:36]))
        except ValueError as error:
            raise PaymentBarcodeError("支払期限日が実在しません") from error
    if digits[36] not in "01":
        raise PaymentBarcodeError("印紙フラグは0か1です")
    return PaymentBarcode(digits[2:8], digits[8:29], int(digits[29]), due, digits[36] == "1", int(digits[37:43]))
