"""事前通知 of 特別療養費: issued to households of the candidates' list; 弁明, waiver and withdrawal are recorded (AKASHI-12)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from kokuho.core import audit, era
from kokuho.core.access import Actor
from kokuho.core.actions.office import holidays_between
from kokuho.core.models import BatchRun
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.models import ArrearsHousehold, HearingNotice, HearingStep
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.law.premium.instalments import next_open_day

MOST = 1000
_ENDED = (HearingStep.WITHDRAWN, HearingStep.DECIDED)
# The longest run of closed days (年末年始 beside weekends) is far shorter.
_CLOSED = timedelta(days=31)


def alone() -> None:
    """Nobody else issues, answers or decides a 事前通知 before this transaction ends: acts cannot be locked row by row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(718, hashtext('hearing-notices'))")


def open_notices() -> QuerySet[HearingNotice]:
    """事前通知 that were neither withdrawn nor decided upon."""
    ended = HearingStep.objects.filter(notice=OuterRef("pk"), kind__in=_ENDED)
    return HearingNotice.objects.filter(~Exists(ended))


def untold() -> QuerySet[ArrearsHousehold]:
    """Candidates to whom a 事前通知 can be issued."""
    told = open_notices().filter(household_no=OuterRef("household_no"))
    return ArrearsHousehold.objects.filter(~Exists(told), standing=ArrearsHousehold.OPEN)


def open_notice(household_no: int) -> HearingNotice | None:
    """The 事前通知 of a household from which a decision can be made; None without one."""
    return open_notices().filter(household_no=household_no).order_by("-pk").first()


def deadline(on: date) -> date:
    """The last day for a 弁明 to a notice of this day: the municipality's days later, moved to an open day."""
    until = on + timedelta(days=papers.settings().hearing_days)
    closed = holidays_between(until, until + _CLOSED)
    return next_open_day(until, lambda day: day in closed)


def statement(notice: HearingNotice) -> str:
    """What was said in the hearing, as the decision keeps it; empty while nothing came."""
    said = [
        f"{era.long(step.on)} {step.note}" if step.kind == HearingStep.RECEIVED else f"{era.long(step.on)} 弁明しない旨の申出"
        for step in notice.steps.filter(kind__in=(HearingStep.RECEIVED, HearingStep.WAIVED)).order_by("on", "pk")
    ]
    return "　".join(said)[:500]


def candidates(households: Collection[int]) -> list[ArrearsHousehold]:
    """The rows of the candidates' list to which a 事前通知 can be issued; nobody else issues any before this transaction ends.

    Raises `CertificateError` CRT50 for none or too many, CRT51 for one that is no candidate or has a notice already.
    """
    if not 0 < len(set(households)) <= MOST:
        raise CertificateError("CRT50", f"事前通知を作る世帯を選んでください（一度に{MOST:,}世帯まで）。")
    alone()
    found = list(untold().filter(household_no__in=households).order_by("household_no"))
    wrong = sorted(set(households) - {row.household_no for row in found})
    if wrong:
        shown = "、".join(map(str, wrong[:10]))
        raise CertificateError("CRT51", f"事前通知を作れない世帯があります（候補でないか、通知済み）。選び直してください: {shown}")
    return found


def issue(*, by: Actor, on: date, rows: Sequence[ArrearsHousehold], run: BatchRun) -> list[HearingNotice]:
    """Write down that these candidates are notified by the letters of a run, dated `on`. Call inside the run's transaction."""
    by.require("certificate.issue")
    until = deadline(on)
    made = HearingNotice.objects.bulk_create(
        HearingNotice(
            household_no=row.household_no, payer_no=row.payer_no, notified_on=on, hearing_until=until, arrears=row.arrears,
            overdue=row.overdue, terms=row.terms, oldest_due=row.oldest_due, counted_on=row.counted_on, run=run,
            recorded_by=by.staff_no,
        )
        for row in rows
    )  # fmt: skip
    audit.record(
        by, function="certificate.hearing_issue", operation="update", persons=[row.payer_no for row in rows],
        row_count=len(made), detail={"run": run.pk, "hearing_until": until.isoformat()},
    )  # fmt: skip
    return made


@transaction.atomic
def take_step(*, by: Actor, on: date, notice_id: int, kind: str, day: date, note: str = "") -> HearingStep:
    """Record that a 弁明 was received (`note`: its content), waived, or that the notice is withdrawn (`note`: why).

    Raises HearingNotice.DoesNotExist; `CertificateError` CRT52 when the notice is withdrawn or decided upon, CRT53 for a day outside the
    time from the notice to today, CRT54 without the content or the reason, CRT55 for what was recorded already.
    """
    by.require("certificate.issue")
    alone()
    notice = HearingNotice.objects.get(pk=notice_id)
    before = set(notice.steps.values_list("kind", flat=True))
    if before & set(_ENDED):
        raise CertificateError("CRT52", "取り下げた通知、変更を決定した通知には記録できません。")
    if not notice.notified_on <= day <= on:
        raise CertificateError("CRT53", f"事前通知の日（{era.long(notice.notified_on)}）から今日までの日を入力してください。")
    if kind not in (HearingStep.RECEIVED, HearingStep.WAIVED, HearingStep.WITHDRAWN) or (
        kind != HearingStep.WAIVED and not note.strip()
    ):
        raise CertificateError("CRT54", "弁明の内容又は取り下げる理由を入力してください。")
    if kind == HearingStep.WAIVED and before:
        raise CertificateError("CRT55", "弁明又は弁明しない旨の申出は、既に記録されています。")
    step = HearingStep.objects.create(notice=notice, kind=kind, on=day, note=note.strip()[:500], recorded_by=by.staff_no)
    audit.record(
        by, function="certificate.hearing_step", operation="update", persons=[notice.payer_no],
        detail={"notice": notice.pk, "kind": kind, "on": day.isoformat()},
    )  # fmt: skip
    return step


def withdraw_unprinted(*, by: Actor, on: date, run: BatchRun, notice_ids: Sequence[int]) -> int:
    """Take back the notices for which a run could make no letter: nobody was notified. Returns how many."""
    by.require("certificate.issue")
    made = 0
    for notice in open_notices().filter(run=run, pk__in=notice_ids):
        take_step(
            by=by, on=on, notice_id=notice.pk, kind=HearingStep.WITHDRAWN, day=on, note="通知書を作成できなかったため（実行の結果を参照）"
        )
        made += 1
    return made
