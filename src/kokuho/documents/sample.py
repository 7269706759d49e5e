"""Notices of people who do not exist, for measuring and for a specimen sheet that the printer's proof is made from.

The amounts add up but follow a plain model of a levy, not the statute: nobody owes them.
"""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Literal

from kokuho.documents.notice import (
    Component,
    ComponentBasis,
    Destination,
    ExplanationLine,
    Instalment,
    Member,
    MemberShare,
    NoticeData,
    Office,
    Payer,
    PaymentMethod,
    PullReason,
    Reduction,
)
from kokuho.formats.customer_barcode import for_address

FAMILY_NAMES = (
    *(
        "佐藤",
        "鈴木",
        "高橋",
        "田中",
        "伊藤",
        "渡辺",
        "山本",
        "中村",
        "小林",
        "加藤",
        "吉田",
        "山田",
        "佐々木",
        "林",
        "斎藤",
    ),
    *("髙﨑", "葛\U000e0102城", "辻\U000e0102本", "\U00020bb7野", "渡邉", "齋藤", "濵田", "小比類巻", "勅使河原"),
)
GIVEN_NAMES = (
    "太郎",
    "花子",
    "一郎",
    "美咲",
    "健太",
    "陽子",
    "翔",
    "結衣",
    "蓮",
    "葵",
    "誠",
    "恵子",
    "隆",
    "幸子",
    "凛",
)
TOWNS = (
    ("332-0031", "埼玉県川口市青木"),
    ("332-0012", "埼玉県川口市本町"),
    ("333-0861", "埼玉県川口市柳崎"),
    ("334-0013", "埼玉県川口市南鳩ヶ谷"),
)
BUILDINGS = ("", "", "", "コーポ青葉202", "メゾン・ド・グランツリー川口元郷スカイレジデンス東館1203号室")
# component: rate in 1/10,000, 均等割, cap
FORMULA: dict[Component, tuple[int, int, int]] = {
    "medical": (745, 44_000, 660_000),
    "support": (278, 16_000, 260_000),
    "care": (236, 17_000, 170_000),
    "child": (27, 1_500, 30_000),
}
DUE = (
    *(
        date(2026, 7, 31),
        date(2026, 8, 31),
        date(2026, 9, 30),
        date(2026, 11, 2),
        date(2026, 11, 30),
        date(2026, 12, 28),
    ),
    *(date(2027, 2, 1), date(2027, 3, 1)),
)
Ratio = Literal[0, 2, 5, 7]


def sample_notices(count: int, office: Office, seed: int = 1) -> list[NoticeData]:
    """`count` notices; the same for the same seed. One in a hundred is protected, one in two hundred mail-stopped."""
    random = Random(seed)
    return [_notice(number, random, office) for number in range(1, count + 1)]


def _notice(number: int, random: Random, office: Office) -> NoticeData:
    size = random.choices((1, 2, 3, 4, 5, 6), (52, 28, 10, 6, 3, 1))[0]
    family = random.choice(FAMILY_NAMES)
    ages = [random.randint(20, 74), *(random.choice((3, 10, 16, 30, 45, 68)) for _ in range(size - 1))]
    incomes = [random.randrange(0, 6_000_000, 1_000) if age >= 20 else 0 for age in ages]
    judged = sum(incomes)
    lines: tuple[tuple[Ratio, int], ...] = (
        (7, 430_000),
        (5, 430_000 + 310_000 * size),
        (2, 430_000 + 570_000 * size),
    )
    none: tuple[Ratio, int] = (0, lines[2][1])
    ratio, threshold = next(((r, line) for r, line in lines if judged <= line), none)
    members, parts = _levy(family, ages, incomes, ratio, random)
    total = sum(part.amount for part in parts)
    postal, town = random.choice(TOWNS)
    block = f"{random.randint(1, 5)}丁目{random.randint(1, 40)}番{random.randint(1, 30)}号"
    building = random.choice(BUILDINGS)
    code = for_address(postal, f"{block}\u3000{building}")
    name = members[0].name
    method: PaymentMethod = random.choice(("transfer", "slip"))
    draw = random.random()
    pull: PullReason | None = "protected" if draw < 0.01 else "mail_stopped" if draw < 0.015 else None
    return NoticeData(
        levy_kind="tax",
        fiscal_year=2026,
        notice_number=f"{number:08d}",
        issued_on=date(2026, 7, 10),
        office=office,
        payer=Payer(name, postal, town + block, f"{number + 1_000_000:015d}"),
        destination=Destination(
            postal,
            (town + block, building) if building else (town + block,),
            name,
            barcode="".join(code.characters) if code else "",
            bars=code.bars if code else "",
        ),
        symbol_number=f"川 {random.randrange(10**6):06d}",
        annual_total=total,
        components=parts,
        members=members,
        reduction=Reduction(ratio, judged, threshold, size),
        instalments=_instalments(total, method),
        account="○○銀行 本店 普通 ＊＊＊＊123" if method == "transfer" else "",
        explanation=_steps(parts, judged),
        pull=pull,
    )


def _levy(
    family: str, ages: list[int], incomes: list[int], ratio: Ratio, random: Random
) -> tuple[tuple[Member, ...], tuple[ComponentBasis, ...]]:
    bases = [max(0, income - 430_000) for income in incomes]
    shares: list[list[MemberShare]] = [[] for _ in ages]
    parts = []
    for component, (rate, unit, cap) in FORMULA.items():
        borne = [i for i, age in enumerate(ages) if component != "care" or 40 <= age < 65]
        payers = [i for i in borne if component != "child" or ages[i] >= 18]
        income = sum(bases[i] * rate // 10_000 for i in borne)
        gross = unit * len(payers)
        reduction = gross * ratio // 10
        young = [i for i in payers if ages[i] < 6 and component in ("medical", "support")]
        preschool = len(young) * unit * (10 - ratio) // 20
        before = income + gross - reduction - preschool
        excess = max(0, before - cap)
        amount = (before - excess) // 100 * 100
        for i in borne:
            own = unit * (10 - ratio) // 10 if i in payers else 0
            own = own // 2 if i in young else own
            shares[i].append(MemberShare(component, 12, bases[i] * rate // 10_000, own))
        parts.append(
            ComponentBasis(
                component,
                amount,
                income_base=sum(bases[i] for i in borne) if borne else None,
                income_rate=f"{rate / 100:.2f}%" if borne else None,
                income_levy=income,
                per_capita_unit=unit if payers else None,
                per_capita_count=len(payers),
                per_capita_levy=gross,
                reduction=reduction,
                preschool_relief=preschool,
                cap=cap,
                cap_excess=excess,
                rounding=before - excess - amount,
            )
        )
    given = random.sample(GIVEN_NAMES, len(ages))
    members = []
    for i, age in enumerate(ages):
        remarks = ("未就学児",) if age < 6 else ()
        name = f"{family}\u3000{given[i]}"
        members.append(Member(name, incomes[i], 430_000, bases[i], tuple(shares[i]), remarks))
    return tuple(members), tuple(parts)


def _instalments(total: int, method: PaymentMethod) -> tuple[Instalment, ...]:
    if total == 0:
        return ()
    each = total // len(DUE) // 1_000 * 1_000
    first = total - each * (len(DUE) - 1)
    return tuple(Instalment(f"第{i + 1}期", due, first if i == 0 else each, method) for i, due in enumerate(DUE))


def _steps(parts: tuple[ComponentBasis, ...], judged: int) -> tuple[ExplanationLine, ...]:
    names = {"medical": "医療分", "support": "支援分", "care": "介護分", "child": "子ども分"}
    found = [ExplanationLine("軽減判定所得", "世帯主・加入者の所得の合計", judged, "地方税法第703条の5")]
    for part in parts:
        if part.income_base is not None:
            label = f"所得割額（{names[part.component]}）"
            formula = f"{part.income_base:,}円 × {part.income_rate}"
            found.append(ExplanationLine(label, formula, part.income_levy, "地方税法第703条の4"))
    return tuple(found)
