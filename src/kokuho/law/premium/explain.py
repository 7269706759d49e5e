"""The calculation sheet: a trace and the plan of its year become steps in the words of the office.

Amounts are taken from the trace; what is worked out here are the texts of the formulas. A trace of years ago needs the
ordinance file of its year and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kokuho.law.premium import months as m
from kokuho.law.premium.explain_levy import explain_component, member_capita, member_income
from kokuho.law.premium.incomes import Brackets
from kokuho.law.premium.plan import Plan
from kokuho.law.premium.result import COUNTED, HEAD, INSURED, UNDECLARED
from kokuho.law.premium.sheet import Sheet, SheetMember
from kokuho.law.steps import Step, yen

_RARE_LABELS = {
    "separate": "分離課税等の所得",
    "special_deduction": "譲渡所得の特別控除",
    "loss_carryover": "純損失等の繰越控除",
    "casualty_carryover": "雑損失の繰越控除",
    "family_wages_paid": "専従者給与（控除）",
    "wages_removed": "専従者給与による所得",
}


def explain(plan: Plan, trace: Sequence[Any], names: Mapping[Any, str] | None = None) -> list[Step]:
    """The steps of a levy from its trace (also one read back from JSON).

    `names` gives the words for the members' ids on the sheet; without it 世帯主 and the id stand there.
    """
    sheet = Sheet.read(plan, trace, names or {})
    steps: list[Step] = []
    for member in sheet.members:
        steps += _incomes(sheet, member)
    steps += _judgement(sheet)
    for place in range(len(plan.components)):
        steps += explain_component(sheet, place)
    steps.append(_total(sheet))
    return steps


def _incomes(sheet: Sheet, member: SheetMember) -> list[Step]:
    """Receipts → income → (A) → base of one person."""
    plan, steps, name = sheet.plan, [], member.name
    if not member.has_income:
        return []
    rules, rare = plan.income, member.rare
    adjustment = rare.get("adjustment", 0)
    if member.salary_receipts and "total" not in rare:
        derived = rules.salary.income(member.salary_receipts)
        if derived - adjustment == member.salary_income:
            formula = _bracket(rules.salary, member.salary_receipts, "給与収入")
            steps.append(Step(f"給与所得（{name}）", formula, derived, sheet.cite("salary_income")))
            if adjustment:
                formula = f"{yen(derived)} − 所得金額調整控除 {yen(adjustment)}"
                steps.append(
                    Step(f"調整後の給与所得（{name}）", formula, member.salary_income, sheet.cite("income_adjustment"))
                )
        else:
            formula = f"給与収入 {yen(member.salary_receipts)}（税務の資料による所得）"
            steps.append(Step(f"給与所得（{name}）", formula, member.salary_income, sheet.cite("salary_income")))
    if member.pension_receipts and "total" not in rare:
        senior = member.band <= m.SENIOR
        brackets = rules.pension_65 if senior else rules.pension_under65
        formula = f"公的年金等収入 {yen(member.pension_receipts)}（税務の資料による所得）"
        if brackets.income(member.pension_receipts) == member.pension_income:
            formula = _bracket(brackets, member.pension_receipts, "公的年金等収入")
        label = f"年金所得（{name}、{'65歳以上' if senior else '65歳未満'}）"
        steps.append(Step(label, formula, member.pension_income, sheet.cite("pension_income")))
    steps.append(Step(f"総所得金額等（{name}）", _total_income(member), member.base_income, sheet.cite("base")))
    if member.relieved:
        salary, base_income, _ = member.relieved
        formula = (
            f"給与所得を{rules.involuntary}/100 とみなす（{_months(sheet, member.involuntary)}）給与所得 {yen(salary)}"
        )
        steps.append(Step(f"非自発的失業者の総所得金額等（{name}）", formula, base_income, sheet.cite("involuntary")))
    if member.status & INSURED:
        for segment, base in enumerate(member.bases):
            income = member.base_income
            note = ""
            if member.relieved and member.involuntary & sheet.segments[segment].mask:
                income, note = member.relieved[1], "、非自発的失業の月"
            formula = f"{yen(income)} − 基礎控除 {yen(member.deduction)}"
            if base < max(0, income - member.deduction):
                unit = f"{yen(plan.base_unit)}未満切捨て" if plan.base_unit > 1 else "条例の控除後"
                formula += f"（{unit}）"
            steps.append(Step(f"所得割の算定基礎（{name}{note}）", formula, base, sheet.cite("base")))
            if not member.relieved:
                break
    return steps


def _bracket(brackets: Brackets, receipts: int, word: str) -> str:
    """The quick table's line with the real figure."""
    unit, num, den, add = brackets.row(receipts)
    sign = f" − {yen(-add)}" if add < 0 else f" + {yen(add)}" if add else ""
    if num == 0:
        return f"{word} {yen(receipts)}（速算表の定額）"
    if unit > 1:
        return f"{word} {yen(receipts // unit * unit)}（{yen(unit)}未満切捨て）× {num * 100 // unit}%{sign}"
    if num == den:
        return f"{word} {yen(receipts)}{sign}"
    return f"{word} {yen(receipts)} × {num * 100 // den}%{sign}"


def _total_income(member: SheetMember) -> str:
    rare = member.rare
    if "total" in rare:
        return "総所得金額等として把握した額"
    parts = []
    if member.salary_receipts or member.salary_income:
        parts.append(f"給与所得 {yen(member.salary_income)}")
    if member.pension_receipts or member.pension_income:
        parts.append(f"年金所得 {yen(member.pension_income)}")
    if member.other or not parts:
        parts.append(f"その他の所得 {yen(member.other)}")
    if "separate" in rare:
        parts.append(f"分離課税等の所得 {yen(rare['separate'])}")
    text = " + ".join(parts)
    return f"{text} − 純損失等の繰越控除 {yen(rare['loss_carryover'])}" if "loss_carryover" in rare else text


def _months(sheet: Sheet, mask: int) -> str:
    """``6月〜3月`` or the months one by one."""
    numbers = [(index + 3) % 12 + 1 for index in range(12) if mask >> index & 1]
    if not numbers:
        return "なし"
    first = mask & -mask
    if (mask // first) & (mask // first + 1) == 0 and len(numbers) > 1:
        return f"{numbers[0]}月〜{numbers[-1]}月"
    return "・".join(f"{number}月" for number in numbers)


def _judgement(sheet: Sheet) -> list[Step]:
    """軽減判定所得, thresholds and class, for every segment that is judged on its own."""
    steps: list[Step] = []
    judged = [member for member in sheet.members if member.status & (COUNTED | HEAD)]
    for member in judged:
        formula = _judged_income(member)
        if formula:
            steps.append(
                Step(
                    f"軽減判定に用いる所得（{member.name}）", formula, member.reduction_income,
                    sheet.cite("reduction_income"),
                )
            )  # fmt: skip
    several = len(sheet.segments) > 1
    for segment in sheet.segments:
        note = f"（{_months(sheet, segment.mask)}）" if several else ""
        terms = []
        for member in judged:
            income = member.reduction_income
            if member.relieved and member.involuntary & segment.mask:
                income = member.relieved[2]
            terms.append(f"{member.name} {yen(income)}")
        steps.append(Step(f"軽減判定所得{note}", " + ".join(terms), segment.income, sheet.cite("reduction_income")))
        steps.append(_class_step(sheet, segment.cls, segment.income, segment.earners, note))
    return steps


def _judged_income(member: SheetMember) -> str:
    """How (B) differs from (A); empty when it does not."""
    rare = member.rare
    if member.base_income == member.reduction_income and not set(rare) & set(_RARE_LABELS):
        return ""
    text = f"総所得金額等 {yen(member.base_income)}"
    if member.pension_deducted:
        text += f" − 65歳以上の公的年金所得の控除 {yen(member.pension_deducted)}"
    if rare.get("wages_removed"):
        text += f" − {_RARE_LABELS['wages_removed']} {yen(rare['wages_removed'])}"
    for code in ("family_wages_paid", "special_deduction"):
        if code in rare:
            text += f" + {_RARE_LABELS[code]} {yen(rare[code])}"
    if "casualty_carryover" in rare:
        text += f" − {_RARE_LABELS['casualty_carryover']} {yen(rare['casualty_carryover'])}"
    return text


def _class_step(sheet: Sheet, cls: int, income: int, earners: int, note: str) -> Step:
    plan = sheet.plan
    value = f"{plan.ratios[cls]}割" if cls else "軽減なし"
    if any(member.status & UNDECLARED for member in sheet.members):
        return Step(
            f"軽減判定{note}",
            "所得の申告がなく、所得の分からない方がいるため軽減できません",
            value,
            sheet.cite("undeclared"),
        )
    rules, persons = plan.reduction, sheet.persons
    seven, five, two = rules.thresholds(persons, earners)
    base, total = yen(rules.base), ""
    if earners > 1:
        total = f" = {yen(seven)}"
        base += f" + {yen(rules.per_earner)} × (給与所得者等{earners}人 − 1)"
    formula = (
        f"{yen(income)} を7割・5割・2割の基準と比べる: 7割 {base}{total} 以下、"
        f"5割 {yen(seven)} + {yen(rules.per_person_5)} × {persons}人 = {yen(five)} 以下、"
        f"2割 {yen(seven)} + {yen(rules.per_person_2)} × {persons}人 = {yen(two)} 以下"
    )
    judged = 1 if income <= seven else 2 if income <= five else 3 if income <= two else 0
    if judged != cls and cls <= 3:
        formula = "決定済みの軽減割合による"
    return Step(f"軽減判定{note}", formula, value, sheet.cite("reduction"))


def _total(sheet: Sheet) -> Step:
    amounts = [result.amount for result in sheet.results]
    formula = " + ".join(yen(amount) for amount in amounts)
    if sheet.total != sum(amounts):
        formula += f"（合計の{yen(sheet.plan.total_unit)}未満の端数処理）"
    return Step(f"年間{sheet.plan.ordinance.word}額", formula, sheet.total, sheet.cite("total"))


class MemberParts(NamedTuple):
    """One person's shares: component code → (所得割, 均等割) in yen, before rounding and cap of the household.

    The shares of 所得割 are each cut to the yen, so that they may come short of the household's by a few yen.
    """

    id: int | str
    parts: dict[int, tuple[int, int]]


def member_parts(plan: Plan, trace: Sequence[Any]) -> list[MemberParts]:
    """Shares of every levied person, for lists, notices and statistics (按分)."""
    sheet = Sheet.read(plan, trace, {})
    shares = []
    for index, member in enumerate(sheet.members):
        parts = {
            component.code: (member_income(sheet, member, place), member_capita(sheet, index, place))
            for place, component in enumerate(plan.components)
            if member.months_of(component.care)
        }
        if parts:
            shares.append(MemberParts(member.id, parts))
    return shares
