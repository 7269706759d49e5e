"""Ordering the batches of certificates and of 負担割合: the desk's action writes the order, a worker carries it out."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.actions import burden
from kokuho.desks.assessment.screens.burden import OrderForm
from kokuho.desks.eligibility.actions import renewal
from kokuho.desks.eligibility.screens.renewal import PlanForm
from kokuho.jobs import certificates, queue


@screen("burden.run")
@require_POST
def judge(request: StaffRequest) -> HttpResponse:
    """Order a run of the judgement."""
    form = OrderForm(request.POST)
    if not form.is_valid():
        messages.error(request, "判定の種類と年を確かめてください。")
        return HttpResponseRedirect(reverse("assessment:burden"))
    try:
        run = burden.order(
            by=request.actor, on=request.business_date, mode=form.cleaned_data["mode"], year=form.cleaned_data["year"]
        )
    except CodedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("assessment:burden"))
    queue.start_certificates(run.pk, by=request.actor)
    messages.success(request, "判定を受け付けました。画面を離れても続きます。")
    return HttpResponseRedirect(reverse("assessment:burden_run", args=[run.pk]))


@screen("burden.run")
@require_POST
def apply(request: StaffRequest, run_id: int) -> HttpResponse:
    """Put an approved judgement in force."""
    if not burden.APPROVALS.approved(_run(run_id, burden.KIND)):
        messages.error(request, "この判定は承認されていません。")
    else:
        queue.start_certificates(run_id, by=request.actor)
        messages.success(request, "反映を受け付けました。画面を離れても続きます。")
    return HttpResponseRedirect(reverse("assessment:burden_run", args=[run_id]))


@screen("certificate.renew")
@require_POST
def plan(request: StaffRequest) -> HttpResponse:
    """Order the plan of a renewal."""
    form = PlanForm(request.POST)
    if not form.is_valid():
        messages.error(request, "更新日を確かめてください。")
        return HttpResponseRedirect(reverse("eligibility:renewals"))
    try:
        run = renewal.order(by=request.actor, on=request.business_date, renew_on=form.cleaned_data["renew_on"])
    except CodedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("eligibility:renewals"))
    queue.start_certificates(run.pk, by=request.actor)
    messages.success(request, "対象の抽出を受け付けました。画面を離れても続きます。")
    return HttpResponseRedirect(reverse("eligibility:renewal", args=[run.pk]))


@screen("certificate.renew")
@require_POST
def issue(request: StaffRequest, run_id: int) -> HttpResponse:
    """Issue an approved renewal."""
    if not renewal.APPROVALS.approved(_run(run_id, renewal.KIND)):
        messages.error(request, "この一斉更新は承認されていません。")
    else:
        queue.start_certificates(run_id, by=request.actor)
        messages.success(request, "交付を受け付けました。画面を離れても続きます。")
    return HttpResponseRedirect(reverse("eligibility:renewal", args=[run_id]))


@screen("certificate.print")
@require_POST
def print_renewal(request: StaffRequest, run_id: int) -> HttpResponse:
    """Order the printing of an issued renewal."""
    _run(run_id, renewal.KIND)
    try:
        run = certificates.order_print(by=request.actor, on=request.business_date, renewal_id=run_id)
    except CodedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("eligibility:renewal", args=[run_id]))
    queue.start_certificates(run.pk, by=request.actor)
    messages.success(request, "印刷を受け付けました。画面を離れても続きます。")
    return HttpResponseRedirect(reverse("eligibility:renewal", args=[run_id]))


def _run(run_id: int, kind: str) -> BatchRun:
    try:
        return BatchRun.objects.get(pk=run_id, kind=kind)
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
