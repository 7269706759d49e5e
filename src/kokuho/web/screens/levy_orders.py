"""Ordering the runs of the annual levy and its notices: the desk's action writes the order, a worker of the queue carries it out."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.actions import levy as actions
from kokuho.desks.assessment.models import LevyRun
from kokuho.desks.assessment.screens.levy import TrialForm
from kokuho.documents.decisions import NoticeError
from kokuho.jobs import notices as notice_jobs
from kokuho.jobs import queue
from kokuho.law.errors import LawError


@screen("levy.run")
@require_POST
def trial(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Order a trial of a year."""
    form = TrialForm(request.POST)
    if form.is_valid():
        expectations = {name: value for name, value in form.cleaned_data.items() if value is not None}
        try:
            run = actions.order_trial(
                by=request.actor, on=request.business_date, fiscal_year=fiscal_year, expectations=expectations
            )
        except (actions.LevyError, LawError) as error:
            messages.error(request, str(error))
        else:
            queue.start_levy(run.pk, by=request.actor)
            messages.success(request, "試算を受け付けました。画面を離れても続きます。")
    else:
        messages.error(request, "見込みの数を確かめてください。数字で入力します。")
    return HttpResponseRedirect(reverse("assessment:levy_year", args=[fiscal_year]))


@screen("levy.run")
@require_POST
def final(request: StaffRequest, run_id: int) -> HttpResponse:
    """Order the final run of an approved trial."""
    try:
        run = actions.order_final(by=request.actor, on=request.business_date, trial_id=run_id)
    except actions.LevyError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("assessment:levy"))
    queue.start_levy(run.pk, by=request.actor)
    messages.success(request, "本算定を受け付けました。画面を離れても続きます。")
    return HttpResponseRedirect(reverse("assessment:levy_year", args=[run.fiscal_year]))


@screen("notice.print")
@require_POST
def notices(request: StaffRequest, run_id: int) -> HttpResponse:
    """Order the notices of a final levy."""
    try:
        batch = notice_jobs.order(by=request.actor, on=request.business_date, levy_id=run_id)
    except LevyRun.DoesNotExist as error:
        raise Http404 from error
    except NoticeError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("assessment:levy"))
    queue.start_notices(batch.pk, by=request.actor)
    messages.success(request, "通知書の作成を受け付けました。画面を離れても続きます。")
    return HttpResponseRedirect(reverse("batch", args=[batch.pk]))
