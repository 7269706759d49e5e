"""Topics about one month: high-cost, claim-share, multiple-count, limit-certificate."""

from __future__ import annotations

from kokuho.law import shape
from kokuho.law.benefit.apportion import refund_to_aid
from kokuho.law.benefit.certificates import limit_certification
from kokuho.law.benefit.claim_share import SingleClaim, claim_share
from kokuho.law.benefit.classes import OVER_70, PLANNED_OVER_70, PLANNED_UNDER_70, UNDER_70, claim_marks
from kokuho.law.benefit.copayment import insured_share, window_amount
from kokuho.law.benefit.high_cost import high_cost, unit_steps
from kokuho.law.benefit.limits import WHOLE, limits_for
from kokuho.law.benefit.multiple import is_multiple, multiple_count, multiple_step
from kokuho.law.benefit.reading import cost_of, default_ratio, household_month, public_part, read_share
from kokuho.law.benefit.settings import high_cost_settings
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.schema import day
from kokuho.law.shape import (
    COUNT,
    DATE,
    FLAG,
    MONTH,
    RATE,
    SIGNED_YEN,
    TEXT,
    YEN,
    Answer,
    Schema,
    optional_date,
    parse_rate,
    topic,
)
from kokuho.law.topic import Case, Topic

_UNDER = shape.choice(*dict.fromkeys((*UNDER_70, *PLANNED_UNDER_70)))
_OVER = shape.choice(*dict.fromkeys((*OVER_70, *PLANNED_OVER_70)))
_ANY = shape.choice(*dict.fromkeys((*UNDER_70, *OVER_70, *PLANNED_UNDER_70, *PLANNED_OVER_70)))
_SHARE = shape.choice("1", "1/2", "1/4")
_REASON = shape.choice("turning-75", "transfer")
_KIND = shape.choice("intractable", "mental-outpatient", "rehabilitation", "other")
_NULL_YEN = shape.nullable(YEN)
_PUBLIC = shape.nullable(
    shape.record(
        {},
        {"kind": _KIND, "cost": YEN, "points": COUNT, "rate": RATE, "fixed": YEN, "cap": _NULL_YEN, "multiple": FLAG},
    )
)
_CLAIM = shape.record(
    {
        "person": TEXT,
        "age_70_plus": FLAG,
        "setting": shape.choice("inpatient", "outpatient"),
        "institution": TEXT,
        "cost": {**YEN, "description": "医療保険のみの部分の10割（円）"},
    },
    {
        "paid": {**YEN, "description": "一部負担金。省くと cost × ratio"},
        "in_kind": {**YEN, "description": "現物給付された高額療養費。paid はこれを引いた後の額"},
        "ratio": RATE,
        "dental": FLAG,
        "prescriber": {**shape.nullable(TEXT), "description": "調剤のとき、処方箋を出した医療機関"},
        "specific_disease_cap": _NULL_YEN,
        "public_expense": _PUBLIC,
        "turned_75": {**FLAG, "description": "75歳到達時特例対象療養"},
        "aid": {**YEN, "description": "福祉医療（自治体の助成）が患者に代わって払った額"},
    },
)
_LIMITS = shape.record(
    {
        "outpatient": {"type": "object", "additionalProperties": YEN},
        "turned_75": {"type": "object", "additionalProperties": YEN},
        "over_70": _NULL_YEN,
        "household": _NULL_YEN,
    }
)


def _high_cost(case: Case) -> Answer:
    when = Month.parse(case["month"])
    status = limits_for(when, planned=case.get("planned", False)).status
    settings = high_cost_settings(when.first, case.get("settings"))
    month = household_month(case, when, settings)
    found = high_cost(month)
    payable = found.total + found.specific_benefit - found.in_kind
    return {
        "outpatient": found.outpatient,
        "over_70": found.over_70,
        "household": found.household,
        "total": found.total,
        "payable": payable,
        "to_aid": min(max(0, payable), refund_to_aid(month, found)),
        "notify": payable > 0 and payable >= settings.notice_minimum,
        "in_kind": found.in_kind,
        "public_expense_benefit": found.public_benefit,
        "specific_disease_benefit": found.specific_benefit,
        "withheld_household": found.withheld_household,
        "counts_for_multiple": found.counts_for_multiple,
        "limits": {
            "outpatient": dict(found.limits.outpatient),
            "turned_75": dict(found.limits.turned_75),
            "over_70": found.limits.over_70,
            "household": found.limits.household,
        },
        "status": status,
    }, [*unit_steps(month, found), *found.steps]


def _claim_share(case: Case) -> Answer:
    month = Month.parse(case["month"])
    senior, income_class = case["age_70_plus"], case["class"]
    ratio = parse_rate(case["ratio"], "ratio") if "ratio" in case else default_ratio(senior, income_class)
    if ratio > 1:
        raise LawError("out_of_range", "ratio", "割合は100%までです。")
    share, scheme_half = read_share(case)
    cost = cost_of(case, "")
    public = case.get("public_expense")
    found = claim_share(
        SingleClaim(
            month=month,
            income_class=income_class,
            senior=senior,
            inpatient=case.get("setting", "inpatient") == "inpatient",
            cost=cost,
            share=insured_share(cost, ratio),
            multiple=case.get("multiple", False),
            specific_cap=case.get("specific_disease_cap"),
            public=None if public is None else public_part(public, ratio, senior, "public_expense"),
            share_of_limit=share,
            scheme_share=share if scheme_half and share.denominator == 2 else WHOLE / 2 if scheme_half else WHOLE,
            planned=case.get("planned", False),
        )
    )
    return {
        "patient": found.patient,
        "limit": found.limit,
        "refund": found.refund,
        "combined": found.combined,
        "window": window_amount(found.patient, month.first) if found.refund == 0 else found.patient,
    }, found.steps


def _multiple(case: Case) -> Answer:
    month = Month.parse(case["month"])
    counted = [Month.parse(text, f"counted_months[{index}]") for index, text in enumerate(case["counted_months"])]
    step = multiple_step(counted, month)
    return {"count": multiple_count(counted, month), "multiple": is_multiple(counted, month)}, [step]


def _certificate(case: Case) -> Answer:
    found = limit_certification(
        day(case["birth_date"], "birth_date"),
        case["class"],
        day(case["applied_on"], "applied_on"),
        confirmed_online=case.get("confirmed_online", False),
        arrears=case.get("arrears", False),
        special_circumstances=case.get("special_circumstances", False),
        acquired_on=optional_date(case.get("acquired_on"), "acquired_on"),
    )
    return {
        "kind": found.kind.value,
        "from": None if found.start is None else found.start.isoformat(),
        "to": None if found.end is None else found.end.isoformat(),
        "claim_mark": claim_marks(case["class"], multiple=case.get("multiple", False)),
    }, found.steps


_COMMON: dict[str, Schema] = {
    "multiple": FLAG,
    "share_of_limit": _SHARE,
    "share_reason": {
        **_REASON,
        "description": "turning-75 は公費・特定疾病の額も2分の1、transfer（県内転居）は半減しない",
    },
    "planned": {**FLAG, "description": "公表だけの予定の表（令和9年8月から）を使う"},
}

MONTH_TOPICS: tuple[Topic, ...] = (
    topic(
        "high-cost",
        "高額療養費（世帯の1か月）",
        shape.case(
            {"month": MONTH, "claims": shape.many(_CLAIM)},
            {
                "class_under_70": shape.nullable(_UNDER),
                "class_70_plus": shape.nullable(_OVER),
                **_COMMON,
                "settings": shape.SETTINGS,
            },
        ),
        shape.result(
            {
                "outpatient": YEN,
                "over_70": YEN,
                "household": YEN,
                "total": YEN,
                "payable": {**SIGNED_YEN, "description": "償還額。負なら現物給付の払い過ぎ"},
                "to_aid": {**YEN, "description": "償還額のうち福祉医療の助成側に帰属する額"},
                "notify": {**FLAG, "description": "勧奨を送る額か（設定 notice_minimum）"},
                "in_kind": YEN,
                "public_expense_benefit": YEN,
                "specific_disease_benefit": YEN,
                "withheld_household": {**YEN, "description": "70歳以上だけの世帯に第1項を行ったときの額"},
                "counts_for_multiple": FLAG,
                "limits": _LIMITS,
                "status": shape.choice("enacted", "announced", "planned"),
            }
        ),
        _high_cost,
    ),
    topic(
        "claim-share",
        "レセプト1件の窓口負担（現物給付）",
        shape.case(
            {"month": MONTH, "class": _ANY, "age_70_plus": FLAG},
            {
                "ratio": RATE,
                "setting": shape.choice("inpatient", "outpatient"),
                "points": COUNT,
                "cost": YEN,
                "specific_disease_cap": _NULL_YEN,
                "public_expense": _PUBLIC,
                **_COMMON,
            },
        ),
        shape.result({"patient": YEN, "limit": YEN, "refund": YEN, "combined": FLAG, "window": YEN}),
        _claim_share,
    ),
    topic(
        "multiple-count",
        "多数回該当の月数",
        shape.case({"month": MONTH, "counted_months": shape.many(MONTH)}),
        shape.result({"count": COUNT, "multiple": FLAG}),
        _multiple,
    ),
    topic(
        "limit-certificate",
        "限度額適用認定の要否と期間",
        shape.case(
            {"birth_date": DATE, "class": shape.choice(*UNDER_70, *OVER_70), "applied_on": DATE},
            {
                "confirmed_online": FLAG,
                "arrears": FLAG,
                "special_circumstances": FLAG,
                "acquired_on": DATE,
                "multiple": FLAG,
            },
        ),
        shape.result({"kind": TEXT, "from": shape.nullable(DATE), "to": shape.nullable(DATE), "claim_mark": TEXT}),
        _certificate,
    ),
)
