"""What other desks and the household will have to do because of a notice: levy months, papers, deadlines, who is what after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kokuho.core import era
from kokuho.core.clock import fiscal_year
from kokuho.desks.eligibility import reasons
from kokuho.desks.eligibility.notices.kinds import notice_reasons
from kokuho.desks.eligibility.notices.payload import MATCH, Notice
from kokuho.desks.eligibility.notices.rehearsal import Rehearsal
from kokuho.desks.eligibility.replay import Period
from kokuho.desks.people.models import Person
from kokuho.desks.people.queries import PersonView
from kokuho.law.eligibility.ages import AgeEventKind, age_events_between, birthday
from kokuho.law.eligibility.certificates import notice_validity
from kokuho.law.eligibility.households import is_nominal_head
from kokuho.law.eligibility.notification import notification
from kokuho.law.eligibility.reasons import ReasonKind
from kokuho.law.premium.months import insured_months, months_before_75

_BACK = 5  # fiscal years named one by one; what lies further back is summed up
_RETROACTIVE_LEVY = 2  # 国民健康保険法110条の2: 2年を経過した日以後は賦課できない


@dataclass(frozen=True, slots=True)
class Deadline:
    """The period of the 届出. `late` days over it, 0 when in time."""

    label: str
    due: date
    late: int
    article: str


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A member as the household looks afterwards."""

    person: PersonView
    insured: bool
    insured_before: bool
    role: str
    number: str


def deadline(notice: Notice, on: date) -> Deadline | None:
    """Whether the notice came within the period of the law; None where there is none."""
    entry = notice_reasons().get(notice.code)
    if entry is None or entry.notification is None or notice.event_on is None or notice.ex_officio:
        return None
    # Today's text says how many days there are; an event may be older than any text on file.
    kind = notification(entry.notification, on)
    if kind.days is None:
        return None
    due = notice.event_on + timedelta(days=kind.days)
    return Deadline(kind.label, due, max(0, ((notice.notified_on or on) - due).days), kind.article)


def household_after(
    order: Sequence[PersonView], members: Sequence[int], found: Rehearsal, day: date
) -> tuple[HouseholdRow, ...]:
    """The household on the day, with heads and insured members as they will be."""
    rows = []
    for person in sorted((p for p in order if p.atena_no in members), key=lambda p: (not p.is_head, p.birth_date)):
        no = person.atena_no
        insured = any(p.covers(day) for p in found.after.periods.get(no, ()))
        role = person.relation
        if is_nominal_head(is_head=person.is_head, insured=insured):
            role = "擬制世帯主" if found.after.insurance_head is None else "世帯主（国保の世帯主ではない）"
        elif found.after.insurance_head == no:
            role = f"{role}・国保の世帯主"
        numbers = [r for r in found.after.numbers.get(no, ()) if r[3] <= day and (r[4] is None or day < r[4])]
        rows.append(
            HouseholdRow(
                person, insured, any(p.covers(day) for p in found.before.periods.get(no, ())), role,
                f"{numbers[0][1]}-{numbers[0][2] or '未付番'}" if numbers else "",
            )
        )  # fmt: skip
    return tuple(rows)


def _levied(periods: Sequence[Period], year: int, birth: date) -> int:
    mask = 0
    for period in periods:
        end = period.end
        if period.lost_reason in reasons.COUNTED_BY_EVENT and period.lost_event_on is not None:
            end = max(period.lost_event_on, period.start)
        mask |= insured_months(year, period.start, end)
    return mask & months_before_75(year, birth)


def levy_months(
    person: PersonView, before: Sequence[Period], after: Sequence[Period], on: date
) -> dict[int, tuple[int, int]]:
    """Fiscal year → months levied more, months levied less, as masks (bit 0 April); up to the current year, newest first."""
    days = [d for p in (*before, *after) if (p in before) != (p in after) for d in (p.start, p.end, p.lost_event_on) if d]
    if not days:
        return {}
    current = fiscal_year(on)
    found = {}
    for year in range(current, min(fiscal_year(min(days)), current) - 1, -1):
        old, new = _levied(before, year, person.birth_date), _levied(after, year, person.birth_date)
        if old != new:
            found[year] = (new & ~old, old & ~new)
    return found


def levy_lines(person: PersonView, before: Sequence[Period], after: Sequence[Period], on: date) -> tuple[str, ...]:
    """Which months of which fiscal years are levied more or less (月割), newest year first."""
    current = fiscal_year(on)
    lines, far_more, far_less = [], 0, 0
    for year, (more, less) in levy_months(person, before, after, on).items():
        if year <= current - _BACK:
            far_more, far_less = far_more + more.bit_count(), far_less + less.bit_count()
            continue
        if more:
            over = "（2年を過ぎた月は賦課できません）" if year <= current - _RETROACTIVE_LEVY else ""
            lines.append(f"{era.fiscal_year(year)} {_months(more)} 増{over}")
        if less:
            lines.append(f"{era.fiscal_year(year)} {_months(less)} 減")
    if far_more or far_less:
        lines.append(f"{era.fiscal_year(current - _BACK)}以前 増{far_more}か月・減{far_less}か月")
    return tuple(lines)


def _months(mask: int) -> str:
    """4月〜7月・2月（5か月）."""
    indexes = [index for index in range(12) if mask >> index & 1]
    runs: list[list[int]] = []
    for index in indexes:
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    words = [
        f"{(run[0] + 3) % 12 + 1}月" + (f"〜{(run[-1] + 3) % 12 + 1}月" if len(run) > 1 else "") for run in runs
    ]
    return f"{'・'.join(words)}（{len(indexes)}か月）"


def papers(person: PersonView, before: Sequence[Period], after: Sequence[Period], notice: Notice) -> tuple[str, ...]:
    """Certificates to issue or to take back."""
    was, now = any(p.end is None for p in before), any(p.end is None for p in after)
    lines = []
    if now and (not was or tuple(p.start for p in before if p.end is None) != tuple(p.start for p in after if p.end is None)):
        start = next(p.start for p in after if p.end is None)
        until = notice_validity(person.birth_date, max(start, notice.event_on or start)).until
        lines.append(f"資格確認書 又は 資格情報のお知らせを交付{f'（70歳以上の負担割合の有効期限 {era.short(until)}）' if until else ''}")
    elif was and not now:
        lines.append("資格確認書・高齢受給者証・認定証を回収（持っているとき）")
    elif now and notice.code in ("301", "302", "303", "304", "305", "306", "118", "307", "308", "309"):
        lines.append("記載が変わるときは資格確認書・資格情報のお知らせを差し替え")
    return tuple(lines)


def warnings(notice: Notice, persons: Mapping[int, PersonView], found: Rehearsal, on: date) -> tuple[str, ...]:
    """What a clerk should look at before going on."""
    lines: list[str] = []
    event_on = notice.event_on or on
    entry = notice_reasons().get(notice.code)
    for no in notice.persons:
        person = persons[no]
        if entry is not None and entry.kind is ReasonKind.ACQUISITION:
            lines += _age_lines(person, event_on, found)
        if notice.code == "208" and person.state != Person.DIED:
            lines.append(f"{person.name}: 住民記録では死亡になっていません。死亡届の処理を確かめてください。")
        if notice.four.get(no, MATCH) != MATCH:
            lines.append(f"{person.name}: 4情報が住民記録と違います。判断「{notice.four_note}」")
        if any(p.provisional for p in found.after.periods.get(no, ()) if p not in found.before.periods.get(no, ())):
            lines.append(f"{person.name}: 都道府県の取得日は、国保情報集約システムから届くまで仮の日付です。")
    lines += [
        f"世帯の70歳以上の人の一部負担金の割合を{era.short(row.valid.lower)}から判定し直します: {'3割' if row.active else '2割'}。"
        "割合の変わる人の証は「交付するもの」に出ます。"
        for row in found.judged if row.cause == "household_change"
    ]  # fmt: skip
    if notice.issue and any(found.due.values()) and any(person.protected for person in persons.values()):
        lines.append("支援措置対象者のいる世帯です。証・お知らせは、支援措置の権限を持つ職員が印刷します。")
    if notice.event_on and notice.event_on > on:
        lines.append(f"異動日は先の日付です（{era.short(notice.event_on)}）。それまでは今の資格のままです。")
    elderly = [p for no, p in persons.items() if no not in notice.persons and birthday(p.birth_date, 75) <= event_on]
    if notice.code in ("101", "103") and elderly:
        lines.append("75歳以上の人が同じ世帯にいます。特定同一世帯所属者証明書・異動連絡票の有無を確かめてください。")
    if notice.code in ("301", "302", "303", "304", "305", "306") and any(
        label == "特定同一世帯所属者" for rows in found.before.statuses.values() for label, *_ in rows
    ):
        lines.append("特定同一世帯所属者がいます。世帯分離・世帯主の変更で終わるかどうかを特例の画面で確かめてください。")
    return tuple(dict.fromkeys(lines))


def _age_lines(person: PersonView, event_on: date, found: Rehearsal) -> list[str]:
    lines = []
    for event in age_events_between(person.birth_date, event_on, event_on + timedelta(days=366)):
        if event.kind in (AgeEventKind.SENIOR, AgeEventKind.ELDERLY, AgeEventKind.CARE_SECOND_FROM, AgeEventKind.CARE_FIRST_FROM):
            lines.append(f"{person.name}: {era.short(event.effective)}に{event.label}")
    if 70 <= person.age < 75 and not found.judged:
        lines.append(f"{person.name}: 70歳以上です。一部負担金の割合を判定します。")
    elif 70 <= person.age < 75 and any(row.undeclared and not row.active for row in found.judged):
        lines.append(
            f"{person.name}: 所得が届いていないため、一部負担金の割合は2割として交付します。前住所地への所得の照会か簡易申告の後、"
            "負担割合の画面で判定し直してください。"
        )
    return lines
