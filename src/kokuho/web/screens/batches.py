"""Batch console: what runs, how far it is, what came out."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from kokuho.core import queries as core
from kokuho.core.models import BatchRun
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import levy


@screen("batch.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Runs, newest first."""
    return render(request, "web/batches.html", {"list": core.batch_runs(request.actor, request.GET)})


@screen("batch.read")
def detail(request: StaffRequest, run_id: int) -> HttpResponse:
    """One run: parameters, progress, totals, and where its results are worked with."""
    try:
        progress = core.progress(request.actor, run_id)
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
    run = progress.run
    context = {
        "progress": progress,
        "run": run,
        "levy": levy.run_of_batch(request.actor, run_id),
        "figures": _figures(run),
        "kind": core.BATCH_KINDS.get(run.kind, run.kind),
        "ordered_name": core.staff_names([run.ordered_by])[run.ordered_by],
    }
    return render(request, "web/batch.html", context)


@screen("batch.read", background=True)
def moving(request: StaffRequest, run_id: int) -> HttpResponse:
    """The part that the page asks for again while a run goes on. At the end the whole page is shown anew."""
    try:
        progress = core.progress(request.actor, run_id, silent=True)
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
    response = render(request, "web/batch_progress.html", {"progress": progress, "run": progress.run})
    if not progress.moving:
        response.headers["HX-Refresh"] = "true"
    return response


# Totals of a run in words, in the order in which they are read; yen is marked.
FIGURES = (
    ("households", "賦課世帯", "世帯"),
    ("insured", "被保険者", "人"),
    ("total", "年額の計", "円"),
    ("terms", "期別件数", "件"),
    ("zero", "0円の世帯", "世帯"),
    ("reduced7", "7割軽減", "世帯"),
    ("reduced5", "5割軽減", "世帯"),
    ("reduced2", "2割軽減", "世帯"),
    ("capped", "限度額の世帯", "世帯"),
    ("component_medical", "医療分", "円"),
    ("component_support", "支援金分", "円"),
    ("component_care", "介護分", "円"),
    ("component_child", "子ども分", "円"),
    ("postings", "調定件数", "件"),
    ("amount", "調定額", "円"),
    ("documents", "対象", "通"),
    ("printed", "作成", "通"),
    ("pulled", "引抜（別の束）", "通"),
    ("undeliverable", "送付先がなく作成しないもの", "通"),
    ("problems", "作成できないもの", "通"),
    ("pages", "頁数", "頁"),
)


def _figures(run: BatchRun) -> list[tuple[str, int, str]]:
    return [(label, run.results[key], unit) for key, label, unit in FIGURES if isinstance(run.results.get(key), int)]
