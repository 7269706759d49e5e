"""Ordering the runs of the annual levy and its notices: the desk's action writes the order, a worker of the queue carries it out."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.actions import levy as actions
from kokuho.desks.assessment.models import LevyRun
from kokuho.desks.assessment.screens.levy import TrialForm
from kokuho.jobs import notices as notice_jobs
from kokuho.jobs import queue
from kokuho.web import ordering


@screen("levy.run")
@require_POST
def trial(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Order a trial of a year."""
    form, back = TrialForm(request.POST), reverse("assessment:levy_year", args=[fiscal_year])
    if not form.is_valid():
        return ordering.refused(request, "見込みの数を確かめてください。数字で入力します。", back)
    expectations = {name: value for name, value in form.cleaned_data.items() if value is not None}

    def order() -> LevyRun:
        return actions.order_trial(
            by=request.actor, on=request.business_date, fiscal_year=fiscal_year, expectations=expectations
        )

    return ordering.hand(request, order, queue.start_levy, "試算", _year, back)


@screen("levy.run")
@require_POST
def final(request: StaffRequest, run_id: int) -> HttpResponse:
    """Order the final run of an approved trial."""
    return ordering.hand(
        request, lambda: actions.order_final(by=request.actor, on=request.business_date, trial_id=run_id),
        queue.start_levy, "本算定", _year, reverse("assessment:levy"),
    )  # fmt: skip


@screen("notice.print")
@require_POST
def notices(request: StaffRequest, run_id: int) -> HttpResponse:
    """Order the notices of a final levy."""
    try:
        return ordering.hand(
            request, lambda: notice_jobs.order(
                by=request.actor, on=request.business_date, levy_id=run_id, reason=request.POST.get("reason", "")
            ),
            queue.start_notices, "通知書の作成", lambda batch: reverse("batch", args=[batch.pk]), reverse("assessment:levy"),
        )  # fmt: skip
    except LevyRun.DoesNotExist as error:
        raise Http404 from error


def _year(run: LevyRun) -> str:
    return reverse("assessment:levy_year", args=[run.fiscal_year])
