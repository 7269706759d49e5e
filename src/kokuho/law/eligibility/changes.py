"""取得日・喪失日と適用開始日・適用終了日: the four dates of a stay, each from the event day of its reason.

都道府県の資格 (取得・喪失) and the municipality's own 適用 (開始・終了) are kept apart since 2018-04. Intervals are
counted as [取得日, 喪失日) and [適用開始日, 適用終了日): the 喪失日 and the 適用終了日 are the first days on which the
person is no longer insured here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kokuho.law.eligibility.reasons import DateRule, Reason, ReasonKind, reason
from kokuho.law.eligibility.settings import EligibilitySettings
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.steps import Step

_NEXT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Acquisition:
    """取得の日付. `acquired` is None while the prefecture's qualification simply continues (県内転入・世帯の異動)."""

    reason: Reason
    event: date
    acquired: date | None
    applied_from: date | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """喪失の日付.

    `lost` is None for 県内転出 (the prefecture's qualification continues). `applied_until` is the 適用終了日 (first
    day no longer applied). `levy_end` is the day by whose month the levy is counted: 条例の「該当することとなった日」
    for 法6条1号から8号, the 喪失日 otherwise; the month before it is the last month levied.
    """

    reason: Reason
    event: date
    lost: date | None
    applied_until: date
    levy_end: date
    steps: tuple[Step, ...]


def acquisition(code: str, event: date, settings: EligibilitySettings) -> Acquisition:
    """取得日と適用開始日 (法7条): the day of the fact itself, no 翌日.

    `event` is the 異動日: 転入日, 社会保険の資格喪失日 (退職日の翌日), 出生日, 保護廃止日, 撤回日 …
    Raises `LawError` ``unknown_reason`` and, for a code of another kind, ``wrong_kind``.
    """
    why = _of_kind(code, ReasonKind.ACQUISITION)
    if why.rule is DateRule.HOUSEHOLD:
        return Acquisition(why, event, None, None, (Step(why.label, "資格の日付は変わらない", None, why.article),))
    if why.rule is DateRule.IN_PREFECTURE:
        step = Step("適用開始日", f"{event}（県内転入。都道府県の取得日は従前のまま）", event.isoformat(), why.article)
        return Acquisition(why, event, None, event, (step,))
    next_day = (why.rule is DateRule.WELFARE_END and settings.welfare_end_acquisition == "next_day") or (
        why.rule is DateRule.DISABILITY_WITHDRAWAL and settings.disability_withdrawal_acquisition == "next_day"
    )
    day = event + _NEXT if next_day else event
    step = Step(
        "取得日・適用開始日", f"{event}（{why.label}）{'の翌日' if next_day else ''}", day.isoformat(), why.article
    )
    return Acquisition(why, event, day, day, (step,))


def loss(
    code: str,
    event: date,
    settings: EligibilitySettings,
    *,
    moved_in_elsewhere: date | None = None,
) -> Loss:
    """喪失日と適用終了日 (法8条).

    `event` is the 異動日: 転出日, 社会保険の資格取得日, 認定日, 死亡日, 75歳の誕生日, 保護開始日 …
    `moved_in_elsewhere` is the 転入日 at the new place of a departure, where known: on the same day as the departure
    the qualification ends that day (ただし書); for 県内転出 the 適用 ends on it, so that no day is double or missing.
    Raises `LawError` ``unknown_reason``, ``wrong_kind``, ``arrival_before_departure``, and ``no_parameters`` for days
    after the registered text of 法8条.
    """
    why = _of_kind(code, ReasonKind.LOSS)
    table("eligibility-reasons").at("loss_rule", event)
    if moved_in_elsewhere is not None and moved_in_elsewhere < event:
        raise LawError("arrival_before_departure", "moved_in_elsewhere", "転入日が転出日より前です。")
    if why.rule is DateRule.IN_PREFECTURE:
        return _in_prefecture(why, event, settings, moved_in_elsewhere)
    same_day = (
        why.rule is DateRule.SAME_DAY
        or (why.rule is DateRule.ELDERLY and settings.elderly_loss == "same_day")
        or (why.rule is DateRule.DEPARTURE and moved_in_elsewhere == event)
    )
    day = event if same_day else event + _NEXT
    how = "当日" if same_day else "の翌日"
    note = "、同じ日に他の都道府県へ転入" if why.rule is DateRule.DEPARTURE and same_day else ""
    steps = [Step("喪失日・適用終了日", f"{event}（{why.label}{note}）{how}", day.isoformat(), why.article)]
    levy_end = event if settings.levy_by_event_day and _is_exclusion_1_to_8(why) else day
    steps.append(
        Step("賦課の月割を数える日", f"{levy_end} の属する月の前月まで", levy_end.isoformat(), "国民健康保険条例")
    )
    return Loss(why, event, day, day, levy_end, tuple(steps))


def _in_prefecture(why: Reason, event: date, settings: EligibilitySettings, arrival: date | None) -> Loss:
    if settings.in_prefecture_end == "arrival_day" and arrival is not None:
        until, how = arrival, f"転入先の適用開始日 {arrival}"
    else:
        until, how = event + _NEXT, f"{event}（{why.label}）の翌日"
    step = Step("適用終了日", f"{how}（都道府県の資格は続く）", until.isoformat(), why.article)
    return Loss(why, event, None, until, until, (step,))


def _is_exclusion_1_to_8(why: Reason) -> bool:
    return why.exclusion is not None and why.exclusion[:4] in {f"EX{number:02d}" for number in range(1, 9)}


def _of_kind(code: str, kind: ReasonKind) -> Reason:
    found = reason(code)
    if found.kind is not kind:
        wanted = "取得" if kind is ReasonKind.ACQUISITION else "喪失"
        raise LawError("wrong_kind", "reason", f"異動事由 {code}（{found.label}）は{wanted}の事由ではありません。")
    return found
