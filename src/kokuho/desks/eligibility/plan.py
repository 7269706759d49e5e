"""What events would do before they are written: the same judgement for the preview, the confirmation and the writing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from kokuho.core import era
from kokuho.core.coded import CodedError
from kokuho.desks.eligibility import facts, reasons
from kokuho.desks.eligibility.models import BELIEVED, EligibilityEvent, Exclusion
from kokuho.desks.eligibility.replay import Happening, Idle, Life, replay
from kokuho.desks.eligibility.settings import OfficeSettings
from kokuho.desks.people.models import Person
from kokuho.law.errors import LawError


class NoticeError(CodedError):
    """The events cannot be taken as asked; nothing was changed. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be written. `cancels` alone (no `code`) is a 取消し; `kind` follows from the code."""

    atena_no: int
    household_no: int
    event_on: date
    code: str = ""
    notified_on: date | None = None
    cancels: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Kind of the event."""
        return EligibilityEvent.CANCEL if self.cancels is not None else reasons.kind(self.code)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the drafts do to one person. `fresh` are the numbers under which the drafts stand in `after`; `lapsed` are events
    recorded before that lose their effect, `revived` those that regain it."""

    atena_no: int
    before: Life
    after: Life
    fresh: tuple[int, ...]
    lapsed: tuple[EligibilityEvent, ...]
    revived: tuple[EligibilityEvent, ...]


_FRESH = 1 << 62  # numbers of events that are not recorded yet: after everything that is


def outcomes(drafts: Sequence[Draft], settings: OfficeSettings, *, on: date) -> dict[int, Outcome]:
    """Check the drafts against what is recorded and say what they do, by person.

    Raises `NoticeError`: E02 no insurance to lose, E03 insured already, E05 a day that cannot be, E06 unknown person, E07 the
    same event twice, E08 too far ahead, E09 nothing there to cancel, E10 excluded by law on that day, E12 against the text of
    the law.
    """
    found, refused = judged(drafts, settings, on=on)
    for atena_no in sorted(refused):
        raise refused[atena_no]
    _check_excluded(drafts, found)
    return found


def judged(
    drafts: Sequence[Draft], settings: OfficeSettings, *, on: date
) -> tuple[dict[int, Outcome], dict[int, NoticeError]]:
    """What the drafts do, and why they cannot be for the other persons, by person; without the exclusions by law (E10)."""
    persons = sorted({draft.atena_no for draft in drafts})
    recorded: defaultdict[int, list[EligibilityEvent]] = defaultdict(list)
    for event in facts.surviving(persons):
        recorded[event.atena_no].append(event)
    births = _births(persons)
    drafted: defaultdict[int, list[Draft]] = defaultdict(list)
    for draft in drafts:
        drafted[draft.atena_no].append(draft)
    found: dict[int, Outcome] = {}
    refused: dict[int, NoticeError] = {}
    for atena_no in persons:
        try:
            _check_days(drafted[atena_no], births.get(atena_no), recorded[atena_no], settings, on)
            found[atena_no] = _outcome(atena_no, drafted[atena_no], recorded[atena_no], settings)
        except NoticeError as error:
            refused[atena_no] = error
    return found, refused


def _births(persons: Sequence[int]) -> dict[int, date]:
    return dict(Person.objects.filter(BELIEVED, atena_no__in=persons).values_list("atena_no", "birth_date"))


def _check_days(
    own: Sequence[Draft], born: date | None, recorded: Sequence[EligibilityEvent], settings: OfficeSettings, on: date
) -> None:
    cancelled = {draft.cancels for draft in own if draft.cancels is not None}
    for draft in own:
        if born is None:
            raise NoticeError("E06", f"宛名番号 {draft.atena_no} の人は宛名にいません。住民異動届か住登外の登録を先に済ませてください。")
        if draft.cancels is not None:
            if draft.cancels not in {event.pk for event in recorded}:
                raise NoticeError("E09", "取り消す異動がないか、既に取り消されています。画面を開き直して確かめてください。")
            continue
        if draft.event_on < born:
            raise NoticeError("E05", f"異動日 {era.short(draft.event_on)} が生年月日 {era.short(born)} より前です。")
        if draft.event_on > on + timedelta(days=settings.future_days):
            raise NoticeError(
                "E08",
                f"異動日 {era.short(draft.event_on)} は{settings.future_days}日を超えて先です。その日が近づいてから入力してください。",
            )
        if draft.notified_on is not None and draft.notified_on > on:
            raise NoticeError("E08", f"届出日 {era.short(draft.notified_on)} が処理日より後です。")
        if any(
            event.code == draft.code and event.event_on == draft.event_on and event.pk not in cancelled for event in recorded
        ):
            raise NoticeError("E07", f"同じ異動（{reasons.label(draft.code)}、{era.short(draft.event_on)}）が既に登録されています。")
    if len({(d.code, d.event_on, d.cancels) for d in own}) < len(own):
        raise NoticeError("E07", "同じ異動が二度入力されています。")


def _outcome(
    atena_no: int, own: Sequence[Draft], recorded: Sequence[EligibilityEvent], settings: OfficeSettings
) -> Outcome:
    cancelled = {draft.cancels for draft in own}
    numbers = {event.pk: event for event in recorded}
    stay = [facts.happening(event) for event in recorded if event.pk not in cancelled]
    fresh: dict[int, Happening] = {}
    for place, draft in enumerate(draft for draft in own if draft.cancels is None):
        event = EligibilityEvent(code=draft.code, event_on=draft.event_on, notified_on=draft.notified_on, detail=dict(draft.detail))
        fresh[_FRESH + place] = facts.happening(event, _FRESH + place)
    before = replay([facts.happening(event) for event in recorded], settings.law)
    after = replay([*stay, *fresh.values()], settings.law)
    for no, happening in fresh.items():
        if no in after.idle:
            _refuse(after.idle[no], happening, before, after.faults.get(no))
    lapsed = [numbers[no] for no in after.idle if no in numbers and no not in before.idle]
    for event in lapsed:
        if event.kind == EligibilityEvent.ACQUISITION:
            raise NoticeError(
                "E03",
                f"{era.short(event.event_on)}の取得（{reasons.label(event.code)}）と重なります。届出の日付が違っていたのなら、"
                "その異動を訂正してください。",
            )
    revived = [numbers[no] for no in before.idle if no in numbers and no not in after.idle and no not in cancelled]
    return Outcome(atena_no, before, after, tuple(fresh), tuple(lapsed), tuple(revived))


def _refuse(why: Idle, event: Happening, before: Life, fault: LawError | None) -> None:
    day = era.short(event.on)
    if why is Idle.UNLAWFUL:
        raise NoticeError("E12", fault.message if fault else "法の規定に当てはめられない日付です。")
    if why is Idle.ALREADY_INSURED:
        raise NoticeError("E03", f"{day}には既に資格があります。世帯の画面で期間を確かめてください。日付の誤りなら前の異動を訂正します。")
    if any(period.start > event.on for period in before.periods) and before.on(event.on) is None:
        raise NoticeError("E05", f"喪失の異動日 {day} が資格の取得より前です。日付を確かめてください。")
    raise NoticeError("E02", f"{day}に喪失させる資格がありません。世帯の画面で資格を確かめてください。")


def _check_excluded(drafts: Sequence[Draft], found: Mapping[int, Outcome]) -> None:
    persons = [draft.atena_no for draft in drafts if draft.kind == EligibilityEvent.ACQUISITION]
    rows = Exclusion.objects.filter(BELIEVED, atena_no__in=persons) if persons else ()
    for row in rows:
        outcome = found[row.atena_no]
        for period in outcome.after.periods:
            if period in outcome.before.periods:
                continue
            if (row.valid.upper is None or period.start < row.valid.upper) and (period.end is None or row.valid.lower < period.end):
                raise NoticeError(
                    "E10",
                    f"{era.short(row.valid.lower)}から適用除外（{row.code}）として記録されています。終わった日を適用除外の画面で"
                    "登録してから入力してください。",
                )
