"""One JSON case of `kokuho law premium` read into the records of the levy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from kokuho.law.errors import LawError
from kokuho.law.premium import months as m
from kokuho.law.premium.household import FULL_YEAR, Household, Income, Member, Special
from kokuho.law.premium.ordinance import NAMED_RELIEFS, Ordinance, load_ordinance, ordinance_from_dict
from kokuho.law.premium.plan import Plan, check_year, prepare
from kokuho.law.premium.settings import COMPONENTS_SCHEMA, SETTINGS
from kokuho.law.results import BOOL, DATE, ID, MONTH, YEAR, YEN, record
from kokuho.law.schema import check, day

MEMBER = record(
    {
        "id": ID,
        "role": {"enum": ["head", "member"]},
        "insured": BOOL,
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
        "birth_date": DATE,
        "salary_receipts": YEN,
        "pension_receipts": YEN,
        "salary_income": YEN,
        "pension_income": YEN,
        "other_income": {"type": "integer"},
        "separate_income": YEN,
        "special_deduction": YEN,
        "loss_carryover": YEN,
        "casualty_loss_carryover": YEN,
        "total_income": YEN,
        "total_income_is_pension": BOOL,
        "salary_or_pension_earner": BOOL,
        "family_employee_salary": YEN,
        "child_adjustment": BOOL,
        "undeclared": BOOL,
        "fixed_asset_tax": YEN,
        "former_insured_same_household": BOOL,
        "involuntary_left": DATE,
        "maternity": record({"birth_month": MONTH, "multiple": BOOL}, ("birth_month",)),
        "former_dependent": record({"acquired": DATE}, ("acquired",)),
    },
    ("id", "role", "insured"),
)
_OWN = ("components", "rounding", "basic_deduction")
ORDINANCE = record(
    {
        "components": COMPONENTS_SCHEMA,
        "rounding": {
            "anyOf": [
                record(
                    {
                        "scope": {"enum": ["component", "person", "total"]},
                        "unit": {"type": "integer", "enum": [1, 10, 100]},
                    },
                    ("scope", "unit"),
                ),
                SETTINGS["rounding"][0],
            ]
        },
        "basic_deduction": YEN,
        "reliefs": {"type": "array", "items": {"enum": sorted(NAMED_RELIEFS)}},
        "name": {"type": "string"},
        **{key: schema for key, (schema, _) in SETTINGS.items() if key not in _OWN},
    },
    ("components", "rounding"),
)
INPUT = record(
    {
        "id": ID,
        "fiscal_year": YEAR,
        "levy_kind": {"enum": ["premium", "tax"]},
        "ordinance": ORDINANCE,
        "municipality": {"type": "string", "pattern": r"^\d{6}$", "description": "団体コードは検査数字までの6桁です。"},
        "reduction": {"type": "integer", "enum": [0, 2, 5, 7]},
        "household": record(
            {
                "members": {"type": "array", "items": MEMBER, "minItems": 1},
                "insured_months": {"type": "object", "additionalProperties": {"type": "array", "items": MONTH}},
                "specified_since": DATE,
            },
            ("members",),
        ),
    },
    ("fiscal_year", "household"),
)


def read_case(case: Mapping[str, Any]) -> tuple[Plan, Household]:
    """Check a case and read it. `LawError` with the place for anything missing, unknown, negative or contradictory."""
    check(case, INPUT)
    check_year(case["fiscal_year"])
    plan = _plan(case)
    fixed = case.get("reduction")
    if fixed is not None and fixed not in plan.ratios:
        raise LawError("not_allowed", "reduction", f"この条例に{fixed}割の軽減はありません。")
    return plan, read_household(case["household"], plan, case.get("id", ""), fixed)


def _plan(case: Mapping[str, Any]) -> Plan:
    """The case's ordinance made ready; thousands of cases usually share a few ordinances."""
    ordinance = read_ordinance(case)
    key = repr((case["fiscal_year"], ordinance.levy_kind, case.get("municipality"), case.get("ordinance")))
    plan = _PLANS.get(key)
    if plan is None:
        if len(_PLANS) >= _MOST_PLANS:
            _PLANS.clear()
        plan = _PLANS[key] = prepare(ordinance, case["fiscal_year"])
    return plan


_PLANS: dict[str, Plan] = {}
_MOST_PLANS = 200


def read_ordinance(case: Mapping[str, Any]) -> Ordinance:
    """The inline ordinance, or the built-in one of ``municipality`` (exactly one of the two is given)."""
    year = case["fiscal_year"]
    if ("ordinance" in case) == ("municipality" in case):
        raise LawError("missing_key", "ordinance", "ordinance と municipality のどちらか一方を書いてください。")
    if "municipality" in case:
        ordinance = load_ordinance(case["municipality"], year)
        if case.get("levy_kind", ordinance.levy_kind) != ordinance.levy_kind:
            raise LawError("not_allowed", "levy_kind", f"{ordinance.name}は{ordinance.word}を課しています。")
        return ordinance
    if "levy_kind" not in case:
        raise LawError("missing_key", "levy_kind", "必要な項目がありません。")
    return ordinance_from_dict(case["ordinance"], year, case["levy_kind"])


def read_household(raw: Mapping[str, Any], plan: Plan, case_id: int | str, fixed: int | None) -> Household:
    """The household of a case."""
    members = raw["members"]
    ids = [member["id"] for member in members]
    for index, person in enumerate(ids):
        if person in ids[:index]:
            raise LawError("duplicate", f"household.members[{index}].id", "同じ id の人が2人います。")
    heads = [index for index, member in enumerate(members) if member["role"] == "head"]
    if len(heads) != 1:
        where = f"household.members[{heads[1]}].role" if heads else "household.members"
        raise LawError("head", where, "世帯主（role: head）はちょうど1人でなければなりません。")
    masks = _insured_months(raw.get("insured_months", {}), plan.fiscal_year, ids)
    paid = sum(member.get("family_employee_salary", 0) for member in members)
    half = three_quarter = 0
    if "specified_since" in raw:
        to_year_end = plan.ordinance.settings["specified_household"]["to_year_end"]
        since = day(raw["specified_since"], "household.specified_since")
        half, three_quarter = m.specified_household_masks(plan.fiscal_year, since, to_year_end)
    return Household(
        case_id,
        tuple(
            _member(member, f"household.members[{index}]", plan.fiscal_year, masks, paid)
            for index, member in enumerate(members)
        ),
        half,
        three_quarter,
        fixed,
    )


def _insured_months(raw: Mapping[str, list[str]], fiscal_year: int, ids: list[Any]) -> dict[str, int]:
    known = {str(person) for person in ids}
    masks = {}
    for person, names in raw.items():
        path = f"household.insured_months.{person}"
        if person not in known:
            raise LawError("unknown_key", path, "この id の人は世帯にいません。")
        mask = 0
        for index, name in enumerate(names):
            place = m.month_index(fiscal_year, date(int(name[:4]), int(name[5:]), 1))
            if not 0 <= place <= 11:
                raise LawError("out_of_range", f"{path}[{index}]", f"{fiscal_year}年度の月ではありません。")
            mask |= 1 << place
        masks[person] = mask
    return masks


def _member(raw: Mapping[str, Any], path: str, fiscal_year: int, masks: Mapping[str, int], paid: int) -> Member:
    if ("age" in raw) == ("birth_date" in raw):
        raise LawError("missing_key", f"{path}.age", "age と birth_date のどちらか一方を書いてください。")
    birth = day(raw["birth_date"], f"{path}.birth_date") if "birth_date" in raw else None
    if birth is not None and birth > date(fiscal_year + 1, 3, 31):
        raise LawError("out_of_range", f"{path}.birth_date", f"{fiscal_year}年度の後に生まれています。")
    head = raw["role"] == "head"
    wages = raw.get("family_employee_salary", 0)
    if head and wages:
        raise LawError("not_allowed", f"{path}.family_employee_salary", "世帯主は自分の事業の専従者になれません。")
    receipts = raw.get("salary_receipts", 0) or wages
    if receipts < wages:
        raise LawError("out_of_range", f"{path}.salary_receipts", "給与収入は専従者給与を含む額です。")
    income = Income(
        receipts, raw.get("pension_receipts", 0), raw.get("other_income", 0), raw.get("salary_income"),
        raw.get("pension_income"), raw.get("separate_income", 0), raw.get("special_deduction", 0),
        raw.get("loss_carryover", 0), raw.get("casualty_loss_carryover", 0), wages, paid if head else 0,
        raw.get("child_adjustment", False), raw.get("undeclared", False), raw.get("total_income"),
        raw.get("total_income_is_pension", False), raw.get("salary_or_pension_earner"),
    )  # fmt: skip
    return Member(
        raw["id"],
        birth,
        head,
        raw["insured"],
        None if income == Income() else income,
        masks.get(str(raw["id"]), FULL_YEAR),
        raw.get("fixed_asset_tax", 0),
        raw.get("former_insured_same_household", False),
        _special(raw, path, fiscal_year),
        raw.get("age"),
    )


def _special(raw: Mapping[str, Any], path: str, fiscal_year: int) -> Special | None:
    special = Special()
    if "involuntary_left" in raw:
        left = day(raw["involuntary_left"], f"{path}.involuntary_left")
        special = special._replace(involuntary=m.involuntary_mask(fiscal_year, left))
    if "maternity" in raw:
        year, month = _month(raw["maternity"]["birth_month"])
        mask = m.maternity_mask(fiscal_year, year, month, raw["maternity"].get("multiple", False))
        special = special._replace(maternity=mask)
    if "former_dependent" in raw:
        acquired = day(raw["former_dependent"]["acquired"], f"{path}.former_dependent.acquired")
        first = m.month_index(fiscal_year, acquired)
        special = special._replace(
            former_dependent_income=m.span(first, 12), former_dependent_per_capita=m.span(first, first + 24)
        )
    return None if special == Special() else special


def _month(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{4})-(\d{2})", text)
    assert match is not None  # the schema has checked it
    return int(match[1]), int(match[2])
