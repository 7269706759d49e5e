"""The part of the calculation sheet that shows one component: 所得割, 資産割, 均等割, 平等割, rounding, cap, relief."""

from __future__ import annotations

from kokuho.law.premium.household import FULL_YEAR
from kokuho.law.premium.ordinance import COMPONENT_NAMES, COMPONENTS, percent
from kokuho.law.premium.plan import DEN, PRESCHOOL_BANDS, YOUNG_BANDS, rounded
from kokuho.law.premium.sheet import Sheet, SheetMember
from kokuho.law.steps import Step, yen


def explain_component(sheet: Sheet, place: int) -> list[Step]:
    """The steps of one component; none when nobody of the household is levied for it."""
    plan, result = sheet.plan, sheet.results[place]
    component = plan.components[place]
    levied = [member for member in sheet.members if member.months_of(component.care)]
    if not levied:
        return []
    name = COMPONENTS[component.code]
    word = COMPONENT_NAMES[name]
    steps = _maternity(sheet, levied, word)
    if plan.component_by_person:
        steps += _by_person(sheet, place, levied, word)
    else:
        steps.append(_income(sheet, place, levied, word))
        if component.asset_rate:
            rate = percent(plan.ordinance.components[name].asset_rate)
            formula = f"固定資産税額 {_sum(sheet, levied, component.care, assets=True)} × {rate}"
            steps.append(Step(f"資産割額（{word}）", formula, result.asset, sheet.cite(name)))
        steps += _per_capita(sheet, place, levied, word)
        if component.per_household:
            steps.append(_per_household(sheet, place, levied, word))
    return steps + _amount(sheet, place, word)


def _maternity(sheet: Sheet, levied: list[SheetMember], word: str) -> list[Step]:
    return [
        Step(
            f"産前産後の免除（{word}、{member.name}）",
            f"本人の所得割と均等割を {member.maternity.bit_count()}か月分 免除",
            f"{member.maternity.bit_count()}か月",
            sheet.cite("maternity"),
        )
        for member in levied
        if member.maternity
    ]


def _base_terms(sheet: Sheet, member: SheetMember, care: bool) -> list[tuple[int, int]]:
    """(base, months) of a member, one pair for each segment in which the member is levied."""
    mask = member.months_of(care) & ~member.maternity
    if not sheet.plan.former_after_cap:
        mask &= ~member.free_income
    if not sheet.by_months or len(set(member.bases)) == 1:
        return [(member.bases[0], mask.bit_count())]
    return [
        (base, (mask & segment.mask).bit_count())
        for base, segment in zip(member.bases, sheet.segments, strict=True)
        if mask & segment.mask
    ]


def _sum(sheet: Sheet, levied: list[SheetMember], care: bool, assets: bool = False) -> str:
    """``1,590,000円`` or ``(1,590,000円 + 470,000円 × 9/12)``: the bases that are not zero."""
    terms = []
    for member in levied:
        pairs = [(member.asset_tax, member.months_of(care).bit_count())] if assets else _base_terms(sheet, member, care)
        terms += [yen(base) if months == 12 else f"{yen(base)} × {months}/12" for base, months in pairs if base]
    if not terms:
        return yen(0)
    return terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"


def _income(sheet: Sheet, place: int, levied: list[SheetMember], word: str) -> Step:
    plan = sheet.plan
    component = plan.components[place]
    name = COMPONENTS[component.code]
    formula = f"{_sum(sheet, levied, component.care)} × {percent(plan.ordinance.components[name].income_rate)}"
    if component.income_by_person and len(levied) > 1:
        formula += "（1人ごとに端数処理）"
    return Step(f"所得割額（{word}）", formula, sheet.results[place].income, sheet.cite(name))


def _ratio(sheet: Sheet, cls: int) -> str:
    return f" × (1 − {sheet.plan.ratios[cls]}割)" if cls else ""


def _capita_text(sheet: Sheet, place: int, band: int, cls: int) -> str:
    """What one person's 均等割 is made of."""
    name = COMPONENTS[sheet.plan.components[place].code]
    component = sheet.plan.ordinance.components[name]
    if name == "child" and band in YOUNG_BANDS:
        return f"{yen(component.per_capita)} × 0（18歳未満は全額減額）"
    text = yen(component.per_capita)
    if name == "child" and component.per_capita_adult:
        text = f"({text} + 18歳以上 {yen(component.per_capita_adult)})"
    text += _ratio(sheet, cls)
    if band in PRESCHOOL_BANDS and name in ("medical", "support"):
        text += " × 1/2（未就学児）"
    own = [
        rule["name"]
        for rule in sheet.plan.ordinance.settings["local_reductions"]
        if rule["target"] == "per_capita" and name in rule.get("components", COMPONENTS) and _who(rule.get("who"), band)
    ]
    return f"{text}（{'・'.join(own)}）" if own else text


def _who(who: str | None, band: int) -> bool:
    if who == "preschool":
        return band in PRESCHOOL_BANDS
    return band in YOUNG_BANDS if who in ("under_18", "second_child_on") else True


def _authority(sheet: Sheet, place: int, band: int) -> str:
    name = COMPONENTS[sheet.plan.components[place].code]
    text = sheet.cite(name)
    if name == "child" and band in YOUNG_BANDS:
        return f"{text}・{sheet.cite('child_under_18')}"
    if band in PRESCHOOL_BANDS and name in ("medical", "support"):
        return f"{text}・{sheet.cite('preschool')}"
    return f"{text}・{sheet.cite('reduction')}" if sheet.segments[0].cls else text


def _per_capita(sheet: Sheet, place: int, levied: list[SheetMember], word: str) -> list[Step]:
    """One step a kind of person for a whole year, one a person by months, one in all where the household is rounded."""
    plan, cls = sheet.plan, sheet.segments[0].cls
    if sheet.by_months:
        return _per_capita_months(sheet, place, levied, word)
    groups: dict[int, int] = {}
    for member in levied:
        groups[member.band] = groups.get(member.band, 0) + 1
    merged: dict[str, tuple[int, int]] = {}  # text → (persons, a band of it)
    for band, count in groups.items():
        text = _capita_text(sheet, place, band, cls)
        merged[text] = (merged.get(text, (0, band))[0] + count, band)
    if plan.per_capita_by_household:
        formula = " + ".join(f"{text} × {count}人" for text, (count, _) in merged.items())
        return [
            Step(f"均等割額（{word}）", formula, sheet.results[place].per_capita,
                 _authority(sheet, place, levied[0].band))
        ]  # fmt: skip
    return [
        Step(
            f"均等割額（{word}）",
            f"{text} × {count}人",
            plan.per_capita[cls][band][place] * count,
            _authority(sheet, place, band),
        )
        for text, (count, band) in merged.items()
    ]


def _per_capita_months(sheet: Sheet, place: int, levied: list[SheetMember], word: str) -> list[Step]:
    plan, steps, terms = sheet.plan, [], []
    care = plan.components[place].care
    for index, member in enumerate(sheet.members):
        mask = member.months_of(care)
        if not mask:
            continue
        texts = []
        for segment in sheet.segments:
            months = (mask & segment.mask & ~member.maternity).bit_count()
            if months:
                texts.append(f"{_capita_text(sheet, place, member.band, segment.cls)}" + (
                    "" if months == 12 else f" × {months}/12"))  # fmt: skip
        text = " + ".join(texts) or f"{yen(0)}（全月免除）"
        if plan.per_capita_by_household:
            terms.append(text)
            continue
        value = sheet.per_capitas[place][index]
        steps.append(Step(f"均等割額（{word}、{member.name}）", text, value, _authority(sheet, place, member.band)))
    if plan.per_capita_by_household:
        formula = " + ".join(terms)
        return [Step(f"均等割額（{word}）", formula, sheet.results[place].per_capita,
                     _authority(sheet, place, levied[0].band))]  # fmt: skip
    return steps


def _per_household(sheet: Sheet, place: int, levied: list[SheetMember], word: str) -> Step:
    plan = sheet.plan
    component = plan.components[place]
    name = COMPONENTS[component.code]
    amount = yen(plan.ordinance.components[name].per_household)
    union = 0
    for member in levied:
        union |= member.months_of(component.care)
    half = 0 if component.care else sheet.half
    three = 0 if component.care else sheet.three_quarter & ~half
    terms = []
    for segment in sheet.segments:
        for weight, mask in (("", ~half & ~three), (" × 1/2（特定世帯）", half), (" × 3/4（特定継続世帯）", three)):
            months = (union & segment.mask & mask & FULL_YEAR).bit_count()
            if months:
                terms.append(f"{amount}{weight}{_ratio(sheet, segment.cls)}" + (
                    "" if months == 12 else f" × {months}/12"))  # fmt: skip
    return Step(f"平等割額（{word}）", " + ".join(terms), sheet.results[place].per_household, sheet.cite(name))


def _by_person(sheet: Sheet, place: int, levied: list[SheetMember], word: str) -> list[Step]:
    """Where each person's amount is rounded: a step a person, and one for 平等割 and 資産割 if there are any."""
    plan = sheet.plan
    component = plan.components[place]
    name = COMPONENTS[component.code]
    rate = percent(plan.ordinance.components[name].income_rate)
    unit, mode = plan.component_unit, plan.component_mode
    steps, total = [], 0
    for index, member in enumerate(sheet.members):
        if not member.months_of(component.care):
            continue
        income = member_income(sheet, member, place)
        capita = (
            sheet.per_capitas[place][index] if sheet.by_months
            else plan.per_capita[sheet.segments[0].cls][member.band][place]
        )  # fmt: skip
        value = rounded(income + capita, 1, mode, unit)
        total += value
        formula = f"所得割 {_sum(sheet, [member], component.care)} × {rate} = {yen(income)}、均等割 {yen(capita)}"
        if unit > 1:
            formula += f"、計の{yen(unit)}未満の端数処理"
        steps.append(Step(f"1人分（{word}、{member.name}）", formula, value, sheet.cite(name)))
    result = sheet.results[place]
    rest = result.amount + result.over_cap - total + (result.relief if plan.former_after_cap else 0)
    if rest > 0:
        steps.append(Step(f"平等割・資産割（{word}）", "世帯に係る額", rest, sheet.cite(name)))
    return steps


def member_income(sheet: Sheet, member: SheetMember, place: int) -> int:
    """A person's share of 所得割 in yen, rounded as the ordinance rounds 所得割."""
    component = sheet.plan.components[place]
    numerator = component.rate * sum(base * months for base, months in _base_terms(sheet, member, component.care))
    return rounded(numerator, sheet.plan.rate_den * 12, component.income_mode, component.income_unit)


def member_capita(sheet: Sheet, index: int, place: int) -> int:
    """A person's 均等割 in yen (cut to the yen where the ordinance rounds the household's only)."""
    plan, member = sheet.plan, sheet.members[index]
    if sheet.by_months:
        value = sheet.per_capitas[place][index]
        return value // (DEN * 12) if plan.per_capita_by_household else value
    if not member.months_of(plan.components[place].care):
        return 0
    value = plan.per_capita[sheet.segments[0].cls][member.band][place]
    return value // DEN if plan.per_capita_by_household else value


def _amount(sheet: Sheet, place: int, word: str) -> list[Step]:
    """Rounding, cap and relief of the component, ending in its amount."""
    plan, result = sheet.plan, sheet.results[place]
    cut = ""
    if plan.component_unit > 1:
        cut = f"（{yen(plan.component_unit)}未満切捨て）" if plan.component_mode == "floor" else "（端数処理）"
    if result.income is None:
        formula = f"1人分の計{cut}"
        before = result.amount + result.over_cap + (result.relief if plan.former_after_cap else 0)
    else:
        parts = [result.income, result.asset, result.per_capita, result.per_household]
        formula = (" + ".join(yen(part or 0) for part in parts if part) or yen(0)) + cut
        before = rounded(sum(part or 0 for part in parts), 1, plan.component_mode, plan.component_unit)
    relief = result.relief if plan.former_after_cap else 0
    if not result.over_cap and not relief:
        return [Step(f"{word}の額", formula, result.amount, sheet.cite("rounding"))]
    steps = [Step(f"{word}の算定額", formula, before, sheet.cite("rounding"))]
    left = f"{yen(before)}"
    authority = "cap"
    if result.over_cap:
        cap = plan.ordinance.components[COMPONENTS[plan.components[place].code]].cap
        left += f" − 限度超過額 {yen(result.over_cap)}（限度額 {yen(cap or 0)}）"
    if relief:
        authority = "former_dependent"
        words = "旧被扶養者の所得割・均等割等"
        steps.append(Step(f"旧被扶養者減免（{word}）", words, relief, sheet.cite(authority)))
        left += f" − 減免 {yen(relief)}{cut}"
    steps.append(Step(f"{word}の額", left, result.amount, sheet.cite(authority)))
    return steps
