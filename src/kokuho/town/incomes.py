"""Incomes of the year before, as the tax office's file carries them.

All amounts are yen. The figures of one person agree with each other:

    給与所得, 公的年金等雑所得   by the year's tables of `kokuho.law.premium.incomes`, from the receipts
    合計所得金額   = max(0, 給与所得 − 所得金額調整控除 + 年金 + 営業等 + 農業 + 不動産 + 利子 + 配当 + 雑 + 総合短期
                     + (総合長期 + 一時) ÷ 2) + 山林 + 分離短期・長期 (特別控除前) + 株式等 + 先物
    総所得金額等   = 合計所得金額 − 純損失・雑損失・上場株式等・先物の繰越控除

(地方税法292条1項13号・313条 [K-high]; the special deduction of 譲渡 is not taken off either figure.)
"""

from __future__ import annotations

from datetime import date

from kokuho.law.premium.incomes import IncomeRules, adjustment_of
from kokuho.town.days import age_on, iso
from kokuho.town.extras import PLANTED, add_extras, planted
from kokuho.town.people import EMPLOYEE, WELFARE, Household, Person
from kokuho.town.plan import profile
from kokuho.town.streams import Stream
from kokuho.town.world import World

# 申告区分
FINAL_RETURN, RESIDENT_RETURN, SALARY_REPORT, PENSION_REPORT, UNDECLARED, NOT_NEEDED, ELSEWHERE = "1234567"
# 課税区分
TAXED, PER_CAPITA_ONLY, EXEMPT, UNDECIDED = "1", "2", "3", "9"

# Yen columns of zei-income in order, before the two totals
AMOUNTS = (
    "salary_receipts", "salary_income", "pension_receipts", "pension_income", "business_income", "farm_income",
    "real_estate_income", "interest_income", "dividend_income", "misc_income", "short_transfer_income",
    "long_transfer_income", "occasional_income", "forestry_income", "family_employee_deduction",
    "family_employee_salary", "income_adjustment", "sep_short_before", "sep_short_after", "sep_long_before",
    "sep_long_after", "stock_general", "stock_listed", "listed_dividend", "futures", "net_loss_carried",
    "casualty_loss_carried", "stock_loss_carried",
)  # fmt: skip
_SEPARATE = (
    "forestry_income", "sep_short_before", "sep_long_before", "stock_general", "stock_listed", "listed_dividend",
    "futures",
)  # fmt: skip
_REPORTED = {
    "salary_receipts", "salary_income", "pension_receipts", "pension_income", "family_employee_salary",
    "income_adjustment",
}  # fmt: skip
_RETURN_KINDS = frozenset(AMOUNTS) - _REPORTED  # incomes that take a return: no employer or pension payer reports them

Amounts = dict[str, int]
Row = tuple[str | int | None, ...]


def income_rows(world: World, rng: Stream, household: Household, income: str = "") -> list[Row]:
    """Rows of zei-income for the people of a household who lived here on 1 January; `income` plants a set for the head.

    Children under 15 have none. Who came later is taxed elsewhere: some have a row that says so, others none.
    """
    head = household.head or household.members[0]
    living = {person.number: _living(world, rng, person) for person in household.members if person.work != "gone"}
    _family_business(rng, household, living)
    rows: list[Row] = []
    for person in household.members:
        amounts = living.get(person.number)
        if amounts is None:
            continue
        if person.resident_since > world.plan.tax_day:
            if age_on(person.birth, world.plan.tax_day) >= 15 and rng.chance(0.5):
                rows.append(_row(world, rng, person, {}, ELSEWHERE))
            continue
        if person.left_on and person.left_on <= world.plan.tax_day:
            continue
        chosen = income if person is head else ""
        if chosen in PLANTED:
            paid = amounts.get("family_employee_deduction", 0)
            amounts = planted(rng, chosen) | ({"family_employee_deduction": paid} if paid else {})
        elif age_on(person.birth, world.plan.tax_day) >= 18 and person.work != "child":
            add_extras(rng, amounts)
        row = _declared(world, rng, person, amounts, chosen, _has_child(world, household, person))
        if row:
            rows.append(row)
    return rows


def _living(world: World, rng: Stream, person: Person) -> Amounts:
    """What a person lived on in the year before, by work and age."""
    table = profile()["quantiles"]
    age = age_on(person.birth, world.plan.tax_day)
    work = person.work
    amounts: Amounts = {}
    if work in ("part_time", "student", "employee", "left_employer"):
        amounts["salary_receipts"] = rng.along(table[work])
    elif work == "salaried":
        amounts["salary_receipts"] = rng.along(table["employee"]) + (600_000 if age > 45 else 0)
    elif work in ("self_employed", "owner"):
        amounts["business_income"] = rng.along(table["self_employed"])
        if rng.chance(0.1):
            amounts["salary_receipts"] = rng.along(table["part_time"])
    elif work in ("farmer", "farm_helper"):
        amounts["farm_income"] = rng.along(table["farm"])
        if rng.chance(0.35):
            amounts["salary_receipts"] = rng.along(table["part_time"])
    elif work == "landlord":
        amounts["real_estate_income"] = rng.along(table["real_estate"])
    elif work == "retired":
        amounts["salary_receipts"] = rng.along(table["left_employer"])
    elif work == "pension_and_work" or (work == "jobless" and rng.chance(0.35)):
        amounts["salary_receipts"] = rng.along(table["part_time"])
    if age >= 65 and (not person.foreign or rng.chance(0.5)) and person.scheme != WELFARE:
        amounts["pension_receipts"] = rng.along(table["pension_man" if person.sex == "1" else "pension_woman"])
    elif age >= 61 and rng.chance(0.15):
        amounts["pension_receipts"] = rng.along(table["pension_early"])
    return {kind: value for kind, value in amounts.items() if value}


def _family_business(rng: Stream, household: Household, living: dict[str, Amounts]) -> None:
    """専従者給与: what the business takes off, its family members receive as salary."""
    owner = next((p for p in household.members if p.work in ("owner", "farmer") and p.number in living), None)
    if owner is None:
        return
    for person in household.members:
        if person.work == "family_employee" and person.number in living:
            wages = rng.along(profile()["quantiles"]["family_wages"]) // 10_000 * 10_000
            own = living[person.number]
            own["family_employee_salary"] = wages
            own["salary_receipts"] = own.get("salary_receipts", 0) + wages
            paid = living[owner.number]
            paid["family_employee_deduction"] = paid.get("family_employee_deduction", 0) + wages


def _has_child(world: World, household: Household, person: Person) -> bool:
    """Whether 所得金額調整控除 for a dependant under 23 is open to the person."""
    return person.relation == "02" and any(
        age_on(other.birth, world.plan.tax_day) < 23 and other is not person for other in household.here()
    )


def _declared(world: World, rng: Stream, person: Person, amounts: Amounts, income: str, child: bool) -> Row | None:
    """The person's row: by the declaration that fits the incomes, or as undeclared, or as nobody's concern."""
    if income == "undeclared":
        return _row(world, rng, person, {}, UNDECLARED)
    age = age_on(person.birth, world.plan.tax_day)
    if age < 15 or (age < 18 and not amounts and rng.chance(0.5)):
        return None
    free = age >= 20 and person.scheme != EMPLOYEE and income == "" and not _in_family_business(amounts)
    if free and rng.percent(profile()["undeclared"]):
        return _row(world, rng, person, {}, UNDECLARED)
    amounts = complete(world.rules, amounts, senior=age >= 65, child=child)
    if any(amounts.get(kind) for kind in _RETURN_KINDS):
        declaration = FINAL_RETURN
    elif amounts.get("salary_receipts") and amounts.get("pension_receipts"):
        declaration = FINAL_RETURN if rng.chance(0.6) else RESIDENT_RETURN
    elif amounts.get("salary_receipts"):
        declaration = SALARY_REPORT if rng.chance(0.7) else FINAL_RETURN
    elif amounts.get("pension_receipts"):
        declaration = PENSION_REPORT
    elif person.work in ("home", "student", "child", "welfare", "family_employee"):
        declaration = NOT_NEEDED
    else:
        declaration = RESIDENT_RETURN
    return _row(world, rng, person, amounts, declaration)


def _in_family_business(amounts: Amounts) -> bool:
    return "family_employee_salary" in amounts or "family_employee_deduction" in amounts


def complete(rules: IncomeRules, given: Amounts, *, senior: bool, child: bool) -> Amounts:
    """Derive 給与所得, 所得金額調整控除, 年金所得 and both totals from receipts and other incomes.

    Carried losses that exceed what they may be taken off are cut (純損失・雑損失 at 総所得金額, 上場株式等・先物 at the
    incomes from them). `senior` is 65 or over on 1 January, `child` a dependant under 23.
    """
    amounts = dict(given)
    get = amounts.get
    salary = rules.salary.income(get("salary_receipts", 0))
    other = _ordinary(amounts) + sum(get(kind, 0) for kind in _SEPARATE)
    pension = 0
    if get("pension_receipts"):
        pension = rules.pension_income(amounts["pension_receipts"], senior, salary + other)
    adjustment = adjustment_of(rules, get("salary_receipts", 0), salary, pension, child) if salary else 0
    amounts.update(salary_income=salary, pension_income=pension, income_adjustment=adjustment)
    ordinary = max(0, salary - adjustment + pension + _ordinary(amounts))
    separate = sum(get(kind, 0) for kind in _SEPARATE)
    stocks = get("stock_listed", 0) + get("listed_dividend", 0) + get("futures", 0)
    amounts["stock_loss_carried"] = min(get("stock_loss_carried", 0), stocks)
    amounts["net_loss_carried"] = min(get("net_loss_carried", 0), ordinary)
    amounts["casualty_loss_carried"] = min(get("casualty_loss_carried", 0), ordinary - amounts["net_loss_carried"])
    carried = amounts["stock_loss_carried"] + amounts["net_loss_carried"] + amounts["casualty_loss_carried"]
    amounts["aggregate_income"] = ordinary + separate
    amounts["total_income"] = ordinary + separate - carried
    return amounts


def _ordinary(amounts: Amounts) -> int:
    """Parts of 総所得金額 other than salary and pension; 一時 and 総合長期 count half."""
    get = amounts.get
    return (
        get("business_income", 0) + get("farm_income", 0) + get("real_estate_income", 0) + get("interest_income", 0)
        + get("dividend_income", 0) + get("misc_income", 0) + get("short_transfer_income", 0)
        + (get("long_transfer_income", 0) + get("occasional_income", 0)) // 2
    )  # fmt: skip


def _taxation(world: World, person: Person, amounts: Amounts) -> str:
    """課税区分 of a person without dependants, in outline: it is shown, no premium depends on it."""
    limits = profile()["tax_exempt"]
    aggregate, total = amounts.get("aggregate_income", 0), amounts.get("total_income", 0)
    minor = age_on(person.birth, world.plan.tax_day) < 18 and aggregate <= limits["minor_limit"]
    if minor or person.scheme == WELFARE or aggregate <= limits["limit"]:
        return EXEMPT
    left = total * (100 - limits["insurance_percent"]) // 100 - limits["basic_deduction"]
    return TAXED if left > 0 else PER_CAPITA_ONLY


def _for_the_ratio(amounts: Amounts) -> tuple[int, int]:
    """(課税所得, 収入金額の合計): deductions in outline; expenses of a business are half of what it takes in."""
    limits = profile()["tax_exempt"]
    total = amounts.get("total_income", 0)
    taxable = max(0, total * (100 - limits["insurance_percent"]) // 100 - limits["basic_deduction"]) // 1000 * 1000
    earned = sum(amounts.get(kind, 0) for kind in ("business_income", "farm_income", "real_estate_income"))
    others = ("interest_income", "dividend_income", "misc_income", "short_transfer_income", "long_transfer_income", "occasional_income")
    receipts = amounts.get("salary_receipts", 0) + amounts.get("pension_receipts", 0) + 2 * max(0, earned)
    receipts += sum(max(0, amounts.get(kind, 0)) for kind in (*others, *_SEPARATE))
    return taxable, receipts


def _row(world: World, rng: Stream, person: Person, amounts: Amounts, declaration: str) -> Row:
    """One row of zei-income in the layout's order."""
    fiscal_year = world.plan.fiscal_year
    known = declaration not in (UNDECLARED, ELSEWHERE)
    revised = known and rng.percent(profile()["revised"])
    decided = date(fiscal_year, 6, 12) if revised else date(fiscal_year, 5, 29)
    taxation = _taxation(world, person, amounts) if known else UNDECIDED
    values = [amounts.get(kind, 0) for kind in AMOUNTS]
    return (
        person.number, fiscal_year, int(revised), iso(decided), declaration, taxation,
        *values, amounts.get("total_income", 0), amounts.get("aggregate_income", 0),
        *(_for_the_ratio(amounts) if known else (None, None)),
    )  # fmt: skip
