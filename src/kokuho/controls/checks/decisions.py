"""ENTRY-08: decisions that affect rights are taken by persons, and hold for exactly what was put before them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from kokuho.controls import fixture
from kokuho.controls.checks.pull import LEVY_RIGHTS, fill_town
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, another, by_hand, with_only
from kokuho.core import approving, entries, parameters, schedule
from kokuho.core.access import Actor, catalogue
from kokuho.core.models import Approval
from kokuho.desks.assessment.actions import levy
from kokuho.desks.assessment.models import Decision, LevyInput, LevyRun
from kokuho.desks.eligibility.actions import renewal
from kokuho.desks.eligibility.models import Certificate, RenewalLine
from kokuho.desks.people.models import Person
from kokuho.jobs import notices


def _sql(statement: str, values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@check("ENTRY-08", commits=True)
def persons_decide(scene: Scene, seen: Evidence) -> None:
    """A year is really levied: the trial is provisional, a second person approves exactly its result; what changes after that is refused by
    the database, or the approval no longer covers it; notices wait for the end."""
    put(scene.on, {"log.ordered_kinds": []})
    _approved_renewal(scene, seen)
    fill_town(scene.on)
    first = with_only(*LEVY_RIGHTS)
    second = another(first)
    day = date(scene.fiscal_year, 7, 1)
    run = levy.order_trial(by=first, on=day, fiscal_year=scene.fiscal_year)
    wrong: dict[str, Any] = {"errors": (ValueError,)}
    seen.refused("計算の終わらない試算を起案する", levy.propose_approval, by=first, run_id=run.pk, code="L07", **wrong)
    levy.execute(run, processes=1)
    run.refresh_from_db()
    seen.refused("承認のない試算から本算定する", levy.order_final, by=first, on=day, trial_id=run.pk, code="L04", **wrong)
    seen.refused("承認の前に、試算から通知書を作る", notices.order, by=first, on=scene.on, levy_id=run.pk, **wrong)
    seen.equal(Decision.objects.count(), 0, "試算だけで決定されたもの")
    made = levy.propose_approval(by=first, run_id=run.pk)
    seen.must(made.summary["households"] > 0, "起案に付いた件数と合計", made.summary)
    seen.refused("起案した本人が承認する", levy.decide_approval, by=first, approval_id=made.pk, approve=True, code="ENTRY-02")
    _changed_before(seen, run, made, second)
    for what, who in (("起案者を決裁者として", "entered_by"), ("決裁者なしで", "''")):
        statement = f"UPDATE core_approval SET state = 'approved', decided_by = {who}, decided_at = now() WHERE id = %s"
        seen.refused(f"アプリケーションの役割のSQLで、{what}決裁済みと書く", _sql, statement, [made.pk])
    decided = levy.decide_approval(by=second, approval_id=made.pk, approve=True)
    seen.must(decided.decided_by == second.staff_no and decided.decided_at is not None, "別の職員の決裁の記録（人と日時）")
    _changed_after(scene, seen, run, first, day)


def _changed_before(seen: Evidence, run: LevyRun, made: Approval, second: Actor) -> None:
    """Another result than what was put up is not approved."""
    LevyRun.objects.filter(pk=run.pk).update(result_hash="b" * 64)
    seen.refused("起案の後に結果の変わった試算を承認する", levy.decide_approval, by=second, approval_id=made.pk, approve=True,
                 code="APPROVAL-CHANGED")  # fmt: skip
    LevyRun.objects.filter(pk=run.pk).update(result_hash=made.content_hash)


def _changed_after(scene: Scene, seen: Evidence, run: LevyRun, first: Actor, day: date) -> None:
    """One record of an approved trial is changed: with SQL, with an administrator's hand, and in the facts."""
    columns = ", ".join(f'"{f.column}"' for f in LevyInput._meta.concrete_fields if f.column != "id")
    for what, statement in (
        ("計算に使う事実を消す", "DELETE FROM assessment_levyinput WHERE run_id = %(run)s AND seq = 1"),
        ("計算に使う事実を加える", f"INSERT INTO assessment_levyinput ({columns}) SELECT {columns} FROM assessment_levyinput "
                                 "WHERE run_id = %(run)s AND seq = 1"),
        ("計算に使う事実を書き換える", "UPDATE assessment_levyinput SET asset_tax = 1 WHERE run_id = %(run)s"),
        ("試算の結果を消す", "DELETE FROM assessment_trialdecision WHERE run_id = %(run)s"),
        ("試算の結果を書き換える", "UPDATE assessment_trialdecision SET total = 1 WHERE run_id = %(run)s"),
    ):  # fmt: skip
        seen.refused(f"承認の後、アプリケーションの役割のSQLで{what}", _sql, statement, {"run": run.pk})
    told: dict[str, Any] = {"by": first, "on": day, "errors": (ValueError,)}
    LevyRun.objects.filter(pk=run.pk).update(result_hash="b" * 64)
    seen.refused("承認の後に結果の変わった試算から本算定する", levy.order_final, trial_id=run.pk, code="L04", **told)
    LevyRun.objects.filter(pk=run.pk).update(result_hash=Approval.objects.get(subject=levy.subject(run)).content_hash)
    one = Person.objects.filter(name__startswith="点検丁").order_by("-pk")[0]
    with transaction.atomic():
        one.correct(recorded_by="chkSys", origin="check", birth_date=date(1950, 3, 3))
        newer = levy.order_trial(by=first, on=day, fiscal_year=scene.fiscal_year)
        seen.refused("事実が変わり試算をやり直した後に、前の承認で本算定する", levy.order_final, trial_id=run.pk, code="L03", **told)
        seen.refused("やり直した試算から、承認を受けずに本算定する", levy.order_final, trial_id=newer.pk, code="L04", **told)
        transaction.set_rollback(True)
    by_hand("assessment_levyinput", "UPDATE assessment_levyinput SET birth_date = '1950-03-03' WHERE atena_no = %s", one.atena_no)
    final = levy.order_final(by=first, on=day, trial_id=run.pk)
    seen.refused("管理者の手で一人の事実が変わった承認済みの試算を、本算定する", levy.execute, final, processes=1, code="L06",
                 errors=(ValueError,))  # fmt: skip
    final.refresh_from_db()
    seen.equal(final.frozen_at, None, "その本算定の確定")
    seen.refused("確定していない本算定の通知書を作る", notices.order, by=first, on=scene.on, levy_id=final.pk, errors=(ValueError,))


def _approved_renewal(scene: Scene, seen: Evidence) -> None:
    """A mass renewal is approved: its rows stay whoever writes SQL, and one bent by an administrator's hand is not issued."""
    first = with_only("certificate.renew", "certificate.approve")
    order = renewal.order(by=first, on=scene.on, renew_on=scene.on + timedelta(days=30))
    run = renewal.plan(by=first, run_id=order.pk)
    seen.refused("承認のない一斉更新で証を交付する", renewal.issue, by=first, run_id=run.pk, code="CRT64")
    proposed = renewal.propose(by=first, run_id=run.pk)
    seen.refused("起案した本人が一斉更新を承認する", renewal.decide, by=first, approval=proposed, approve=True, code="ENTRY-02")
    renewal.decide(by=another(first), approval=proposed, approve=True)
    columns = ", ".join(f'"{f.column}"' for f in RenewalLine._meta.concrete_fields if f.column not in ("id", "seq"))
    for what, statement in (
        ("対象を消す", "DELETE FROM eligibility_renewalline WHERE run_id = %(run)s"),
        ("対象を加える", f"INSERT INTO eligibility_renewalline ({columns}, seq) SELECT {columns}, seq + 1000 FROM eligibility_renewalline "
                         "WHERE run_id = %(run)s"),
        ("対象を書き換える", "UPDATE eligibility_renewalline SET atena_no = 1 WHERE run_id = %(run)s"),
    ):  # fmt: skip
        seen.refused(f"承認の後、アプリケーションの役割のSQLで一斉更新の{what}", _sql, statement, {"run": run.pk})
    by_hand("eligibility_renewalline", "UPDATE eligibility_renewalline SET atena_no = %s WHERE atena_no = %s", fixture.P_DEAD, fixture.P_1)
    seen.refused("管理者の手で対象の変わった一斉更新で証を交付する", renewal.issue, by=first, run_id=run.pk, code="CRT67")
    seen.equal(Certificate.objects.filter(run=run).count(), 0, "その一斉更新で交付された証")


@check("ENTRY-08")
def nothing_decides_by_itself(scene: Scene, seen: Evidence) -> None:
    """Scheduled work has no right to approve, confirm or release; every kind of entry and of approval is decided under a right."""
    deciding = {kind.confirm for kind in entries.kinds().values()} | {kind.capability for kind in approving.kinds().values()}
    held = [(work.label, right) for work in schedule.works().values() for right in work.may]
    seen.none([f"{label} {right}" for label, right in held if right in deciding or right.endswith(".release")],
              f"定時処理（{len(schedule.works())}種類）が持つ、決定・確認・送出の権限")  # fmt: skip
    seen.none([right for right in deciding if right not in catalogue()["capabilities"]], "決定・確認する権限の定めのない入力と起案")
    free = [kind.label for kind in entries.kinds().values() if kind.code in parameters.value("entry.freed")]
    seen.value("二人での確認を免じた入力（承認された設定）", free)
    seen.value("決定する机がまだないもの（役割も処理もない）", ["滞納処分", "給付の決定"])
