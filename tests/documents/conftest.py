"""A family whose names need variants, and a reader of printed PDF."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from kokuho.documents.notice import (
    ComponentBasis,
    Destination,
    ExplanationLine,
    Instalment,
    Member,
    MemberShare,
    NoticeData,
    Payer,
    Reduction,
)
from kokuho.documents.settings import PrintSettings, office, print_settings

KUZU_REGISTER = "葛\U000e0102"  # 葛 as the resident register's set (Moji_Joho) has it: in IPAmj明朝
KUZU_ADOBE = "葛\U000e0100"  # 葛 as Adobe-Japan1 has it: only in the Noto fonts
TSUJI_REGISTER = "辻\U000e0102"
YOSHI = "\U00020bb7"  # 𠮷, supplementary plane


@pytest.fixture(scope="session")
def settings() -> PrintSettings:
    return print_settings("141500")


@pytest.fixture(scope="session")
def family() -> NoticeData:
    """Three persons of 相模原市 (税), 5割軽減, one preschool child; the amounts add up by hand.

    Medical: 1,000,000 × 6.75% = 67,500; 29,000 × 3 = 87,000; 18,000; 5割 ▲52,500; the child's half of the half ▲7,250;
    112,750, cut to 112,700. The other components alike.
    """
    medical = ComponentBasis(
        "medical",
        112_700,
        income_base=1_000_000,
        income_rate="6.75%",
        income_levy=67_500,
        per_capita_unit=29_000,
        per_capita_count=3,
        per_capita_levy=87_000,
        per_household_unit=18_000,
        per_household_levy=18_000,
        per_household_reduced=9_000,
        reduction=52_500,
        preschool_relief=7_250,
        cap=670_000,
        rounding=50,
    )
    support = ComponentBasis(
        "support",
        45_600,
        income_base=1_000_000,
        income_rate="2.78%",
        income_levy=27_800,
        per_capita_unit=11_500,
        per_capita_count=3,
        per_capita_levy=34_500,
        per_household_unit=7_000,
        per_household_levy=7_000,
        per_household_reduced=3_500,
        reduction=20_750,
        preschool_relief=2_875,
        cap=260_000,
        rounding=75,
    )
    care = ComponentBasis("care", 0, cap=170_000)
    child = ComponentBasis(
        "child",
        4_500,
        income_base=1_000_000,
        income_rate="0.28%",
        income_levy=2_800,
        per_capita_unit=1_300,
        per_capita_adult_unit=60,
        per_capita_count=2,
        per_capita_levy=2_720,
        per_household_unit=800,
        per_household_levy=800,
        per_household_reduced=400,
        reduction=1_760,
        cap=30_000,
        rounding=60,
    )
    father = (
        MemberShare("medical", 12, 67_500, 14_500),
        MemberShare("support", 12, 27_800, 5_750),
        MemberShare("child", 12, 2_800, 680),
    )
    mother = (
        MemberShare("medical", 12, 0, 14_500),
        MemberShare("support", 12, 0, 5_750),
        MemberShare("child", 12, 0, 680),
    )
    infant = (MemberShare("medical", 12, 0, 7_250), MemberShare("support", 12, 0, 2_875))
    return NoticeData(
        levy_kind="tax",
        fiscal_year=2026,
        notice_number="00001234",
        issued_on=date(2026, 6, 12),
        office=office("141500"),
        payer=Payer(f"{KUZU_REGISTER}城\u3000太郎", "252-0239", "相模原市中央区", "000000000000123"),
        destination=Destination(
            "252-0239",
            ("神奈川県相模原市中央区中央2丁目11番15号",),
            f"{KUZU_REGISTER}城\u3000太郎",
            barcode="25202392-11-15CC4",
            bars="LD" + "LTT" * 21 + "DL",
        ),
        symbol_number="相 12-345678",
        annual_total=162_800,
        components=(medical, support, care, child),
        members=(
            Member(f"{KUZU_REGISTER}城\u3000太郎", 1_430_000, 430_000, 1_000_000, father),
            Member(f"{TSUJI_REGISTER}本\u3000花子", 0, 430_000, 0, mother),
            Member(f"{YOSHI}野\u3000蓮", None, 430_000, 0, infant, ("未就学児",)),
        ),
        reduction=Reduction(5, 1_430_000, 1_460_000, 3),
        instalments=tuple(
            Instalment(f"{month}月期", due, amount, "slip" if month < 9 else "transfer")
            for month, due, amount in (
                (6, date(2026, 6, 30), 18_800),
                (7, date(2026, 7, 31), 16_000),
                (8, date(2026, 8, 31), 16_000),
                (9, date(2026, 9, 30), 16_000),
                (10, date(2026, 11, 2), 16_000),
                (11, date(2026, 11, 30), 16_000),
                (12, date(2026, 12, 28), 16_000),
                (1, date(2027, 2, 1), 16_000),
                (2, date(2027, 3, 1), 16_000),
                (3, date(2027, 3, 31), 16_000),
            )
        ),
        explanation=(ExplanationLine("所得割額（医療分）", "1,000,000円 × 6.75%", 67_500, "地方税法703条の4"),),
    )


@pytest.fixture(scope="session")
def nothing_to_pay(family: NoticeData) -> NoticeData:
    """A 料 household of one with the payment waived to 0 yen."""
    medical = ComponentBasis(
        "medical", 0, per_capita_unit=27_000, per_capita_count=1, per_capita_levy=27_000, exemption=27_000
    )
    return replace(
        family,
        levy_kind="premium",
        office=office("122076"),
        annual_total=0,
        components=(medical,),
        members=(replace(family.members[0], shares=(MemberShare("medical", 12, 0, 27_000),)),),
        reduction=Reduction(0),
        instalments=(),
        explanation=(),
    )


@pytest.fixture(scope="session")
def pages_of() -> Callable[[bytes], list[str]]:
    """The text of each page."""

    def read(pdf: bytes) -> list[str]:
        return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]

    return read
