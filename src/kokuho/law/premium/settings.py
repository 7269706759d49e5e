"""The settings of an ordinance: their shapes, and the value when a city's file is silent (certainty ``default``)."""

from __future__ import annotations

from typing import Any

from kokuho.law.results import BOOL, YEN, Schema, record

RATE: Schema = {"type": "string", "pattern": r"^\d+(\.\d+)?%$", "description": '率は "7.71%" の形の文字列で書きます。'}
UNIT: Schema = {"enum": [1, 10, 100, 1000], "type": "integer"}
MODE: Schema = {"enum": ["floor", "half_up", "ceil"]}

COMPONENT = record(
    {
        "income_rate": RATE,
        "asset_rate": RATE,
        "per_capita": YEN,
        "per_capita_adult": YEN,
        "per_household": YEN,
        "cap": {"type": ["integer", "null"], "minimum": 0},
    },
    ("income_rate", "per_capita", "cap"),
)
COMPONENTS_SCHEMA = record(dict.fromkeys(("medical", "support", "care", "child"), COMPONENT))

INCOME_ROUNDING = record({"unit": UNIT, "mode": MODE, "scope": {"enum": ["household", "person"]}})
ROUNDING = record(
    {
        "base_unit": {"enum": [1, 1000]},
        "income": INCOME_ROUNDING,
        "income_by_component": record(dict.fromkeys(("medical", "support", "care", "child"), INCOME_ROUNDING)),
        "per_capita": record(
            {"mode": MODE, "scope": {"enum": ["household", "person"]}, "on": {"enum": ["after", "discount"]}}
        ),
        "preschool": record({"mode": MODE, "on": {"enum": ["after", "discount"]}}),
        "per_household": record({"mode": MODE, "on": {"enum": ["after", "discount"]}}),
        "per_capita_adult_separate": BOOL,
        "component": record({"unit": UNIT, "mode": MODE, "scope": {"enum": ["household", "person"]}}),
        "total": record({"unit": UNIT, "mode": MODE}),
    }
)
ROUNDING_DEFAULT: dict[str, Any] = {
    "base_unit": 1,
    "income": {"unit": 1, "mode": "floor", "scope": "household"},
    "income_by_component": {},
    "per_capita": {"mode": "floor", "scope": "person", "on": "after"},
    "preschool": {"mode": "floor", "on": "after"},
    "per_household": {"mode": "floor", "on": "after"},
    "per_capita_adult_separate": False,
    "component": {"unit": 1, "mode": "floor", "scope": "household"},
    "total": {"unit": 1, "mode": "floor"},
}

LOCAL_REDUCTION = record(
    {
        "name": {"type": "string"},
        "target": {"enum": ["per_capita", "income_base", "class"]},
        "who": {"enum": ["all", "under_18", "preschool", "second_child_on"]},
        "ages": {"type": "array", "items": YEN, "minItems": 2, "maxItems": 2},
        "components": {"type": "array", "items": {"enum": ["medical", "support", "care", "child"]}},
        "percent": {"type": "integer", "minimum": 0, "maximum": 100},
        "yen": YEN,
        "per_person": YEN,
        "ratio": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    ("name", "target"),
)
RELIEF_RULE = record(
    {
        "code": {"type": "string"},
        "name": {"type": "string"},
        "target": {"enum": ["income", "all"]},
        "stages": {
            "type": "array",
            "minItems": 1,
            "items": record(
                {"name": {"type": "string"}, "ratio": {"type": "string", "pattern": r"^\d+/\d+$"}}, ("name", "ratio")
            ),
        },
        "excludes_capped": BOOL,
    },
    ("code", "name", "target", "stages"),
)
DAY: Schema = {"anyOf": [{"const": "end"}, {"type": "integer", "minimum": 1, "maximum": 31}]}

# name: (schema, value when the file is silent). `components` has no default; `basic_deduction` null = the staged one.
SETTINGS: dict[str, tuple[Schema, Any]] = {
    "components": (COMPONENTS_SCHEMA, None),
    "rounding": (ROUNDING, ROUNDING_DEFAULT),
    "reduction": (
        record(
            {
                "ratios": {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3},
                "earner_pension_over_65": {"type": ["integer", "null"], "minimum": 0},
            }
        ),
        {"ratios": [7, 5, 2], "earner_pension_over_65": None},
    ),
    "basic_deduction": ({"type": ["integer", "null"], "minimum": 0}, None),
    "local_reductions": ({"type": "array", "items": LOCAL_REDUCTION}, []),
    "relief_rules": ({"type": "array", "items": RELIEF_RULE}, []),
    "citations": ({"type": "object", "additionalProperties": {"type": "string"}}, {}),
    "cap_proration": ({"enum": ["cap_then_months", "months_then_cap", "cap_times_months"]}, "cap_then_months"),
    "former_dependent": (
        record({"order": {"enum": ["after_cap", "recompute"]}, "per_capita_percent": {"type": "integer"}}),
        {"order": "after_cap", "per_capita_percent": 50},
    ),
    "involuntary_order": ({"enum": ["adjustment_first", "ratio_first"]}, "adjustment_first"),
    "specified_household": (record({"to_year_end": BOOL}), {"to_year_end": False}),
    "instalments": (
        record(
            {
                "months": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 12,
                    "items": {"type": "integer", "minimum": 1, "maximum": 12},
                },
                "late_months": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 12}},
                "due_day": DAY,
                "december_day": DAY,
                "unit": UNIT,
                "remainder": {"enum": ["first", "last"]},
                "on_change": {"enum": ["first_after", "last"]},
                "decrease_from": {"enum": ["last", "even"]},
                "split_75_single": {"enum": ["until_previous_month", "all"]},
            },
            ("months",),
        ),
        {
            "months": [7, 8, 9, 10, 11, 12, 1, 2],
            "late_months": [4, 5],
            "due_day": "end",
            "december_day": 28,
            "unit": 100,
            "remainder": "first",
            "on_change": "first_after",
            "decrease_from": "last",
            "split_75_single": "until_previous_month",
        },
    ),
    "provisional": (
        record({"method": {"enum": ["none", "twelfth", "nagoya_r8"]}, "months": {"type": "array"}}, ("method",)),
        {"method": "none", "months": []},
    ),
    "special_collection": (
        record(
            {
                "levelling": {"enum": ["none", "june_august", "august"]},
                "unit": UNIT,
                "remainder": {"enum": ["first", "last"]},
                "account_transfer_excludes": BOOL,
            }
        ),
        {"levelling": "none", "unit": 100, "remainder": "first", "account_transfer_excludes": True},
    ),
    "delinquency": (
        record({"low_months": {"enum": [1, 3]}, "start_fiscal_year": {"type": ["integer", "null"]}}),
        {"low_months": 1, "start_fiscal_year": None},
    ),
    "refund_interest": (
        record(
            {
                "start_date": {"type": ["string", "null"], "format": "date"},
                "income_change_from": {"enum": ["payment", "notice_plus_month"]},
            }
        ),
        {"start_date": None, "income_change_from": "payment"},
    ),
    "demand": (
        record(
            {
                "days": {"type": "integer", "minimum": 1},
                "answer_days": {"type": "integer", "minimum": 1},
                "fee": YEN,
                "fee_abolished_from": {"type": ["string", "null"]},
                "fee_key": {"enum": ["sent", "fiscal_year"]},
            }
        ),
        {"days": 20, "answer_days": 10, "fee": 0, "fee_abolished_from": None, "fee_key": "sent"},
    ),
    "appropriation": (
        {
            "type": "array",
            "minItems": 3,
            "maxItems": 3,
            "items": {"enum": ["principal", "demand_fee", "delinquency_charge"]},
        },
        ["principal", "demand_fee", "delinquency_charge"],
    ),
}
