"""Reads of 事前通知: which households were notified, what came of it, whether a decision can be made from it (AKASHI-12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kokuho.core.access import Actor
from kokuho.core.queries import staff_names
from kokuho.core.reads import seen
from kokuho.desks.eligibility.actions import hearings
from kokuho.desks.eligibility.models import HearingNotice, HearingStep

_ANSWERS = (HearingStep.RECEIVED, HearingStep.WAIVED)


@dataclass(frozen=True, slots=True)
class HearingView:
    """A 事前通知 with what came of it, oldest step first; `said` as a decision keeps it."""

    notice: HearingNotice
    steps: Sequence[HearingStep]
    said: str = ""
    names: Mapping[str, str] | None = None

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(step.kind for step in self.steps)

    @property
    def open(self) -> bool:
        """Whether it was neither withdrawn nor decided upon."""
        return not self.kinds & {HearingStep.WITHDRAWN, HearingStep.DECIDED}

    @property
    def answered(self) -> bool:
        return bool(self.kinds & set(_ANSWERS))

    def ready(self, on: date) -> bool:
        """Whether a decision can be made from it on a day."""
        return self.open and (self.answered or on > self.notice.hearing_until)

    def state(self, on: date) -> tuple[str, str]:
        """(tone, words) of where it stands on a day."""
        if HearingStep.DECIDED in self.kinds:
            return "quiet", "決定済み"
        if HearingStep.WITHDRAWN in self.kinds:
            return "quiet", "取下げ"
        if HearingStep.RECEIVED in self.kinds:
            return "attention", "弁明あり・決定待ち"
        if HearingStep.WAIVED in self.kinds:
            return "attention", "弁明しない申出・決定待ち"
        return ("attention", "期限を過ぎた・決定待ち") if on > self.notice.hearing_until else ("active", "弁明の期限前")

    @property
    def told(self) -> dict[str, object]:
        """What the entry of the decision takes from it."""
        return {
            "notice": self.notice.pk, "notified_on": self.notice.notified_on.isoformat(),
            "hearing_until": self.notice.hearing_until.isoformat(), "hearing": self.said,
        }  # fmt: skip


def hearing_payer(by: Actor, notice_id: int) -> tuple[int, int]:
    """(世帯番号, 納付義務者) before the page is opened. Raises HearingNotice.DoesNotExist."""
    by.require("certificate.read")
    household_no, payer_no = HearingNotice.objects.values_list("household_no", "payer_no").get(pk=notice_id)
    return household_no, payer_no


def hearing(by: Actor, notice_id: int) -> HearingView:
    """One 事前通知 with its steps and who recorded them. Raises HearingNotice.DoesNotExist."""
    by.require("certificate.read")
    notice = HearingNotice.objects.select_related("run").get(pk=notice_id)
    steps = list(notice.steps.order_by("pk"))
    names = staff_names([notice.recorded_by, *(step.recorded_by for step in steps)])
    seen(by, "certificate.hearing", persons=[notice.payer_no], detail={"notice": notice_id})
    return HearingView(notice, steps, names=names)


def hearing_of(by: Actor, household_no: int) -> HearingView | None:
    """The 事前通知 from which a decision about a household can be made, with what was said."""
    by.require("certificate.read")
    notice = hearings.open_notice(household_no)
    if notice is None:
        return None
    seen(by, "certificate.hearing", persons=[notice.payer_no], detail={"notice": notice.pk})
    return HearingView(notice, list(notice.steps.order_by("pk")), hearings.statement(notice))


def hearings_of(by: Actor, household_nos: Sequence[int]) -> dict[int, list[HearingView]]:
    """Every 事前通知 of households, newest first."""
    by.require("certificate.read")
    rows = HearingNotice.objects.filter(household_no__in=household_nos).prefetch_related("steps").order_by("-pk")
    found: dict[int, list[HearingView]] = {}
    for row in rows:
        found.setdefault(row.household_no, []).append(HearingView(row, sorted(row.steps.all(), key=lambda step: step.pk)))
    seen(by, "certificate.hearing", persons={view.notice.payer_no for views in found.values() for view in views})
    return found
