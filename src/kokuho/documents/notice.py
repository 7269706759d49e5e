"""What a decision notice of the annual levy (納入通知書 / 納税通知書) says, as plain data.

Nothing here knows a database or a template. Money is int yen, rates are strings as the ordinance prints them ("7.71%").
Names and addresses are printed exactly as given: variation selectors and supplementary-plane kanji are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

LevyKind = Literal["premium", "tax"]
"""料 (国民健康保険法第76条第1項本文) or 税 (地方税法第703条の4)."""

Component = Literal["medical", "support", "care", "child"]
"""基礎(医療)分, 後期高齢者支援金等分, 介護納付金分, 子ども・子育て支援納付金分."""

PaymentMethod = Literal["transfer", "slip", "pension"]
"""口座振替, 納付書(普通徴収), 年金からの特別徴収."""

PullReason = Literal["protected", "mail_stopped"]
"""Why a document leaves the normal run: 支援措置対象者, 送付停止."""


@dataclass(frozen=True, slots=True)
class Office:
    """The sender: the mayor who decides and the desk that answers the telephone."""

    municipality: str  # 川口市
    prefecture: str  # 埼玉県
    head_title: str  # 川口市長
    head_name: str  # printed after the title; may be empty
    desk: str  # 国民健康保険課 賦課係
    postal_code: str  # 332-8601
    address: str
    phone: str
    hours: str  # 平日 午前8時30分から午後5時15分まで
    ordinance: str  # 川口市国民健康保険税条例
    payment_places: tuple[str, ...]  # 納付の場所
    url: str = ""


@dataclass(frozen=True, slots=True)
class Payer:
    """納付義務者・納税義務者: the householder, also one who is not insured himself (擬制世帯主).

    The notice states the address (地方税法第1条第1項第6号) except for a protected person, whose notice shows only the
    destination.
    """

    name: str
    postal_code: str
    address: str
    atena_number: str
    insured: bool = True  # False: 擬制世帯主


@dataclass(frozen=True, slots=True)
class Destination:
    """What stands in the window of the envelope: the payer's address, or the registered 送付先."""

    postal_code: str  # 332-0031
    address: tuple[str, ...]  # lines; a line too long for the window is broken
    name: str
    honorific: str = "様"
    attention: str = ""  # a line above the name: （納税管理人）, （相続人代表者）
    barcode: str = ""  # the characters of the customer barcode (カスタマバーコード); go to the print list and order it
    bars: str = ""  # its 67 bars: L long, U semi-long upwards, D semi-long downwards, T timing; "" = none is drawn


@dataclass(frozen=True, slots=True)
class Instalment:
    """One 期別. `label` is what the city calls it: 第1期, 6月期, 4月(年金)."""

    label: str
    due_on: date
    amount: int
    method: PaymentMethod


@dataclass(frozen=True, slots=True)
class ComponentBasis:
    """How one component's annual amount was reached, for the household.

    The parts are the year's yen after 月割 and before every reduction; the deductions are positive yen; then
    income_levy + asset_levy + per_capita_levy + per_household_levy
    − reduction − preschool_relief − maternity_relief − local_relief − cap_excess − rounding − exemption = amount.
    A part that the ordinance does not levy has rate/unit None and amount 0.
    """

    component: Component
    amount: int
    income_base: int | None = None  # sum of the members' 賦課(課税)のもとになる所得, yen
    income_rate: str | None = None  # "7.71%"
    income_levy: int = 0
    asset_base: int | None = None  # 固定資産税額, yen
    asset_rate: str | None = None
    asset_levy: int = 0
    per_capita_unit: int | None = None
    per_capita_adult_unit: int = 0  # 18歳以上均等割, child component only
    per_capita_count: int = 0  # persons who bear it
    per_capita_levy: int = 0
    per_household_unit: int | None = None
    per_household_share: str = ""  # "2分の1" 特定世帯, "4分の3" 特定継続世帯, otherwise empty
    per_household_levy: int = 0
    per_household_reduced: int = 0  # 平等割 after 軽減: what the household bears beside its members
    reduction: int = 0  # 7割・5割・2割軽減
    preschool_relief: int = 0  # 未就学児の均等割の5割
    maternity_relief: int = 0  # 産前産後
    local_relief: int = 0  # 条例による独自の軽減
    cap: int | None = None  # 限度額
    cap_excess: int = 0
    rounding: int = 0  # yen cut off
    exemption: int = 0  # 減免


@dataclass(frozen=True, slots=True)
class MemberShare:
    """What one member adds to one component, after reductions and 月割. `months` of the year in that component."""

    component: Component
    months: int
    income_levy: int
    per_capita_levy: int


@dataclass(frozen=True, slots=True)
class Member:
    """One insured member of the household. `total_income` None = not declared, not known (未申告・不明)."""

    name: str
    total_income: int | None  # 前年の総所得金額等
    basic_deduction: int
    income_base: int  # total_income − basic_deduction, not below 0
    shares: tuple[MemberShare, ...]
    remarks: tuple[str, ...] = ()  # 未就学児, 非自発的失業, 旧被扶養者 …


@dataclass(frozen=True, slots=True)
class Reduction:
    """7割・5割・2割軽減: the judgement that the citizen can follow. Incomes in yen of the year before."""

    ratio: Literal[0, 2, 5, 7]
    judged_income: int | None = None  # 軽減判定所得; None = not judged (未申告の方がいる)
    threshold: int | None = None  # the line it is at or below (ratio > 0), or the 2割 line it exceeds
    persons: int | None = None  # 被保険者 + 特定同一世帯所属者


@dataclass(frozen=True, slots=True)
class ExplanationLine:
    """One step of the computation as `law` gives it."""

    label: str
    formula: str
    value: int | str | None
    authority: str


@dataclass(frozen=True, slots=True)
class NoticeData:
    """One decision notice. Sum of components − total_rounding − total_exemption = annual_total = sum of instalments."""

    levy_kind: LevyKind
    fiscal_year: int  # 2026
    notice_number: str
    issued_on: date
    office: Office
    payer: Payer
    destination: Destination
    symbol_number: str  # 記号番号
    annual_total: int
    components: tuple[ComponentBasis, ...]
    members: tuple[Member, ...]
    reduction: Reduction
    instalments: tuple[Instalment, ...]
    total_rounding: int = 0
    total_exemption: int = 0
    account: str = ""  # 口座振替: bank, branch, kind and masked number
    remarks: tuple[str, ...] = ()  # further sentences for page 1
    explanation: tuple[ExplanationLine, ...] = ()
    pull: PullReason | None = None
    mark: str = ""  # 再発行 of a day, 控え
