"""Topics about ratio and class: copayment-ratio, income-class."""

from __future__ import annotations

from typing import Any

from kokuho.law import shape
from kokuho.law.benefit.copayment import (
    ActiveJudgement,
    SeniorIncome,
    copayment_ratio,
    insured_share,
    judge_active,
    window_amount,
)
from kokuho.law.benefit.income_class import Member, Role, income_class
from kokuho.law.benefit.settings import class_settings
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.schema import day
from kokuho.law.shape import COUNT, DATE, FLAG, MONTH, RATE, TEXT, YEN, Answer, parse_rate, percent, topic
from kokuho.law.steps import Step
from kokuho.law.topic import Case, Topic

_SENIOR = shape.record(
    {"taxable": YEN, "receipts": YEN, "base": YEN}, {"dependants_under_16": COUNT, "dependants_16_to_18": COUNT}
)
_MEMBER = shape.record(
    {"role": shape.choice(*(role.value for role in Role)), "total_income": YEN, "taxed": FLAG},
    {
        "id": TEXT,
        "salary_income": YEN,
        "pension_receipts": YEN,
        "other_income": YEN,
        "combined_income": YEN,
        "base_income": YEN,
        "exempted": FLAG,
        "domestic": FLAG,
        "declared": FLAG,
        "earner": FLAG,
        "involuntary": FLAG,
        "senior": FLAG,
        "taxable_income": YEN,
        "receipts": YEN,
        "dependants_under_16": COUNT,
        "dependants_16_to_18": COUNT,
    },
)


def _judgement(found: ActiveJudgement | None) -> dict[str, Any]:
    return {
        "active": found is not None and found.active,
        "class": None if found is None else found.income_class,
        "exemption": None if found is None or found.exemption is None else found.exemption.value,
        "application_needed": found is not None and found.application_needed,
    }


def _ratio(case: Case) -> Answer:
    on = day(case["date"], "date")
    if "seniors" in case and "active" in case:
        raise LawError("not_allowed", "active", "active と seniors は一方だけ入力してください。")
    found = None
    steps: list[Step] = []
    if "seniors" in case:
        found = judge_active(
            [SeniorIncome(**row) for row in case["seniors"]],
            Month.of(on),
            class_settings(on, case.get("settings")),
            former_insured_receipts=case.get("former_insured_receipts", ()),
            applied=case.get("applied", False),
        )
        steps += found.steps
    active = found.active if found is not None else case.get("active", False)
    ordinance = parse_rate(case["ordinance_ratio"], "ordinance_ratio") if "ordinance_ratio" in case else None
    born = day(case["birth_date"], "birth_date")
    ratio, step = copayment_ratio(born, on, active=active, ordinance=ordinance)
    steps.append(step)
    result: dict[str, Any] = {"ratio": percent(ratio), **_judgement(found), "active": active}
    if "cost" in case:
        share = insured_share(case["cost"], ratio)
        window = window_amount(share, on)
        steps.append(Step("窓口での一部負担金", f"{share:,}円を10円単位に四捨五入", window, "国民健康保険法42条の2"))
        result |= {"share": share, "window": window}
    return result, steps


def _class(case: Case) -> Answer:
    month = Month.parse(case["month"])
    members = []
    for index, row in enumerate(case["members"]):
        values = {key: value for key, value in row.items() if key not in ("id", "role")}
        if row.get("senior") and row["role"] in ("insured", "insured_head"):
            for key in ("taxable_income", "receipts"):
                if key not in row:
                    raise LawError(
                        "missing_key", f"members[{index}].{key}", "70歳以上の被保険者には課税所得と収入が要ります。"
                    )
        members.append(Member(role=Role(row["role"]), **values))
    settings = class_settings(month.first, case.get("settings"))
    found = income_class(members, month, settings, applied=case.get("applied", False))
    judged = _judgement(found.active)
    return {
        "class_under_70": found.under_70,
        "class_70_plus": found.over_70,
        "base_total": found.base_total,
        "active": judged["active"],
        "exemption": judged["exemption"],
        "application_needed": judged["application_needed"],
    }, found.steps


_NULL_TEXT = shape.nullable(TEXT)

INCOME_TOPICS: tuple[Topic, ...] = (
    topic(
        "copayment-ratio",
        "一部負担金の割合",
        shape.case(
            {"birth_date": DATE, "date": DATE},
            {
                "active": FLAG,
                "seniors": shape.many(_SENIOR, 1),
                "former_insured_receipts": shape.many(YEN),
                "applied": FLAG,
                "cost": YEN,
                "ordinance_ratio": RATE,
                "settings": shape.SETTINGS,
            },
        ),
        shape.result(
            {
                "ratio": RATE,
                "active": FLAG,
                "class": _NULL_TEXT,
                "exemption": _NULL_TEXT,
                "application_needed": FLAG,
            },
            {"share": YEN, "window": YEN},
        ),
        _ratio,
    ),
    topic(
        "income-class",
        "高額療養費の所得区分",
        shape.case({"month": MONTH, "members": shape.many(_MEMBER, 1)}, {"applied": FLAG, "settings": shape.SETTINGS}),
        shape.result(
            {
                "class_under_70": TEXT,
                "class_70_plus": _NULL_TEXT,
                "base_total": YEN,
                "active": FLAG,
                "exemption": _NULL_TEXT,
                "application_needed": FLAG,
            }
        ),
        _class,
    ),
)
