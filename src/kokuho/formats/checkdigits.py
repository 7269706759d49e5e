"""Check digits of the numbers that go through the interfaces. Pure arithmetic on digit strings.

Every `*_ok` function answers for any string and never raises: a number of the wrong length or with other characters is
simply not one. The functions that compute a digit raise ValueError when the body has the wrong length.

住民票コード is missing on purpose: its rule was not confirmed in a source.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import mul

# Q(n) of the ministerial order from the left: n counts from the right, n + 1 up to the sixth digit, n - 5 beyond.
_MY_NUMBER_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def _digits(body: str, length: int) -> list[int]:
    if len(body) != length or not (body.isascii() and body.isdigit()):
        raise ValueError(f"{length} digits expected")
    return list(map(int, body))


def _is_number(value: str, length: int) -> bool:
    return len(value) == length and value.isascii() and value.isdigit()


def my_number_digit(body: str) -> str:
    """Check digit of a 個人番号 from its first 11 digits (行政手続における…個人番号…に関する省令 第5条; modulus 11)."""
    rest = sum(map(mul, _digits(body, 11), _MY_NUMBER_WEIGHTS)) % 11
    return "0" if rest <= 1 else str(11 - rest)


def my_number_ok(value: str) -> bool:
    """Whether the 12 digits form a 個人番号."""
    return _is_number(value, 12) and my_number_digit(value[:11]) == value[11]


def corporate_number_digit(body: str) -> str:
    """Check digit, first in the number, of a 法人番号 from its last 12 digits (財務省令第70号第2条; modulus 9)."""
    total = sum(digit * (1 if n % 2 else 2) for n, digit in enumerate(reversed(_digits(body, 12)), start=1))
    return str(9 - total % 9)


def corporate_number_ok(value: str) -> bool:
    """Whether the 13 digits form a 法人番号."""
    return _is_number(value, 13) and corporate_number_digit(value[1:]) == value[0]


def municipality_code_digit(body: str) -> str:
    """Check digit of a 全国地方公共団体コード from its first 5 digits (weights 6 to 2, modulus 11)."""
    total = sum(digit * weight for digit, weight in zip(_digits(body, 5), (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def municipality_code_ok(value: str) -> bool:
    """Whether the 6 digits form a 全国地方公共団体コード."""
    return _is_number(value, 6) and municipality_code_digit(value[:5]) == value[5]


def luhn_digit(body: str) -> str:
    """Check digit of 保険者番号, 公費負担者番号, 受給者番号, 後期被保険者番号 and 医療機関コード.

    Weights 2, 1, 2, 1 … from the right, the digits of two-digit products added (保険者番号等設定要領).
    """
    total = 0
    for n, digit in enumerate(reversed(_digits(body, len(body)))):
        product = digit * (1 if n % 2 else 2)
        total += product // 10 + product % 10
    return str((10 - total % 10) % 10)


def _luhn_ok(value: str, length: int) -> bool:
    return _is_number(value, length) and luhn_digit(value[:-1]) == value[-1]


def insurer_number_ok(value: str) -> bool:
    """保険者番号: 8 digits with 法別番号, or 6 for 国保, which claims carry behind two spaces."""
    if len(value) == 8 and value.startswith("  "):
        value = value[2:]
    return _luhn_ok(value, 8) or _luhn_ok(value, 6)


def member_number_ok(value: str) -> bool:
    """後期高齢者医療の被保険者番号: 7 digits and a check digit."""
    return _luhn_ok(value, 8)


def medical_institution_ok(value: str) -> bool:
    """医療機関コード with 都道府県 2 and 点数表 1 before its 7 digits."""
    return _luhn_ok(value, 10)


def public_payer_ok(value: str) -> bool:
    """公費負担者番号: 8 digits."""
    return _luhn_ok(value, 8)


def public_recipient_ok(value: str) -> bool:
    """公費負担医療の受給者番号: 7 digits."""
    return _luhn_ok(value, 7)


def gs1_digit(body: str) -> str:
    """GS1 check digit: weights 3, 1 from the right, modulus 10. In a 収納用 GS1-128 it covers 43 digits, the 91 too."""
    total = sum(digit * (1 if n % 2 else 3) for n, digit in enumerate(reversed(_digits(body, len(body)))))
    return str((10 - total % 10) % 10)


def gs1_payment_ok(value: str) -> bool:
    """The 44 digits of the GS1-128 on a payment slip: begins with AI 91 and its check digit holds."""
    return _is_number(value, 44) and value.startswith("91") and gs1_digit(value[:43]) == value[43]


def crc16_ccitt_false(data: bytes) -> int:
    """CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF, not reflected) of the eL-QR."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return crc


# Names used by `check:` of a layout item and by `kokuho formats check KIND`.
CHECKS: dict[str, Callable[[str], bool]] = {
    "my-number": my_number_ok,
    "corporate-number": corporate_number_ok,
    "municipality-code": municipality_code_ok,
    "insurer-number": insurer_number_ok,
    "member-number": member_number_ok,
    "medical-institution": medical_institution_ok,
    "public-payer": public_payer_ok,
    "public-recipient": public_recipient_ok,
    "gs1-128-payment": gs1_payment_ok,
}
