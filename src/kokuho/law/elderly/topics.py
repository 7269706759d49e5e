"""The topic `elderly-premium` of `kokuho law`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kokuho.law.elderly.ordinance import ORDINANCE_SCHEMA, elderly_ordinance, load_association
from kokuho.law.elderly.premium import ElderlyMember, elderly_premium
from kokuho.law.errors import LawError
from kokuho.law.premium.household import Income
from kokuho.law.premium.months import birthday
from kokuho.law.results import BOOL, DATE, ID, YEAR, YEN, explained, output, record
from kokuho.law.schema import check, day
from kokuho.law.topic import Case, Topic

_MEMBER = record(
    {
        "id": ID,
        "role": {"enum": ["head", "member"]},
        "insured": BOOL,
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
        "birth_date": DATE,
        "salary_receipts": YEN,
        "pension_receipts": YEN,
        "other_income": {"type": "integer"},
        "separate_income": YEN,
        "special_deduction": YEN,
        "loss_carryover": YEN,
        "casualty_loss_carryover": YEN,
        "total_income": YEN,
        "total_income_is_pension": BOOL,
        "salary_or_pension_earner": BOOL,
        "family_employee_salary": YEN,
        "undeclared": BOOL,
        "former_dependent": BOOL,
        "former_dependent_relief_ended": BOOL,
        "transitional_cap_applies": BOOL,
        "months": {"type": "integer", "minimum": 0, "maximum": 12},
    },
    ("id", "role", "insured"),
)
_INPUT = record(
    {
        "id": ID,
        "fiscal_year": YEAR,
        "ordinance": ORDINANCE_SCHEMA,
        "association": {"type": "string", "pattern": r"^\d{2}$", "description": "都道府県コードは2桁です。"},
        "household": record({"members": {"type": "array", "items": _MEMBER, "minItems": 1}}, ("members",)),
    },
    ("fiscal_year", "household"),
)


def _member(raw: Mapping[str, Any], path: str, fiscal_year: int, paid: int) -> ElderlyMember:
    if ("age" in raw) == ("birth_date" in raw):
        raise LawError("missing_key", f"{path}.age", "age と birth_date のどちらか一方を書いてください。")
    if "birth_date" in raw:
        senior = birthday(day(raw["birth_date"], f"{path}.birth_date"), 65) <= date(fiscal_year, 1, 1)
    else:
        senior = raw["age"] >= 65
    wages = raw.get("family_employee_salary", 0)
    receipts = raw.get("salary_receipts", 0) or wages
    if receipts < wages:
        raise LawError("out_of_range", f"{path}.salary_receipts", "給与収入は専従者給与を含む額です。")
    head = raw["role"] == "head"
    income = Income(
        receipts, raw.get("pension_receipts", 0), raw.get("other_income", 0),
        separate=raw.get("separate_income", 0), special_deduction=raw.get("special_deduction", 0),
        loss_carryover=raw.get("loss_carryover", 0), casualty_carryover=raw.get("casualty_loss_carryover", 0),
        family_wages=wages, family_wages_paid=paid if head else 0, undeclared=raw.get("undeclared", False),
        total=raw.get("total_income"), total_is_pension=raw.get("total_income_is_pension", False),
        earner=raw.get("salary_or_pension_earner"),
    )  # fmt: skip
    return ElderlyMember(
        raw["id"], head, raw["insured"], senior, income, raw.get("former_dependent", False),
        raw.get("former_dependent_relief_ended", False), raw.get("transitional_cap_applies", False),
        raw.get("months", 12),
    )  # fmt: skip


def _elderly(case: Case, explain: bool) -> dict[str, Any]:
    check(case, _INPUT)
    year = case["fiscal_year"]
    if ("ordinance" in case) == ("association" in case):
        raise LawError("missing_key", "ordinance", "ordinance と association のどちらか一方を書いてください。")
    if "association" in case:
        ordinance = load_association(case["association"], year)
    else:
        ordinance = elderly_ordinance(case["ordinance"], year)
    raws = case["household"]["members"]
    ids = [raw["id"] for raw in raws]
    for index, person in enumerate(ids):
        if person in ids[:index]:
            raise LawError("duplicate", f"household.members[{index}].id", "同じ id の人が2人います。")
    if sum(raw["role"] == "head" for raw in raws) != 1:
        raise LawError("head", "household.members", "世帯主（role: head）はちょうど1人でなければなりません。")
    paid = sum(raw.get("family_employee_salary", 0) for raw in raws)
    members = [_member(raw, f"household.members[{i}]", year, paid) for i, raw in enumerate(raws)]
    premium = elderly_premium(ordinance, members)
    result = {
        "reduction": premium.reduction,
        "members": {
            str(m.id): {"per_capita": m.per_capita, "income": m.income, "amount": m.amount} for m in premium.members
        },
    }
    return explained(result, explain, list(premium.steps))


ELDERLY = Topic(
    "elderly-premium", "後期高齢者医療保険料", _INPUT,
    output({
        "reduction": {"enum": [0, 2, 5, 7]},
        "members": {
            "type": "object",
            "additionalProperties": record({"per_capita": YEN, "income": YEN, "amount": YEN}),
        },
    }),
    _elderly,
)  # fmt: skip

TOPICS: tuple[Topic, ...] = (ELDERLY,)
