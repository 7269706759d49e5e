"""Claims out of レセプト電算 files (UKE): one claim a patient and month, with what an insurer needs of it.

The layouts `uke-medical`, `uke-dental` and `uke-pharmacy` read the lines; here lines become claims, normalised so that a
municipality can match them with its own records (資格突合) and reckon 高額療養費.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from kokuho.formats.checkdigits import member_number_ok
from kokuho.formats.dates import PartialDate
from kokuho.formats.decode import Decoding, open_decode
from kokuho.formats.errors import FormatError

# The codes of `reception_faults`, for the list of codes.
CODES = {
    "3122": "後期高齢者医療の請求に記号がある",
    "3173": "後期高齢者医療の被保険者番号が8桁の数字ではない",
    "4151": "後期高齢者医療の被保険者番号の検査数字が合わない",
}


@dataclass(slots=True)
class PublicExpense:
    """公費 of a claim (KO): payer, recipient, points and the patient's share in yen."""

    payer_number: str
    recipient_number: str | None
    points: int | None
    copayment: int | None


@dataclass(slots=True)
class Claim:
    """A レセプト. Amounts in yen, points as claimed; `number` and `offset` say where its RE stands in the file.

    `symbol`, `insured_number` are normalised (half-width, without spaces); `insurer_number` without its leading spaces.
    """

    number: int
    offset: int
    receipt_kind: str
    treatment_month: str
    name: str
    name_kana: str | None
    sex: str
    birth_date: date | None
    benefit_percent: int | None
    admission_date: date | None
    special_notes: tuple[str, ...]
    meal_class: str | None
    search_number: str | None
    prefecture: str
    point_table: str
    institution: str
    insurer_number: str | None = None
    symbol: str | None = None
    insured_number: str | None = None
    branch: str | None = None
    days: int | None = None
    points: int | None = None
    copayment: int | None = None
    meal_count: int | None = None
    meal_amount: int | None = None
    counter_class: str | None = None
    confirmation: str | None = None
    visit_days: tuple[int, ...] = ()
    public: list[PublicExpense] = field(default_factory=list)
    diseases: list[str] = field(default_factory=list)

    @property
    def inpatient(self) -> bool:
        """入院: the last digit of レセプト種別 is odd."""
        return int(self.receipt_kind[3]) % 2 == 1

    @property
    def cost(self) -> int | None:
        """Cost in yen: points × 10 (meals are apart)."""
        return None if self.points is None else self.points * 10

    @property
    def elderly(self) -> bool:
        """後期高齢者医療: the second digit of レセプト種別 is 3."""
        return self.receipt_kind[1] == "3"

    @property
    def institution_code(self) -> str:
        """都道府県 2, 点数表 1 and the 7 digits: the ten over which the check digit runs."""
        return f"{self.prefecture}{self.point_table}{self.institution}"


def normalise(text: str | None) -> str | None:
    """記号 or 番号 in one spelling: half-width, without spaces; None when nothing is left."""
    if text is None:
        return None
    return "".join(unicodedata.normalize("NFKC", text).split()) or None


def claim_date(text: str | None) -> date | None:
    """A date of a claim, written YYYYMMDD or, before 2020, GYYMMDD."""
    return PartialDate.parse(text).exact if text else None


def claim_month(text: str) -> str:
    """A month of a claim as YYYY-MM, from YYYYMM or GYYMM."""
    if len(text) == 6:
        return f"{text[:4]}-{text[4:]}"
    found = PartialDate.parse(text + "00")
    return f"{found.year:04}-{found.month:02}"


def reception_faults(claim: Claim) -> list[FormatError]:
    """What the reception of claims refuses in a 後期高齢者医療 claim, under its own codes.

    3122 a 記号 is given, 3173 the 番号 has not eight digits, 4151 its check digit is wrong (記録条件仕様に基づく受付・事務点検).
    """
    if not claim.elderly:
        return []
    found: list[tuple[str, str, str]] = []
    number = claim.insured_number or ""
    if claim.symbol is not None:
        found.append(("3122", "symbol", "後期高齢者医療の請求に記号は記録しません。"))
    if not (len(number) == 8 and number.isascii() and number.isdigit()):
        found.append(("3173", "number", "後期高齢者医療の被保険者番号は8桁の数字です。"))
    elif not member_number_ok(number):
        found.append(("4151", "number", "被保険者番号の検査数字が合いません。"))
    return [FormatError(code, claim.number, field, claim.offset, text, "reception") for code, field, text in found]


class Claims:
    """The claims of a UKE file, one at a time. `decoding` has the errors once the iteration is over."""

    def __init__(self, layout_id: str, stream: BinaryIO) -> None:
        """`layout_id`: uke-medical, uke-dental or uke-pharmacy."""
        self.decoding: Decoding = open_decode(layout_id, stream)
        self._institution: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Claim]:
        """Claims in file order. One of which a line is wrong is left out; its faults are in the decoding."""
        claim: Claim | None = None
        for record in self.decoding.records(include_bad=True):
            kind, fields = record.kind, record.fields
            # a second 保険者 line means that the RE of the next claim was unreadable
            if kind in ("IR", "UK", "YK", "GO", "RE") or (kind == "HO" and claim is not None and claim.insurer_number):
                if claim is not None:
                    yield claim
                claim = None
            if record.faulty:
                claim = None
            elif kind == "RE":
                claim = self._begin(fields, record.number, record.offset)
            elif kind in ("IR", "UK", "YK"):
                self._institution = {**self._institution, **fields}
            elif kind == "GO":
                self._institution = {}
            elif claim is not None:
                _TAKERS.get(kind, _nothing)(claim, fields)
        if claim is not None:
            yield claim

    def _begin(self, fields: dict[str, Any], number: int, offset: int) -> Claim:
        place = self._institution
        notes = fields["special_notes"] or ""
        ratio = fields["benefit_ratio"]
        return Claim(
            number=number,
            offset=offset,
            receipt_kind=fields["receipt_kind"],
            treatment_month=claim_month(fields["treatment_month"]),
            name=fields["name"],
            name_kana=fields.get("name_kana"),
            sex=fields["sex"],
            birth_date=claim_date(fields["birth_date"]),
            benefit_percent=int(ratio) if ratio else None,
            admission_date=claim_date(fields.get("admission_date")),
            special_notes=tuple(notes[i : i + 2] for i in range(0, len(notes), 2)),
            meal_class=fields.get("meal_class"),
            search_number=fields.get("search_number"),
            prefecture=place.get("prefecture", ""),
            point_table=place.get("point_table", ""),
            institution=place.get("institution_code", ""),
        )


def _insurer(claim: Claim, fields: dict[str, Any]) -> None:
    claim.insurer_number = fields["insurer_number"].strip()
    claim.symbol = normalise(fields["symbol"])
    claim.insured_number = normalise(fields["number"])
    claim.days = fields["days"]
    claim.points = fields["points"]
    claim.copayment = fields.get("copayment")
    claim.meal_count = fields.get("meal_count")
    claim.meal_amount = fields.get("meal_amount")


def _public(claim: Claim, fields: dict[str, Any]) -> None:
    claim.public.append(
        PublicExpense(fields["payer_number"], fields["recipient_number"], fields.get("points"), fields.get("copayment"))
    )


def _qualification(claim: Claim, fields: dict[str, Any]) -> None:
    if fields["bearer"] == "1":
        claim.branch = fields["branch"]
        claim.confirmation = fields["confirmation"]


def _visits(claim: Claim, fields: dict[str, Any]) -> None:
    if fields["bearer"] == "1":
        claim.visit_days = tuple(day for day, mark in enumerate(fields["days"], start=1) if mark == "1")


def _counter(claim: Claim, fields: dict[str, Any]) -> None:
    claim.counter_class = fields["counter_class"]


def _disease(claim: Claim, fields: dict[str, Any]) -> None:
    claim.diseases.append(fields["disease_code"])


def _nothing(claim: Claim, fields: dict[str, Any]) -> None:
    """Records that the insurer's matching does not use (acts, drugs, comments)."""


_TAKERS = {
    "HO": _insurer,
    "KO": _public,
    "SN": _qualification,
    "JD": _visits,
    "MF": _counter,
    "SY": _disease,
    "HS": _disease,
}
