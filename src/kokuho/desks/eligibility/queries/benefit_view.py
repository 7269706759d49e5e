"""給付用の資格ビュー (SHI-22): who was insured under a number on a day of treatment, with everything that a benefit depends on.

`persons_of_number` finds who has or had a 記号・番号(・枝番), `on_day` answers for persons and a day: 資格, 一部負担割合, 所得区分,
認定, certificates in hand, 特例. It reads what is believed now; old numbers are found as well and lead to the number of that day.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.holders import Holder, holders
from kokuho.desks.eligibility.models import (
    BELIEVED,
    Certificate,
    CertificateHolding,
    DiseaseApproval,
    InsuredBranch,
    InsuredPeriod,
    LimitApproval,
    Status,
)
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.law.benefit.copayment import copayment_ratio

MOST = 30


@dataclass(frozen=True, slots=True)
class OnDay:
    """A person on a day. `holder` is None when the person was not insured then; `last` is the latest stay begun by then.

    `share` in tenths, 0 when it is not judged; `income_class` by the age on the day; `numbered_then`: the number asked for was the
    person's own on the day.
    """

    person: PersonView | None
    atena_no: int
    holder: Holder | None
    last: InsuredPeriod | None
    share: int
    income_class: str
    limits: Sequence[LimitApproval]
    diseases: Sequence[DiseaseApproval]
    certificates: Sequence[tuple[str, Certificate]]
    statuses: Sequence[Status]
    numbered_then: bool


def on_day(by: Actor, wanted: Sequence[int], day: date, *, on: date, number: str = "") -> list[OnDay]:
    """These persons as they were on a day, in their order. `number` is what was asked for; `on` the business date of the look.

    Needs `eligibility.read` and `certificate.read`.
    """
    by.require("eligibility.read")
    by.require("certificate.read")
    found = holders(wanted, day)
    shown = people.persons(by, wanted, on=on)
    stays: dict[int, InsuredPeriod] = {}
    for stay in InsuredPeriod.objects.filter(BELIEVED, atena_no__in=wanted, valid__startswith__lte=day).order_by("valid"):
        stays[stay.atena_no] = stay
    limits, diseases, statuses = (
        _by_person(model.objects.filter(BELIEVED, atena_no__in=wanted, valid__contains=day))
        for model in (LimitApproval, DiseaseApproval, Status)
    )
    papers_of = _certificates(wanted, day)
    seen(by, "eligibility.on_day", persons=wanted, detail={"day": day.isoformat()})
    return [
        OnDay(
            shown.get(no), no, holder := found.get(no), stays.get(no), _share(holder, day), _class(holder), limits.get(no, ()),
            diseases.get(no, ()), papers_of.get(no, ()), statuses.get(no, ()),
            holder is not None and (not number or holder.number == _plain(number)),
        )
        for no in wanted
    ]  # fmt: skip


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def persons_of_number(by: Actor, number: str, *, branch: str = "") -> list[int]:
    """宛名番号 of those who have or had a number, in the order of the 枝番; at most `MOST`."""
    by.require("eligibility.read")
    rows = InsuredBranch.objects.filter(BELIEVED, number=_plain(number))
    if branch:
        rows = rows.filter(branch=_plain(branch).zfill(2))
    return list(dict.fromkeys(rows.order_by("branch", "atena_no").values_list("atena_no", flat=True)[: MOST * 4]))[:MOST]


def _share(holder: Holder | None, day: date) -> int:
    """一部負担割合 in tenths; 0 for a senior whose household is not judged."""
    if holder is None:
        return 0
    if holder.senior:
        return int(holder.ratio_on(day) or 0)
    ratio, _ = copayment_ratio(holder.birth_date, day)
    return int(ratio * 10)


def _class(holder: Holder | None) -> str:
    return "" if holder is None else holder.over_70 if holder.senior else holder.under_70


def _by_person(rows: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.atena_no, []).append(row)
    return found


def _certificates(wanted: Sequence[int], day: date) -> dict[int, list[tuple[str, Certificate]]]:
    """Issued by the day, not run out, and not taken back, lost or replaced before it."""
    found: dict[int, list[tuple[str, Certificate]]] = {}
    rows = CertificateHolding.objects.filter(atena_no__in=wanted, certificate__issued_on__lte=day).select_related("certificate")
    for holding in rows.order_by("-certificate_id"):
        made = holding.certificate
        over = holding.state not in (CertificateHolding.HELD, CertificateHolding.RETURNED) and holding.changed_on <= day
        if not over and (made.valid_until is None or made.valid_until >= day) and (made.valid_from is None or made.valid_from <= day):
            found.setdefault(made.atena_no, []).append((papers.types()[made.kind].label, made))
    return found
