"""Topics about a year: outpatient-annual, annual-cap, combined-care."""

from __future__ import annotations

from kokuho.law import shape
from kokuho.law.benefit.annual_cap import YearBurden, annual_cap
from kokuho.law.benefit.classes import OVER_70, UNDER_70
from kokuho.law.benefit.combined_care import Side, YearlyBurden, combined_care
from kokuho.law.benefit.outpatient_annual import OutpatientMonth, Pot, outpatient_annual
from kokuho.law.benefit.settings import annual_cap_settings, yearly_settings
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.shape import FLAG, MONTH, TEXT, YEN, Answer, Schema, topic
from kokuho.law.topic import Case, Topic

_YEAR: Schema = {"type": "integer", "minimum": 2015, "maximum": 2100, "description": "計算期間が始まる8月の年（西暦）"}
_MONTH = shape.record({"insurer": TEXT, "month": MONTH, "burden": YEN}, {"benefit": YEN, "active": FLAG})
_POT = shape.record({"label": TEXT, "months": shape.many(_MONTH)})


def _outpatient(case: Case) -> Answer:
    year = case["year"]
    pots = [
        Pot(
            pot["label"],
            [
                OutpatientMonth(
                    row["insurer"],
                    Month.parse(row["month"], f"pots[{index}].months[{place}].month"),
                    row["burden"],
                    row.get("benefit", 0),
                    row.get("active", False),
                )
                for place, row in enumerate(pot["months"])
            ],
        )
        for index, pot in enumerate(case["pots"])
    ]
    found = outpatient_annual(
        pots,
        year_start=year,
        income_class=case["class"],
        insurer=case["insurer"],
        base_insurer=case.get("base_insurer", case["insurer"]),
        settings=yearly_settings(Month(year, 8).first, case.get("settings")),
    )
    return {
        "limit": found.limit,
        "own": found.own,
        "total": found.total,
        "pots": [
            {"label": pot.label, "total": pot.total, "excess": pot.excess, "shares": pot.by_insurer}
            for pot in found.pots
        ],
    }, found.steps


def _annual_cap(case: Case) -> Answer:
    if not case.get("planned", False):
        raise LawError(
            "planned_only", "planned", "年間上限は政令が未確認です。概算を出すには planned を true にしてください。"
        )
    burdens = [
        YearBurden(
            row["person"], Month.parse(row["month"], f"burdens[{index}].month"), row["amount"], row.get("small", 0)
        )
        for index, row in enumerate(case["burdens"])
    ]
    found = annual_cap(
        burdens,
        year_start=case["year"],
        income_class=case["class"],
        senior=case["class"] in OVER_70,
        settings=annual_cap_settings(Month(case["year"], 8).first, case.get("settings")),
        low_annual_income=case.get("low_annual_income", False),
    )
    return {"cap": found.cap, "total": found.total, "excess": found.excess, "final": found.final}, found.steps


def _combined(case: Case) -> Answer:
    found = combined_care(
        [
            YearlyBurden(row["payer"], Side(row["side"]), row.get("senior", 0), row.get("junior", 0))
            for row in case["burdens"]
        ],
        year_start=case["year"],
        class_under_70=case["class_under_70"],
        class_70_plus=case.get("class_70_plus"),
        settings=yearly_settings(Month(case["year"], 8).first, case.get("settings")),
        several_care_users=case.get("several_care_users", False),
    )
    return {
        "step_1": found.step_1,
        "step_2": found.step_2,
        "total": found.total,
        "limit_over_70": found.limit_over_70,
        "limit_all": found.limit_all,
        "shares": [
            {"payer": share.payer, "side": share.side.value, "step_1": share.step_1, "step_2": share.step_2}
            for share in found.shares
        ],
    }, found.steps


_AMOUNTS: Schema = {"type": "object", "additionalProperties": YEN}

YEARLY_TOPICS: tuple[Topic, ...] = (
    topic(
        "outpatient-annual",
        "外来年間合算",
        shape.case(
            {"year": _YEAR, "class": shape.choice(*OVER_70), "insurer": TEXT, "pots": shape.many(_POT)},
            {"base_insurer": TEXT, "settings": shape.SETTINGS},
        ),
        shape.result(
            {
                "limit": shape.nullable(YEN),
                "own": YEN,
                "total": YEN,
                "pots": shape.many(shape.record({"label": TEXT, "total": YEN, "excess": YEN, "shares": _AMOUNTS})),
            }
        ),
        _outpatient,
    ),
    topic(
        "annual-cap",
        "年間上限（概算）",
        shape.case(
            {
                "year": _YEAR,
                "class": shape.choice(*UNDER_70, *OVER_70),
                "burdens": shape.many(shape.record({"person": TEXT, "month": MONTH, "amount": YEN}, {"small": YEN})),
            },
            {"planned": FLAG, "low_annual_income": FLAG, "settings": shape.SETTINGS},
        ),
        shape.result({"cap": YEN, "total": YEN, "excess": _AMOUNTS, "final": FLAG}),
        _annual_cap,
    ),
    topic(
        "combined-care",
        "高額介護合算療養費",
        shape.case(
            {
                "year": _YEAR,
                "class_under_70": shape.choice(*UNDER_70),
                "burdens": shape.many(
                    shape.record(
                        {"payer": TEXT, "side": shape.choice("medical", "care")}, {"senior": YEN, "junior": YEN}
                    ),
                    1,
                ),
            },
            {
                "class_70_plus": shape.nullable(shape.choice(*OVER_70)),
                "several_care_users": FLAG,
                "settings": shape.SETTINGS,
            },
        ),
        shape.result(
            {
                "step_1": YEN,
                "step_2": YEN,
                "total": YEN,
                "limit_over_70": shape.nullable(YEN),
                "limit_all": YEN,
                "shares": shape.many(
                    shape.record({"payer": TEXT, "side": shape.choice("medical", "care"), "step_1": YEN, "step_2": YEN})
                ),
            }
        ),
        _combined,
    ),
)
