"""How the amount was reached, as data for the template: by component, by member, and in sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kokuho.documents import fit
from kokuho.documents.fonts import FontSet
from kokuho.documents.letter import drawn
from kokuho.documents.notice import ComponentBasis, Member, NoticeData, Reduction
from kokuho.documents.wording import COMPONENTS, HEADS, filled, less, yen

NOTHING = "―"
MEMBER_NAME_ROOM = 33.0
"""Width of a member's name in the table, mm."""


def component_table(notice: NoticeData, words: dict[str, Any]) -> dict[str, Any]:
    """所得割・資産割・均等割・平等割・減額 by component: groups of rows, the sum in the last column."""
    parts = notice.components

    def row(label: str, cells: list[str], kind: str = "") -> dict[str, Any]:
        return {"label": label, "cells": cells, "kind": kind}

    def texts(show: Callable[[ComponentBasis], str]) -> list[str]:
        return [*(show(part) for part in parts), ""]

    def amounts(value: Callable[[ComponentBasis], int], levied: Callable[[ComponentBasis], bool]) -> list[str]:
        cells = [yen(value(part)) if levied(part) else NOTHING for part in parts]
        return [*cells, yen(sum(value(part) for part in parts))]

    groups = [
        {
            "title": "所得割",
            "rows": [
                row("計算のもとになる所得", texts(lambda p: NOTHING if p.income_base is None else yen(p.income_base))),
                row(words["rate"], texts(lambda p: p.income_rate or NOTHING)),
                row("所得割額", amounts(lambda p: p.income_levy, lambda p: p.income_rate is not None), "part"),
            ],
        }
    ]
    if any(part.asset_rate is not None for part in parts):
        groups.append(
            {
                "title": "資産割",
                "rows": [
                    row("固定資産税額", texts(lambda p: NOTHING if p.asset_base is None else yen(p.asset_base))),
                    row(words["rate"], texts(lambda p: p.asset_rate or NOTHING)),
                    row("資産割額", amounts(lambda p: p.asset_levy, lambda p: p.asset_rate is not None), "part"),
                ],
            }
        )
    groups.append(
        {
            "title": "均等割",
            "rows": [
                row("1人あたりの額×人数", texts(_per_capita)),
                row("均等割額", amounts(lambda p: p.per_capita_levy, lambda p: p.per_capita_unit is not None), "part"),
            ],
        }
    )
    if any(part.per_household_unit is not None for part in parts):
        groups.append(
            {
                "title": "平等割",
                "rows": [
                    row("1世帯あたりの額", texts(_per_household)),
                    row(
                        "平等割額",
                        amounts(lambda p: p.per_household_levy, lambda p: p.per_household_unit is not None),
                        "part",
                    ),
                ],
            }
        )
    deductions: list[tuple[str, Callable[[ComponentBasis], int]]] = [
        (f"{notice.reduction.ratio}割軽減", lambda p: p.reduction),
        ("未就学児の軽減", lambda p: p.preschool_relief),
        ("産前産後の減額", lambda p: p.maternity_relief),
        ("条例による軽減", lambda p: p.local_relief),
        ("限度額を超える額", lambda p: p.cap_excess),
        ("端数の切捨て", lambda p: p.rounding),
        ("減免", lambda p: p.exemption),
    ]
    taken = [
        row(label, [*(less(value(p)) for p in parts), less(sum(value(p) for p in parts))])
        for label, value in deductions
        if any(value(p) for p in parts)
    ]
    if taken:
        groups.append({"title": "減額など", "rows": taken})
    whole = sum(part.amount for part in parts)
    totals = [row(f"年間{words['short']}額", [*(yen(part.amount) for part in parts), yen(whole)], "total")]
    if notice.total_rounding:
        totals.append(row("合計の端数の切捨て", [*("" for _ in parts), less(notice.total_rounding)]))
    if notice.total_exemption:
        totals.append(row("減免", [*("" for _ in parts), less(notice.total_exemption)]))
    if len(totals) > 1:
        totals.append(row(f"決定した{words['short']}額", [*("" for _ in parts), yen(notice.annual_total)], "total"))
    return {"heads": heads(notice), "groups": groups, "totals": totals}


def heads(notice: NoticeData) -> list[list[str]]:
    """Column headings, each as its lines."""
    return [*([*HEADS[part.component]] for part in notice.components), ["合計"]]


def intro(notice: NoticeData, words: dict[str, Any]) -> str:
    """What the levy is made of, before any figure."""
    kinds = ""
    if any(part.asset_rate is not None for part in notice.components):
        kinds += words["intro_asset"]
    if any(part.per_household_unit is not None for part in notice.components):
        kinds += words["intro_household"]
    return filled(words["intro"], short=words["short"], count=str(len(notice.components)), household=kinds)


def _per_capita(part: ComponentBasis) -> str:
    if part.per_capita_unit is None:
        return NOTHING
    return f"{yen(part.per_capita_unit + part.per_capita_adult_unit)}×{part.per_capita_count}人"


def _per_household(part: ComponentBasis) -> str:
    if part.per_household_unit is None:
        return NOTHING
    share = f"×{part.per_household_share}" if part.per_household_share else ""
    return f"{yen(part.per_household_unit)}{share}"


def member_rows(notice: NoticeData, fonts: FontSet) -> list[dict[str, Any]]:
    """One entry a member: name, remarks, incomes, and two lines of amounts by component (所得割, 均等割)."""
    found = []
    for member in notice.members:
        by_component = {share.component: share for share in member.shares}
        income, per_capita, both = [], [], [0, 0]
        for part in notice.components:
            share = by_component.get(part.component)
            income.append(yen(share.income_levy) if share else NOTHING)
            per_capita.append(yen(share.per_capita_levy) if share else NOTHING)
            if share:
                both = [both[0] + share.income_levy, both[1] + share.per_capita_levy]
        found.append(
            {
                "name": drawn(_name(member.name), fonts),
                "remark": _remark("・".join((*_months(member), *member.remarks))),
                "total_income": "申告なし" if member.total_income is None else yen(member.total_income),
                "base": yen(member.income_base),
                "income": [*income, yen(both[0])],
                "per_capita": [*per_capita, yen(both[1])],
            }
        )
    return found


def _name(name: str) -> fit.Fitted:
    """One line where it fits in a readable size, else two smaller ones: the row also holds a line of remarks."""
    one = fit.fitted([name], MEMBER_NAME_ROOM, 1, (10, 9, 8))
    return one if one.points >= 8 else fit.fitted([name], MEMBER_NAME_ROOM, 2, (8, 7, 6.5))


def _remark(text: str) -> dict[str, Any] | None:
    """What the name's cell says under it, on one line."""
    if not text:
        return None
    one = fit.fitted([text], MEMBER_NAME_ROOM, 1, (6.5, 6, 5.5))
    return {"size": one.points, "lines": one.lines}


def _months(member: Member) -> list[str]:
    """What to say about a member who does not bear all twelve months of every component."""
    months = {share.component: share.months for share in member.shares}
    whole = max(months.values(), default=0)
    found = [f"加入{whole}か月"] if 0 < whole < 12 else []
    care = months.get("care")
    if care is not None and care != whole:
        found.append(f"介護分{care}か月")
    return found


def member_totals(notice: NoticeData) -> list[dict[str, Any]]:
    """The rows under the members: 平等割, what is adjusted for the household as a whole, and the annual amounts."""
    levied = {part.component: 0 for part in notice.components}
    for member in notice.members:
        for share in member.shares:
            levied[share.component] += share.income_levy + share.per_capita_levy
    adjusted = [part.amount - levied[part.component] - part.per_household_reduced for part in notice.components]
    rows = []
    if any(part.per_household_unit is not None for part in notice.components):
        cells = [
            yen(p.per_household_reduced) if p.per_household_unit is not None else NOTHING for p in notice.components
        ]
        rows.append(
            {
                "label": "平等割（世帯の分）",
                "cells": [*cells, yen(sum(part.per_household_reduced for part in notice.components))],
                "kind": "",
            }
        )
    if any(adjusted):
        rows.append({"label": "調整", "cells": [*(yen(v) for v in adjusted), yen(sum(adjusted))], "kind": ""})
    amounts = [part.amount for part in notice.components]
    rows.append({"label": "合計", "cells": [*(yen(v) for v in amounts), yen(sum(amounts))], "kind": "total"})
    return rows


def _line(rule: Reduction, threshold: int) -> str:
    """The line of 5割 and 2割 rises with the persons counted, so they are named."""
    return yen(threshold) if rule.persons is None or rule.ratio == 7 else f"{yen(threshold)}・{rule.persons}人で計算"


def sentences(notice: NoticeData, words: dict[str, Any]) -> list[str]:
    """What the citizen should know about this computation, in whole sentences."""
    short, parts = words["short"], notice.components
    has_household_part = any(part.per_household_unit is not None for part in parts)
    reduced = "均等割と平等割" if has_household_part else "均等割"
    found = []
    rule = notice.reduction
    if rule.ratio:
        taken = yen(sum(part.reduction for part in parts))
        if rule.judged_income is not None and rule.threshold is not None:
            values = {"judged": yen(rule.judged_income), "threshold": _line(rule, rule.threshold)}
            values |= {"parts": reduced, "ratio": str(rule.ratio), "amount": taken}
            found.append(filled(words["reduction_applied"], **values))
        else:
            values = {"parts": reduced, "ratio": str(rule.ratio), "amount": taken}
            found.append(filled(words["reduction_applied_short"], **values))
    elif rule.judged_income is None:
        found.append(filled(words["reduction_unknown"], parts=reduced, short=short))
    elif rule.threshold is not None:
        values = {"judged": yen(rule.judged_income), "threshold": _line(rule, rule.threshold)}
        found.append(filled(words["reduction_none"], parts=reduced, **values))
    for key, amount in (
        ("preschool", sum(part.preschool_relief for part in parts)),
        ("maternity", sum(part.maternity_relief for part in parts)),
        ("local_relief", sum(part.local_relief for part in parts)),
        ("exemption", sum(part.exemption for part in parts) + notice.total_exemption),
    ):
        if amount:
            found.append(filled(words[key], amount=yen(amount)))
    capped = [
        f"{COMPONENTS[part.component][0]}（{yen(part.cap)}）"
        for part in parts
        if part.cap_excess and part.cap is not None
    ]
    if capped:
        found.append(filled(words["cap"], components="、".join(capped), cap_word=words["cap_word"]))
    for part in parts:
        if part.per_capita_adult_unit:
            found.append(filled(words["adult_unit"], amount=yen(part.per_capita_adult_unit)))
    if any(share.months != 12 for member in notice.members for share in member.shares):
        found.append(words["monthly"])
    if not notice.payer.insured:
        found.append(filled(words["fictitious_head"], short=short))
    return found
