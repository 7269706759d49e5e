"""LOG-04: jobs are asked for, approved by another person and run as ordered; the journal tells all of them."""

from __future__ import annotations

from datetime import timedelta

from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import ordered, put
from kokuho.controls.scene import Scene, with_only
from kokuho.core import clock, parameters, runs, seals
from kokuho.core.access import Actor
from kokuho.core.actions import orders
from kokuho.core.models import Approval, BatchRun, OrderedRun, WorkOrder
from kokuho.core.queries import orders as queries

KIND, OTHER = "notices", "levy-trial"


@check("LOG-04", commits=True)
def a_job_needs_its_order(scene: Scene, seen: Evidence) -> None:
    """Without an approved order a run that needs one is refused and leaves nothing; one order is one run."""
    put(scene.on, {"log.ordered_kinds": [KIND]})
    by = with_only("order.request", "order.read")
    second = Actor("chkOnly2", "点検 限定二", by.unit, frozenset({"order.approve", "order.read"}), by.terminal)

    def run(kind: str = KIND, **given: object) -> BatchRun:
        return runs.order(by=by, kind=kind, title="点検", business_date=scene.on, parameters=given)

    seen.refused("指示のない処理を実行する", run, code="LOG-04-REQUIRED")
    seen.equal(BatchRun.objects.count(), 0, "拒否された実行の記録簿への残り")
    order = orders.request(
        by=by, on=scene.on, kind=KIND, title="点検", instruction="全件", suitability="点検の起案書", planned_on=scene.on
    )
    seen.refused("適否の確認のない作業を指示する", orders.request, by=by, on=scene.on, kind=KIND, title="点検", instruction="全件",
                 suitability=" ", planned_on=scene.on, code="LOG-04-ORDER")  # fmt: skip
    seen.refused("指示しただけで承認のない処理を実行する", run, code="LOG-04-REQUIRED")
    waiting = Approval.objects.get(subject=orders.subject(order))
    both = Actor(by.staff_no, "点検", by.unit, frozenset({"order.approve"}), by.terminal)
    seen.refused("指示した本人が承認する", orders.decide, by=both, approval_id=waiting.pk, approve=True)
    orders.decide(by=second, approval_id=waiting.pk, approve=True)
    made = run()
    seen.equal(OrderedRun.objects.get(run=made).order_id, order.pk, "承認された指示に結び付いた実行")
    seen.refused("同じ指示でもう一度実行する", run, code="LOG-04-REQUIRED")
    runs.finish(made, {"printed": 60})
    own = Actor(made.ordered_by, "点検", by.unit, frozenset({"order.approve"}), by.terminal)
    seen.refused("実行した本人が結果を確認する", orders.confirm, by=own, order_id=order.pk, result="60通", code="LOG-04-SELF")
    orders.confirm(by=second, order_id=order.pk, result="60通、宛名の計と一致")
    _journal(scene, by, made, run(OTHER), run(OTHER, reason="条件を変えて再実行"), seen)


def _journal(scene: Scene, by: Actor, done: BatchRun, stopped: BatchRun, again: BatchRun, seen: Evidence) -> None:
    """The journal of the day: one row a run, with the counts of the runs, what was stopped or changed and why, and who checked."""
    runs.fail(stopped, "件数が合わないため中止した")
    runs.finish(again, {"households": 3})
    told = queries.journal(by, seals.today(), on=seals.today())
    seen.equal([r.pk for r in told.runs], [done.pk, stopped.pk, again.pk], "運用日誌の行（1実行に1行）")
    counts = {r.pk: r.results for r in told.runs}
    seen.equal([counts[done.pk], counts[again.pk]], [{"printed": 60}, {"households": 3}], "日誌の件数は出力の件数と一致する")
    why = {r.pk: r.message or r.parameters.get("reason", "") for r in told.runs}
    seen.must(bool(why[stopped.pk]) and bool(why[again.pk]), "中止と条件の変更の理由", f"{why[stopped.pk]}、{why[again.pk]}")
    tie = told.ordered.get(done.pk)
    seen.must(tie is not None and tie.order.confirmed_by == "chkOnly2", "指示と確認した者")
    seen.equal(told.without_order, frozenset({stopped.pk, again.pk}), "指示のない実行は例外として出る")
    late, link = ordered(OTHER, scene.on), orders.link
    seen.refused("理由なしに後から指示へ結び付ける", link, by=by, order_id=late.pk, run_id=again.pk, reason=" ", code="LOG-04-REASON")
    seen.equal(WorkOrder.objects.get(pk=late.pk).state, WorkOrder.APPROVED, "結び付かなかった指示の状態")


@check("LOG-04", place=REAL)
def runs_have_their_orders(seen: Evidence) -> None:
    """In the installation: runs of the last month without an order although their kind needs one."""
    kinds = parameters.value("log.ordered_kinds")
    since = clock.now() - timedelta(days=31)
    found = queries.unordered().filter(kind__in=kinds, ordered_at__gte=since)
    seen.none([f"{run.pk} {run.title}" for run in found], "指示を要するのに指示のない実行（31日）")
    seen.value("結果を確認していない作業指示", WorkOrder.objects.filter(state=WorkOrder.RUN).count())
