"""年齢到達: the age events of a month, frozen when a run is put before a second person (SHI-18)."""

from __future__ import annotations

from django.db import models

from kokuho.core.models import BatchRun, Register
from kokuho.desks.eligibility.models.approved import approved_stays
from kokuho.law.eligibility.ages import AgeEventKind


class AgeEventRow(Register):
    """One age event of an insured person in a run. Only those reaching 75 change eligibility; the others are work for staff."""

    KNOWN_WHEN = "EXISTS (SELECT FROM public.core_batchrun r WHERE r.id = t.run_id AND r.ordered_at < {known})"
    KNOWN_AS = {
        name: "CASE WHEN EXISTS (SELECT FROM public.core_batchrun r WHERE r.id = t.run_id AND r.ended_at < {known}) "
              f"THEN t.{name} ELSE {before} END"
        for name, before in (("state", "'waiting'"), ("note", "''"))
    }  # fmt: skip

    GRANTS = "SELECT, INSERT, UPDATE (state, note)"

    WAITING, DONE, SKIPPED = "waiting", "done", "skipped"
    STATES = ((WAITING, "承認・実行待ち"), (DONE, "処理済み"), (SKIPPED, "対象外"))
    KINDS = {
        AgeEventKind.SCHOOL: "就学", AgeEventKind.CHILD_END: "18歳年度末の経過", AgeEventKind.CARE_SECOND_FROM: "40歳到達",
        AgeEventKind.CARE_FIRST_FROM: "65歳到達", AgeEventKind.SENIOR: "70歳到達", AgeEventKind.ELDERLY: "75歳到達",
    }  # fmt: skip

    run = models.ForeignKey(BatchRun, on_delete=models.PROTECT, related_name="age_events", verbose_name="実行")
    seq = models.IntegerField("順番")
    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    birth_date = models.DateField("生年月日")
    kind = models.CharField("到達", max_length=20, choices=[(str(kind), label) for kind, label in KINDS.items()])
    effective = models.DateField("効力の生じる日")
    state = models.CharField("状態", max_length=10, choices=STATES, default=WAITING)
    note = models.CharField("説明", max_length=200, blank=True)

    class Meta:
        verbose_name = "年齢到達"
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="ageevent_seq"),
            # A person reaches an age once, whatever runs are ordered. A corrected birth date is another event.
            models.UniqueConstraint(
                fields=["atena_no", "kind", "birth_date"], condition=models.Q(state__in=["waiting", "done"]), name="ageevent_once"
            ),
        ]
        indexes = [models.Index(fields=["run", "kind", "state"], name="ageevent_run")]
        triggers = approved_stays("ageevent", "age-events")
