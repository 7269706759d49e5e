"""Topics about cash benefits: birth and funeral grants, 療養費, 移送費, meals, loans, prescription."""

from __future__ import annotations

from typing import Any

from kokuho.law import shape
from kokuho.law.benefit.expenses import (
    Expense,
    ExpenseKind,
    OverseasExpense,
    medical_expense,
    overseas_expense,
    transport_expense,
)
from kokuho.law.benefit.grants import Birth, birth_grant, funeral_grant
from kokuho.law.benefit.loans import loan
from kokuho.law.benefit.meals import MealClass, long_stay, meal_difference
from kokuho.law.benefit.prescription import BenefitKind, Prescription, high_cost_prescription, prescription
from kokuho.law.benefit.settings import grant_settings, loan_settings, prescription_settings
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.schema import day
from kokuho.law.shape import (
    COUNT,
    DATE,
    FLAG,
    MONTH,
    RATE,
    TEXT,
    YEN,
    Answer,
    Schema,
    optional_date,
    parse_rate,
    topic,
)
from kokuho.law.topic import Case, Topic


def _birth(case: Case) -> Answer:
    on = day(case["birth_date"], "birth_date")
    found = birth_grant(
        Birth(
            on,
            case["pregnancy_days"],
            case.get("children", 1),
            case.get("compensated", True),
            case.get("direct_payment"),
            case.get("other_scheme_months", 0),
            case.get("months_since_other_scheme"),
            case.get("other_scheme_chosen", False),
        ),
        grant_settings(on, case.get("settings")),
    )
    return {
        "grant": found.grant,
        "to_institution": found.to_institution,
        "difference": found.difference,
    }, found.steps


def _funeral(case: Case) -> Answer:
    on = day(case["died_on"], "died_on")
    amount, step = funeral_grant(
        on,
        grant_settings(on, case.get("settings")),
        ceremony_held=case["ceremony_held"],
        months_since_other_scheme=case.get("months_since_other_scheme"),
        other_scheme_pays=case.get("other_scheme_pays", False),
    )
    return {"amount": amount}, [step]


def _expense(case: Case) -> Answer:
    ratio = parse_rate(case["ratio"], "ratio")
    if ratio > 1:
        raise LawError("out_of_range", "ratio", "割合は100%までです。")
    kind = ExpenseKind(case["kind"])
    if kind is ExpenseKind.OVERSEAS:
        for key in ("paid_foreign", "exchange_rate"):
            if key not in case:
                raise LawError("missing_key", key, "海外療養費には外貨の実費と換算率が要ります。")
        found = overseas_expense(
            OverseasExpense(
                case["paid_foreign"],
                parse_rate(case["exchange_rate"], "exchange_rate"),
                case["standard"],
                ratio,
                case.get("for_treatment", False),
            )
        )
    else:
        if "paid" not in case:
            raise LawError("missing_key", "paid", "paid（実費）がありません。")
        found = medical_expense(Expense(kind, case["standard"], case["paid"], ratio))
    return {"assessed": found.assessed, "burden": found.burden, "benefit": found.benefit}, found.steps


def _transport(case: Case) -> Answer:
    amount, step = transport_expense(
        case["economical"],
        case["paid"],
        appropriate_care=case["appropriate_care"],
        could_not_move=case["could_not_move"],
        urgent=case["urgent"],
    )
    return {"amount": amount}, [step]


def _meals(case: Case) -> Answer:
    meals = {Month.parse(month, f"meals.{month}"): count for month, count in case["meals"].items()}
    found = meal_difference(meals, MealClass(case["paid_class"]), MealClass(case["due_class"]))
    return {"difference": found.difference, "meals": found.meals}, found.steps


def _long_stay(case: Case) -> Answer:
    stays = [
        (day(row["from"], f"stays[{index}].from"), day(row["to"], f"stays[{index}].to"))
        for index, row in enumerate(case["stays"])
    ]
    for index, (start, end) in enumerate(stays):
        if end < start:
            raise LawError("order", f"stays[{index}].to", "退院日が入院日より前です。")
    found = long_stay(stays, day(case["applied_on"], "applied_on"))
    return {
        "qualifies": found.qualifies,
        "days": found.days,
        "reduced_from": None if found.reduced_from is None else found.reduced_from.isoformat(),
    }, found.steps


def _loan(case: Case) -> Answer:
    on = day(case["on"], "on")
    found = loan(case["expected_benefit"], loan_settings(on, case.get("settings")), arrears=case.get("arrears", False))
    return {"amount": found.amount, "refused": found.refused}, found.steps


def _prescription(case: Case) -> Answer:
    kind = BenefitKind(case["kind"])
    found: Prescription
    if kind is BenefitKind.HIGH_COST:
        if "month" not in case:
            raise LawError("missing_key", "month", "高額療養費には診療月が要ります。")
        month = Month.parse(case["month"])
        found = high_cost_prescription(
            month,
            prescription_settings(month.first, case.get("settings")),
            paid_on=optional_date(case.get("paid_on"), "paid_on"),
            notice_arrived_on=optional_date(case.get("notice_arrived_on"), "notice_arrived_on"),
        )
    else:
        if "event_date" not in case:
            raise LawError("missing_key", "event_date", "支払日・出産日・葬祭の日・基準日のいずれかが要ります。")
        found = prescription(kind, day(case["event_date"], "event_date"))
    return {
        "start": found.start.isoformat(),
        "last_day": found.last_day.isoformat(),
        "barred_from": found.barred_from.isoformat(),
    }, found.steps


_NULL_TEXT = shape.nullable(TEXT)
_MEALS: Schema = {
    "type": "object",
    "additionalProperties": COUNT,
    "propertyNames": {"pattern": "[12][0-9]{3}-(0[1-9]|1[0-2])"},
    "description": "月ごとの食数",
}
_POSITIVE: Schema = {"type": "integer", "minimum": 1}
_MEAL_CLASS = shape.choice(*(kind.value for kind in MealClass))
_EXCHANGE: dict[str, Any] = {
    "type": "string",
    "pattern": "^[0-9]+(/[1-9][0-9]*|\\.[0-9]+)?$",
    "description": "外貨の最小単位1につき何円か",
}

CASH_TOPICS: tuple[Topic, ...] = (
    topic(
        "birth-grant",
        "出産育児一時金と差額",
        shape.case(
            {"birth_date": DATE, "pregnancy_days": COUNT},
            {
                "children": _POSITIVE,
                "compensated": {**FLAG, "description": "産科医療補償制度の加算の対象"},
                "direct_payment": {**YEN, "description": "医療機関の代理受領額。省くと直接支払なし"},
                "other_scheme_months": COUNT,
                "months_since_other_scheme": COUNT,
                "other_scheme_chosen": FLAG,
                "settings": shape.SETTINGS,
            },
        ),
        shape.result({"grant": YEN, "to_institution": YEN, "difference": YEN}),
        _birth,
    ),
    topic(
        "funeral-grant",
        "葬祭費",
        shape.case(
            {"died_on": DATE, "ceremony_held": FLAG},
            {"months_since_other_scheme": COUNT, "other_scheme_pays": FLAG, "settings": shape.SETTINGS},
        ),
        shape.result({"amount": YEN}),
        _funeral,
    ),
    topic(
        "medical-expense",
        "療養費・海外療養費・特別療養費",
        shape.case(
            {"kind": shape.choice(*(kind.value for kind in ExpenseKind)), "standard": YEN, "ratio": RATE},
            {"paid": YEN, "paid_foreign": COUNT, "exchange_rate": _EXCHANGE, "for_treatment": FLAG},
        ),
        shape.result({"assessed": YEN, "burden": YEN, "benefit": YEN}),
        _expense,
    ),
    topic(
        "transport-expense",
        "移送費",
        shape.case({"economical": YEN, "paid": YEN, "appropriate_care": FLAG, "could_not_move": FLAG, "urgent": FLAG}),
        shape.result({"amount": YEN}),
        _transport,
    ),
    topic(
        "meal-difference",
        "食事療養標準負担額の差額",
        shape.case({"meals": _MEALS, "paid_class": _MEAL_CLASS, "due_class": _MEAL_CLASS}),
        shape.result({"difference": YEN, "meals": COUNT}),
        _meals,
    ),
    topic(
        "long-stay",
        "長期入院該当",
        shape.case({"applied_on": DATE, "stays": shape.many(shape.record({"from": DATE, "to": DATE}))}),
        shape.result({"qualifies": FLAG, "days": COUNT, "reduced_from": shape.nullable(DATE)}),
        _long_stay,
    ),
    topic(
        "benefit-loan",
        "高額療養費の貸付",
        shape.case({"on": DATE, "expected_benefit": YEN}, {"arrears": FLAG, "settings": shape.SETTINGS}),
        shape.result({"amount": YEN, "refused": _NULL_TEXT}),
        _loan,
    ),
    topic(
        "claim-prescription",
        "保険給付を受ける権利の時効",
        shape.case(
            {"kind": shape.choice(*(kind.value for kind in BenefitKind))},
            {
                "event_date": DATE,
                "month": MONTH,
                "paid_on": DATE,
                "notice_arrived_on": DATE,
                "settings": shape.SETTINGS,
            },
        ),
        shape.result({"start": DATE, "last_day": DATE, "barred_from": DATE}),
        _prescription,
    ),
)
