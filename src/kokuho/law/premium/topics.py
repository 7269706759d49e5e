"""The premium topics of `kokuho law`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from kokuho.law.errors import LawError
from kokuho.law.premium import months as m
from kokuho.law.premium.assess import assess
from kokuho.law.premium.case import INPUT, read_case
from kokuho.law.premium.explain import explain
from kokuho.law.premium.instalments import due_dates, split
from kokuho.law.premium.ordinance import COMPONENTS, load_ordinance
from kokuho.law.premium.plan import check_year
from kokuho.law.premium.reassessment import Kind, difference, explain_difference, first_forbidden_day
from kokuho.law.premium.reduction import reduction_rules
from kokuho.law.premium.settings import SETTINGS
from kokuho.law.premium.special_collection import FINAL_MONTHS, final_instalments, half_test
from kokuho.law.results import BOOL, DATE, ID, MONTH, YEAR, YEN, Schema, explained, output, record
from kokuho.law.schema import check, day
from kokuho.law.steps import Step, yen
from kokuho.law.topic import Case, Topic

PART: Schema = {"type": ["integer", "null"]}


def _premium(case: Case, explain_case: bool) -> dict[str, Any]:
    plan, household = read_case(case)
    levy = assess(plan, household)
    result = {
        "reduction": levy.reduction,
        "reduction_income": levy.reduction_income,
        "components": {
            COMPONENTS[part.code]: {
                "income": part.income, "asset": part.asset, "per_capita": part.per_capita,
                "per_household": part.per_household, "amount": part.amount,
            }
            for part in levy.components
        },
        "total": levy.total,
    }  # fmt: skip
    return explained(result, explain_case, explain(plan, levy.trace)) if explain_case else result


_COMPONENT_OUT = record(
    {"income": PART, "asset": PART, "per_capita": PART, "per_household": PART, "amount": YEN},
    ("income", "asset", "per_capita", "per_household", "amount"),
)
PREMIUM = Topic(
    "premium",
    "保険料・保険税の年額",
    INPUT,
    output(
        {
            "reduction": {"type": "integer"},
            "reduction_income": YEN,
            "components": record(dict.fromkeys(COMPONENTS, _COMPONENT_OUT)),
            "total": YEN,
        }
    ),
    _premium,
)

_INSTALMENTS_IN = record(
    {
        "id": ID,
        "total": YEN,
        "count": {"type": "integer", "minimum": 1, "maximum": 12},
        "unit": {"type": "integer", "minimum": 1},
        "remainder": {"enum": ["first", "last"]},
    },
    ("total", "count", "unit", "remainder"),
)


def _instalments(case: Case, explain_case: bool) -> dict[str, Any]:
    check(case, _INSTALMENTS_IN)
    total, count, unit, place = case["total"], case["count"], case["unit"], case["remainder"]
    parts = split(total, count, unit, place)
    each = total // count // unit * unit
    steps = [
        Step("期別の額", f"{yen(total)} ÷ {count}期（{yen(unit)}未満切捨て）", each, "地方税法20条の4の2第6項・条例"),
        Step(
            "最初の期" if place == "first" else "最後の期",
            f"{yen(total)} − {yen(each)} × {count - 1}期", parts[0 if place == "first" else -1], "条例",
        ),
    ]  # fmt: skip
    return explained({"instalments": parts}, explain_case, steps)


INSTALMENTS = Topic(
    "instalments", "期割", _INSTALMENTS_IN, output({"instalments": {"type": "array", "items": YEN}}), _instalments
)

_MONTHS_OUT = output({"months": {"type": "array", "items": MONTH}, "month_count": {"type": "integer"}})


def _months_result(names: list[str], explain_case: bool, step: Step) -> dict[str, Any]:
    return explained({"months": names, "month_count": len(names)}, explain_case, [step])


_MATERNITY_IN = record({"id": ID, "birth_month": MONTH, "multiple": BOOL}, ("birth_month", "multiple"))


def _maternity(case: Case, explain_case: bool) -> dict[str, Any]:
    check(case, _MATERNITY_IN)
    year, month = int(case["birth_month"][:4]), int(case["birth_month"][5:])
    multiple = case["multiple"]
    names = [f"{y:04d}-{n:02d}" for y, n in m.maternity_months(year, month, multiple)]
    kind = "多胎: 出産（予定）月の3か月前から6か月" if multiple else "出産（予定）月の前月から4か月"
    step = Step(
        "産前産後の免除月",
        f"{kind}のうち2024年1月以後",
        f"{len(names)}か月",
        "国民健康保険法施行令29条の7第6項8号・9号",
    )
    return _months_result(names, explain_case, step)


MATERNITY = Topic("maternity-months", "産前産後の免除月", _MATERNITY_IN, _MONTHS_OUT, _maternity)

_CARE_IN = record({"id": ID, "fiscal_year": YEAR, "birth_date": DATE}, ("fiscal_year", "birth_date"))


def _care(case: Case, explain_case: bool) -> dict[str, Any]:
    check(case, _CARE_IN)
    year, birth = case["fiscal_year"], day(case["birth_date"], "birth_date")
    names = m.month_names(year, m.care_months(year, birth))
    reaches = [m.birthday(birth, age) - m.ONE_DAY for age in (40, 65)]
    step = Step(
        "介護分の月",
        f"40歳に達した日 {reaches[0]} の属する月から、65歳に達した日 {reaches[1]} の属する月の前月まで",
        f"{len(names)}か月",
        "介護保険法9条2号・条例（月割）",
    )
    return _months_result(names, explain_case, step)


CARE = Topic("care-months", "介護第2号被保険者の月", _CARE_IN, _MONTHS_OUT, _care)

_INSURED_IN = record(
    {
        "id": ID,
        "fiscal_year": YEAR,
        "acquired": DATE,
        "lost": {"type": ["string", "null"], "format": "date"},
        "birth_date": DATE,
    },
    ("fiscal_year", "acquired", "birth_date"),
)


def _insured(case: Case, explain_case: bool) -> dict[str, Any]:
    check(case, _INSURED_IN)
    year = case["fiscal_year"]
    acquired, birth = day(case["acquired"], "acquired"), day(case["birth_date"], "birth_date")
    lost = day(case["lost"], "lost") if case.get("lost") else None
    if acquired < birth:
        raise LawError("order", "acquired", "取得日が生年月日より前です。日付を確かめてください。")
    names = m.month_names(year, m.insured_months(year, acquired, lost, birth))
    end = f"喪失日 {lost} の属する月の前月まで" if lost else "年度末まで"
    step = Step(
        "月割の月",
        f"取得日 {acquired} の属する月から{end}（75歳の誕生日 {m.birthday(birth, 75)} の属する月の前月を限度）",
        f"{len(names)}か月",
        "条例（月割）",
    )
    return _months_result(names, explain_case, step)


INSURED = Topic("insured-months", "資格による月割の月", _INSURED_IN, _MONTHS_OUT, _insured)

_REDUCTION_IN = record(
    {
        "id": ID,
        "fiscal_year": YEAR,
        "reduction_income": YEN,
        "counted_persons": {"type": "integer", "minimum": 1},
        "salary_or_pension_earners": YEN,
    },
    ("fiscal_year", "reduction_income", "counted_persons", "salary_or_pension_earners"),
)


def _reduction(case: Case, explain_case: bool) -> dict[str, Any]:
    check(case, _REDUCTION_IN)
    check_year(case["fiscal_year"])
    rules = reduction_rules(case["fiscal_year"])
    income, persons = case["reduction_income"], case["counted_persons"]
    earners = case["salary_or_pension_earners"]
    seven, five, two = rules.thresholds(persons, earners)
    judged = rules.judge(income, persons, earners)
    base = yen(rules.base)
    if earners > 1:
        base += f" + {yen(rules.per_earner)} × ({earners}人 − 1)"
    authority = "国民健康保険法施行令29条の7第6項1号〜3号"
    steps = [
        Step("7割軽減の基準", base, seven, authority),
        Step("5割軽減の基準", f"{base} + {yen(rules.per_person_5)} × {persons}人", five, authority),
        Step("2割軽減の基準", f"{base} + {yen(rules.per_person_2)} × {persons}人", two, authority),
        Step("軽減判定", f"軽減判定所得 {yen(income)}", f"{judged}割" if judged else "軽減なし", authority),
    ]
    result = {"reduction": judged, "thresholds": {"7": seven, "5": five, "2": two}}
    return explained(result, explain_case, steps)


REDUCTION = Topic(
    "reduction", "軽減判定", _REDUCTION_IN,
    output({"reduction": {"enum": [0, 2, 5, 7]}, "thresholds": record({"7": YEN, "5": YEN, "2": YEN})}), _reduction,
)  # fmt: skip

_HALF_IN = record(
    {"id": ID, "pension_annual": YEN, "care_premium_per_payment": YEN, "premium_annual": YEN},
    ("pension_annual", "care_premium_per_payment", "premium_annual"),
)
_FINAL_IN = record(
    {
        "id": ID,
        "provisional": {"type": "array", "items": YEN, "minItems": 0, "maxItems": 3},
        "total": YEN,
        "unit": {"type": "integer", "minimum": 1},
        "remainder": {"enum": ["first", "last"]},
    },
    ("provisional", "total", "unit", "remainder"),
)
_SPECIAL_IN: Schema = {"anyOf": [_HALF_IN, _FINAL_IN]}


def fraction_text(value: Fraction) -> str:
    """``66050`` or ``66050.5``: a half yen is the finest there is."""
    whole, rest = divmod(value, 1)
    return f"{whole}.{rest * 10 // 1}" if rest else str(whole)


def _special(case: Case, explain_case: bool) -> dict[str, Any]:
    check(case, _FINAL_IN if "provisional" in case or "total" in case else _HALF_IN)
    return _final(case, explain_case) if "provisional" in case else _half(case, explain_case)


def _final(case: Case, explain_case: bool) -> dict[str, Any]:
    total, done, place = case["total"], sum(case["provisional"]), case["remainder"]
    final, surplus = final_instalments(case["provisional"], total, case["unit"], place)
    how = f"3回に分け、端数は{'最初' if place == 'first' else '最後'}の回"
    steps = [Step("本徴収の計", f"{yen(total)} − 仮徴収 {yen(done)}", sum(final), _SPECIAL_LAW)]
    steps += [Step(f"{n}月", how, amount, _SPECIAL_LAW) for n, amount in zip(FINAL_MONTHS, final, strict=True)]
    if surplus:
        steps.append(Step("還付する額", f"仮徴収 {yen(done)} − {yen(total)}", surplus, _SPECIAL_LAW))
    return explained({"final": final}, explain_case, steps)


def _half(case: Case, explain_case: bool) -> dict[str, Any]:
    annual, care, premium = case["pension_annual"], case["care_premium_per_payment"], case["premium_annual"]
    test = half_test(annual, care, premium)
    half = fraction_text(test.half)
    steps = [
        Step("年金1回分", f"{yen(annual)} ÷ 6", test.pension_per_payment, _SPECIAL_LAW),
        Step("年金1回分の2分の1", f"{yen(annual)} ÷ 6 ÷ 2", half, _SPECIAL_LAW),
        Step("1回の天引き額", f"介護 {yen(care)} + 国保 {yen(premium)} ÷ 6", fraction_text(test.burden), _SPECIAL_LAW),
        Step(
            "特別徴収", f"{fraction_text(test.burden)}円 が {half}円 {'以下' if test.eligible else 'を超える'}",
            "できる" if test.eligible else "できない", _SPECIAL_LAW,
        ),
    ]  # fmt: skip
    result = {"eligible": test.eligible, "pension_per_payment": test.pension_per_payment, "half": half}
    return explained(result, explain_case, steps)


_SPECIAL_LAW = "国民健康保険法76条の3・76条の4、地方税法718条の2"
SPECIAL = Topic(
    "special-collection", "特別徴収", _SPECIAL_IN,
    {"anyOf": [
        output({"eligible": {"type": "boolean"}, "pension_per_payment": YEN, "half": {"type": "string"}}),
        output({"final": {"type": "array", "items": YEN}}),
    ]},
    _special,
)  # fmt: skip

_LIMIT_IN = record(
    {
        "id": ID,
        "levy_kind": {"enum": ["premium", "tax"]},
        "first_due_date": DATE,
        "kind": {"enum": [kind.value for kind in Kind]},
        "became_leviable": DATE,
        "on": DATE,
    },
    ("levy_kind", "first_due_date", "kind"),
)


def _limit(case: Case, explain_case: bool) -> dict[str, Any]:
    check(case, _LIMIT_IN)
    first_due = day(case["first_due_date"], "first_due_date")
    became = day(case["became_leviable"], "became_leviable") if "became_leviable" in case else None
    forbidden = first_forbidden_day(case["levy_kind"], first_due, Kind(case["kind"]), became)
    result: dict[str, Any] = {"forbidden_from": forbidden.isoformat(), "allowed": None}
    if "on" in case:
        result["allowed"] = day(case["on"], "on") < forbidden
    law = "国民健康保険法110条の2" if case["levy_kind"] == "premium" else "地方税法17条の5"
    since = f"賦課できるようになった日 {became}" if became else f"最初の納期 {first_due} の翌日"
    step = Step("賦課決定ができなくなる日", f"{since} から起算", forbidden.isoformat(), law)
    return explained(result, explain_case, [step])


LIMIT = Topic(
    "assessment-limit", "賦課決定・更正の期間制限", _LIMIT_IN,
    output({"forbidden_from": DATE, "allowed": {"type": ["boolean", "null"]}}), _limit,
)  # fmt: skip

_DUE_IN = record(
    {
        "id": ID,
        "fiscal_year": YEAR,
        "municipality": {"type": "string", "pattern": r"^\d{6}$", "description": "団体コードは検査数字までの6桁です。"},
        "instalments": SETTINGS["instalments"][0],
        "closed_days": {"type": "array", "items": DATE},
    },
    ("fiscal_year",),
)


def _due_dates(case: Case, explain_case: bool) -> dict[str, Any]:
    check(case, _DUE_IN)
    if ("municipality" in case) == ("instalments" in case):
        raise LawError("missing_key", "instalments", "instalments と municipality のどちらか一方を書いてください。")
    setting = case.get("instalments")
    if setting is None:
        setting = load_ordinance(case["municipality"], case["fiscal_year"]).settings["instalments"]
    closed = {day(text, f"closed_days[{index}]") for index, text in enumerate(case.get("closed_days", []))}
    dates = due_dates(setting, case["fiscal_year"], closed.__contains__)
    steps = [
        Step(f"{month}月期", "条例の納期限。休日に当たるときは翌開庁日", due.isoformat(), "条例・地方税法20条の5")
        for month, due in zip(setting["months"], dates, strict=True)
    ]
    return explained({"due_dates": [due.isoformat() for due in dates]}, explain_case, steps)


DUE_DATES = Topic("due-dates", "納期限", _DUE_IN, output({"due_dates": {"type": "array", "items": DATE}}), _due_dates)

_PREMIUM_ONLY = {key: value for key, value in INPUT["properties"].items() if key != "id"}
_REASSESSMENT_IN = record(
    {"id": ID, "before": record(_PREMIUM_ONLY), "after": record(_PREMIUM_ONLY)}, ("before", "after")
)


def _reassessment(case: Case, explain_case: bool) -> dict[str, Any]:
    check(case, _REASSESSMENT_IN)
    levies = []
    for side in ("before", "after"):
        try:
            levies.append(assess(*read_case(case[side])))
        except LawError as error:
            raise LawError(error.code, f"{side}.{error.path}", error.message) from error
    before, after = levies
    if case["before"]["fiscal_year"] != case["after"]["fiscal_year"]:
        raise LawError("year_mismatch", "after.fiscal_year", "更正の前後は同じ年度でなければなりません。")
    found = difference(before, after)
    result = {
        "before": before.total,
        "after": after.total,
        "difference": found.total,
        "components": {COMPONENTS[code]: change for code, change in found.components},
    }
    return explained(
        result, explain_case, explain_difference(before, after, "条例・国民健康保険法76条、地方税法703条の4")
    )


_SIGNED: Schema = {"type": "integer"}
REASSESSMENT = Topic(
    "reassessment", "更正（二つの計算の差）", _REASSESSMENT_IN,
    output({
        "before": YEN, "after": YEN, "difference": _SIGNED,
        "components": record(dict.fromkeys(COMPONENTS, _SIGNED)),
    }),
    _reassessment,
)  # fmt: skip

TOPICS: tuple[Topic, ...] = (
    PREMIUM, INSTALMENTS, MATERNITY, REDUCTION, CARE, INSURED, SPECIAL, LIMIT, DUE_DATES, REASSESSMENT
)  # fmt: skip
