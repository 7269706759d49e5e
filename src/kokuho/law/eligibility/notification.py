"""届出の期限と過料、職権による喪失の要件 (法9条・127条、施行規則2条–15条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kokuho.law.eligibility.settings import ExOfficioSettings
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.steps import Step


@dataclass(frozen=True, slots=True)
class Notification:
    """One kind of 届出. `days` is None where the text sets no period."""

    code: str
    label: str
    days: int | None
    article: str


def notification(code: str, on: date) -> Notification:
    """A kind of 届出 by code; `LawError` ``unknown_notification``."""
    for row in table("eligibility-notifications").at("notifications", on).value:
        if row["code"] == code:
            return Notification(row["code"], row["label"], row["days"], row["article"])
    raise LawError("unknown_notification", "notification", f"届出の種類 {code} はありません。")


def due_date(code: str, event: date) -> date | None:
    """Last day for a 届出: the day of the fact is not counted (民法140条). None where no period is set."""
    days = notification(code, event).days
    return None if days is None else event + timedelta(days=days)


def report_due(received_on: date) -> date:
    """Last day for the municipality to pass the 資格情報 on, from the day it received the 届出 (施行規則4条の2)."""
    return received_on + timedelta(
        days=table("eligibility-notifications").at("municipality_report_days", received_on).value
    )


def fine_limit(on: date) -> int:
    """過料の上限 in yen (法127条)."""
    return int(table("eligibility-notifications").at("fine_limit", on).value)


@dataclass(frozen=True, slots=True)
class DuplicateFinding:
    """What is known about a person who seems to be in another scheme (資格重複)."""

    kokuho_acquired: date
    other_acquired: date
    consecutive_notices: int
    other_continues: bool
    informed_on: date | None


@dataclass(frozen=True, slots=True)
class ExOfficioLoss:
    """Whether 職権喪失 may be made, from which 喪失日, and what is still missing (Japanese)."""

    allowed: bool
    event: date
    missing: tuple[str, ...]
    steps: tuple[Step, ...]


def ex_officio_loss(finding: DuplicateFinding, on: date, settings: ExOfficioSettings) -> ExOfficioLoss:
    """職権喪失の要件 (保国発1129第1号): each condition checked, the missing ones named.

    `event` is the other scheme's 取得日; the 喪失日 follows from reason ``213`` (翌日).
    """
    conditions = (
        (finding.other_acquired >= finding.kokuho_acquired, "社会保険の取得日が国保の取得日以後であること"),
        (
            finding.consecutive_notices >= settings.duplicate_min_notices,
            f"重複が{settings.duplicate_min_notices}回以上続けて確認されたこと",
        ),
        (finding.other_continues, "社会保険の資格が続いていること"),
        (
            finding.informed_on is not None and (on - finding.informed_on).days >= settings.duplicate_notice_days,
            f"届出の勧奨から{settings.duplicate_notice_days}日以上たったこと",
        ),
    )
    missing = tuple(text for met, text in conditions if not met)
    steps = tuple(
        Step("職権喪失の要件", text, "満たす" if met else "満たさない", "令和4年11月29日保国発1129第1号")
        for met, text in conditions
    )
    return ExOfficioLoss(not missing, finding.other_acquired, missing, steps)
