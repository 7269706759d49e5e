"""Batch console: what runs, how far it is, what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core import queries as core
from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import levy
from kokuho.exchange import queries as exchange
from kokuho.jobs import packages, queue
from kokuho.web import ordering


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
        "resumable": run.state == BatchRun.FAILED and run.kind in RESUME and request.actor.may(RESUME[run.kind][0]),
        "figures": figures(run),
        "kind": core.BATCH_KINDS.get(run.kind, run.kind),
        "ordered_name": core.staff_names([run.ordered_by])[run.ordered_by],
        "package": PackageForm(_receivers(request)) if packages.may_order(request.actor, run) else None,
    }
    return render(request, "web/batch.html", context)


class PackageForm(forms.Form):
    """To which printer of the registry the papers of a run go."""

    receiver = forms.ChoiceField(label="印刷委託先")

    def __init__(self, receivers: Sequence[tuple[str, str]], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.receivers = receivers
        self.fields["receiver"].choices = receivers  # type: ignore[attr-defined]


def _receivers(request: StaffRequest) -> Sequence[tuple[str, str]]:
    return exchange.receivers(request.actor, packages.LAYOUT, on=request.business_date)


@screen("exchange.prepare")
@require_POST
def package(request: StaffRequest, run_id: int) -> HttpResponse:
    """Order the encrypted file of a finished print run for a printer outside; a worker makes it."""
    back = reverse("batch", args=[run_id])
    form = PackageForm(_receivers(request), request.POST)
    if not form.is_valid():
        return ordering.refused(request, "印刷委託先を、登録簿にあるものから選んでください。", back)
    return ordering.hand(
        request, lambda: packages.order(by=request.actor, on=request.business_date, run_id=run_id, **form.cleaned_data),
        queue.start_package, "引渡しファイルの作成", lambda made: reverse("batch", args=[made.pk]), back,
    )  # fmt: skip


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


# What takes a kind of run up again, and who may ask for it. A finished part is never done twice.
RESUME: Mapping[str, tuple[str, Callable[[BatchRun, Actor], queue.Handed]]] = {
    "levy-trial": ("levy.run", lambda run, by: queue.start_levy(_levy_of(run, by), by=by)),
    "levy-final": ("levy.run", lambda run, by: queue.start_levy(_levy_of(run, by), by=by)),
    "levy-posting": ("levy.run", lambda run, by: queue.start_levy(run.parameters["levy"], by=by)),
    "federation-report": ("exchange.prepare", lambda run, by: queue.start_federation(run.pk, by=by)),
    "atena-registration": ("exchange.prepare", lambda run, by: queue.start_registration(run.pk, by=by)),
    "notices": ("notice.print", lambda run, by: queue.start_notices(run.pk, by=by)),
    "burden": ("burden.run", lambda run, by: queue.start_certificates(run.pk, by=by)),
    "renewal": ("certificate.renew", lambda run, by: queue.start_certificates(run.pk, by=by)),
    "certificates": ("certificate.print", lambda run, by: queue.start_certificates(run.pk, by=by)),
    "age-letters": ("eligibility.letter", lambda run, by: queue.start_age_letters(run.pk, by=by)),
    "hearing-letters": ("eligibility.letter", lambda run, by: queue.start_hearing_letters(run.pk, by=by)),
    "print-package": ("exchange.prepare", lambda run, by: queue.start_package(run.pk, by=by)),
    "age-events": ("eligibility.batch", lambda run, by: queue.start_ages(run.pk, by=by)),
}


def _levy_of(run: BatchRun, by: Actor) -> int:
    found = levy.run_of_batch(by, run.pk)
    assert found is not None
    return found.pk


@screen("batch.read")
@require_POST
def resume(request: StaffRequest, run_id: int) -> HttpResponse:
    """Let a worker go on with a run that ended with an error."""
    try:
        run = core.progress(request.actor, run_id).run
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
    if run.state != BatchRun.FAILED or run.kind not in RESUME:
        messages.error(request, "この実行は続きから始める状態ではありません。")
    else:
        capability, start = RESUME[run.kind]
        request.actor.require(capability)
        ordering.say(request, start(run, request.actor), "続きからの実行を受け付けました。")
    return HttpResponseRedirect(reverse("batch", args=[run_id]))


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
    ("active", "3割の世帯", "世帯"),
    ("changed", "割合の変わる世帯", "世帯"),
    ("unknown", "課税所得不明", "世帯"),
    ("applied", "反映した世帯", "世帯"),
    ("renewed", "更新の対象", "件"),
    ("excluded", "除外", "件"),
    ("issued", "交付", "件"),
    ("documents", "対象", "通"),
    ("printed", "作成", "通"),
    ("pulled", "引抜（別の束）", "通"),
    ("undeliverable", "送付先がなく作成しないもの", "通"),
    ("problems", "作成できないもの", "通"),
    ("packed", "引渡しファイルに入れたもの", "通"),
    ("left", "庁内に残したもの", "通"),
    ("pages", "文字のある面", "面"),
    ("sides", "面数（両面印刷の白紙の裏を含む）", "面"),
    ("households_reported", "報告した世帯", "世帯"),
    ("persons", "報告した人", "人"),
    ("held", "保留", "人"),
    ("files", "ファイル", "件"),
)


def figures(run: BatchRun) -> list[tuple[str, int, str]]:
    """The totals of a run: name, number, unit."""
    return [(label, run.results[key], unit) for key, label, unit in FIGURES if isinstance(run.results.get(key), int)]
