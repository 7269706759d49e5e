"""住所地特例 (法116条の2), 修学中 (法116条), and who among foreign residents is insured (法5条・6条11号)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kokuho.law.eligibility.ages import first_march_31
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.steps import Step


@dataclass(frozen=True, slots=True)
class Residence:
    """One address: the municipality, from when, and the facility entered there (None = an ordinary home).

    `moved_because_of_stay` says that the address was moved for entering the facility.
    """

    municipality: str
    start: date
    facility: str | None = None
    moved_because_of_stay: bool = False


@dataclass(frozen=True, slots=True)
class ResponsibleMunicipality:
    """The municipality that insures the person, and whether that is by 住所地特例."""

    municipality: str
    special: bool
    steps: tuple[Step, ...]


def facility_covered(code: str, on: date, path: str = "facility") -> bool:
    """Whether a kind of facility carries 住所地特例; `LawError` ``unknown_facility``."""
    for row in table("eligibility-statuses").at("special_address_facilities", on).value:
        if row["code"] == code:
            return bool(row["covered"])
    raise LawError("unknown_facility", path, f"施設の種類 {code} は登録されていません。")


def responsible_municipality(residences: Sequence[Residence], on: date) -> ResponsibleMunicipality:
    """住所地特例: which municipality insures a person on a day, through any chain of facilities (法116条の2).

    `residences` are all known addresses. The municipality of the last home before the first of an unbroken chain of
    facilities stays responsible, within the prefecture or outside. Raises `LawError` ``no_residence``.
    """
    article = table("eligibility-statuses").at("special_address_facilities", on).article
    known = sorted((item for item in residences if item.start <= on), key=lambda item: item.start)
    if not known:
        raise LawError("no_residence", "residences", f"{on} の住所がありません。")
    responsible = known[0].municipality
    special = False
    steps = [Step("住所", f"{known[0].start} から {responsible}", responsible, "国民健康保険法5条")]
    for item in known[1:]:
        kept = item.facility is not None and item.moved_because_of_stay and facility_covered(item.facility, on)
        if kept and item.municipality != responsible:
            special = True
            text = f"{item.start} に施設へ入所して {item.municipality} に住所を移したが、前の市町村が保険者"
        else:
            responsible, special = item.municipality, False
            text = f"{item.start} から {item.municipality}"
        steps.append(Step("保険者の市町村", text, responsible, article))
    return ResponsibleMunicipality(responsible, special, tuple(steps))


def student_renewal_day(from_day: date) -> date:
    """修学中の特例 runs to the end of the school year: the next 31 March, to be renewed every year."""
    return first_march_31(from_day)


def student_applies(*, notified: bool, in_school: bool, supported_by_parents: bool, insured_elsewhere: bool) -> bool:
    """修学中の特例: whether a student living elsewhere belongs to the parents' household (法116条).

    Only by 届出: without it the student is insured where he lives. Not for those who support themselves.
    """
    return notified and in_school and supported_by_parents and not insured_elsewhere


@dataclass(frozen=True, slots=True)
class ForeignResident:
    """What decides about a foreign resident: 在留資格, 在留期間 (months; None = 期間の定めなし), papers, activity."""

    status: str
    period_months: int | None
    registered: bool
    """住民基本台帳の外国人住民."""
    documents_show_over_three_months: bool = False
    medical_or_leisure_stay: bool = False
    """特定活動の指定書が医療滞在・その付添い・観光保養."""
    social_security_certificate: bool = False
    """社会保障協定の適用証明書 for an agreement that covers health insurance."""


def foreign_resident_insured(person: ForeignResident, on: date) -> tuple[bool, Step]:
    """Whether a foreign resident is insured in 国保, with the step that says why (法6条11号・施行規則1条)."""
    known = table("eligibility-statuses")
    limit = known.at("residence_period_months", on)
    by_documents = known.at("residence_statuses", on)
    if person.social_security_certificate:
        return False, Step("社会保障協定", "適用証明書があるので対象外", "対象外", "社会保障協定")
    if person.medical_or_leisure_stay:
        return False, Step(
            "特定活動", "医療滞在・付添い・観光保養は対象外", "対象外", "国民健康保険法施行規則1条2号から4号まで"
        )
    if person.registered and (person.period_months is None or person.period_months > limit.value):
        period = "期間の定めなし" if person.period_months is None else f"{person.period_months}か月"
        return True, Step("外国人住民", f"在留期間 {period} ＞ {limit.value}か月", "対象", limit.article)
    if person.documents_show_over_three_months and person.status in by_documents.value:
        return True, Step(
            "書類による判定", f"{person.status}で3か月を超える滞在を書類で確認", "対象", by_documents.article
        )
    return False, Step("在留期間", f"{limit.value}か月以下で、書類による確認もない", "対象外", limit.article)


def stay_grace_end(expires: date) -> date:
    """Last day a person who applied for renewal in time keeps the status after the 在留期限 (入管法20条6項)."""
    target = Month.of(expires).plus(int(table("eligibility-statuses").at("stay_expiry_grace_months", expires).value))
    return date(target.year, target.month, min(expires.day, target.last.day))
