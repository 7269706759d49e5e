"""Ordering the batches of certificates and of 負担割合: the desk's action writes the order, a worker carries it out."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.models import BatchRun
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.actions import burden
from kokuho.desks.assessment.screens.burden import OrderForm
from kokuho.desks.eligibility.actions import renewal
from kokuho.desks.eligibility.screens.renewal import PlanForm
from kokuho.jobs import certificates, queue
from kokuho.web import ordering


@screen("burden.run")
@require_POST
def judge(request: StaffRequest) -> HttpResponse:
    """Order a run of the judgement."""
    form, back = OrderForm(request.POST), reverse("assessment:burden")
    if not form.is_valid():
        return ordering.refused(request, "判定の種類と年を確かめてください。", back)
    mode, year = form.cleaned_data["mode"], form.cleaned_data["year"]
    return ordering.hand(
        request, lambda: burden.order(by=request.actor, on=request.business_date, mode=mode, year=year),
        queue.start_certificates, "判定", _judgement, back,
    )  # fmt: skip


@screen("burden.run")
@require_POST
def apply(request: StaffRequest, run_id: int) -> HttpResponse:
    """Put an approved judgement in force."""
    run = _run(run_id, burden.KIND)
    if not burden.APPROVALS.approved(run):
        return ordering.refused(request, "この判定は承認されていません。", _judgement(run))
    ordering.accepted(request, queue.start_certificates, run_id, "反映")
    return HttpResponseRedirect(_judgement(run))


@screen("certificate.renew")
@require_POST
def plan(request: StaffRequest) -> HttpResponse:
    """Order the plan of a renewal."""
    form, back = PlanForm(request.POST), reverse("eligibility:renewals")
    if not form.is_valid():
        return ordering.refused(request, "更新日を確かめてください。", back)
    return ordering.hand(
        request, lambda: renewal.order(by=request.actor, on=request.business_date, renew_on=form.cleaned_data["renew_on"]),
        queue.start_certificates, "対象の抽出", _renewal, back,
    )  # fmt: skip


@screen("certificate.renew")
@require_POST
def issue(request: StaffRequest, run_id: int) -> HttpResponse:
    """Issue an approved renewal."""
    run = _run(run_id, renewal.KIND)
    if not renewal.APPROVALS.approved(run):
        return ordering.refused(request, "この一斉更新は承認されていません。", _renewal(run))
    ordering.accepted(request, queue.start_certificates, run_id, "交付")
    return HttpResponseRedirect(_renewal(run))


@screen("certificate.print")
@require_POST
def print_renewal(request: StaffRequest, run_id: int) -> HttpResponse:
    """Order the printing of an issued renewal."""
    here = _renewal(_run(run_id, renewal.KIND))
    return ordering.hand(
        request, lambda: certificates.order_print(
            by=request.actor, on=request.business_date, renewal_id=run_id, reason=request.POST.get("reason", "")
        ),
        queue.start_certificates, "印刷", lambda _: here, here,
    )  # fmt: skip


def _judgement(run: BatchRun) -> str:
    return reverse("assessment:burden_run", args=[run.pk])


def _renewal(run: BatchRun) -> str:
    return reverse("eligibility:renewal", args=[run.pk])


def _run(run_id: int, kind: str) -> BatchRun:
    try:
        return BatchRun.objects.get(pk=run_id, kind=kind)
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
