"""Starting the batches of eligibility: the desk's action has frozen and approved them, a worker of the queue carries them out."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.models import BatchRun
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility.models import HearingNotice
from kokuho.desks.eligibility.queries import ages as queries
from kokuho.jobs import age_letters as letters
from kokuho.jobs import hearing_letters as hearings
from kokuho.jobs import queue
from kokuho.web import ordering


@screen("eligibility.batch")
@require_POST
def start_ages(request: StaffRequest, run_id: int) -> HttpResponse:
    """Let a worker carry an approved run of age events out."""
    try:
        found = queries.age_run(request.actor, run_id)
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
    here = reverse("eligibility:age_run", args=[run_id])
    if not found.startable:
        return ordering.refused(request, "承認されていないか、既に実行されています。", here)
    ordering.accepted(request, queue.start_ages, run_id, "実行")
    return HttpResponseRedirect(here)


@screen("eligibility.letter")
@require_POST
def age_letters(request: StaffRequest, run_id: int) -> HttpResponse:
    """Order the letters of a run of age events."""
    here = reverse("eligibility:age_run", args=[run_id])
    try:
        queries.age_run(request.actor, run_id)
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
    return ordering.hand(
        request, lambda: letters.order(
            by=request.actor, on=request.business_date, run_id=run_id, reason=request.POST.get("reason", "")
        ), queue.start_age_letters,
        "通知の作成", lambda made: reverse("batch", args=[made.pk]), here,
    )  # fmt: skip


@screen("eligibility.letter")
@require_POST
def hearing_letters(request: StaffRequest) -> HttpResponse:
    """Issue the 事前通知 of the ticked candidates and let a worker print the letters."""
    here = reverse("eligibility:arrears")
    ticked = [int(text) for text in request.POST.getlist("candidate") if text.isascii() and text.isdigit() and len(text) < 19]
    return ordering.hand(
        request, lambda: hearings.order(by=request.actor, on=request.business_date, households=ticked), queue.start_hearing_letters,
        "事前通知の作成", lambda made: reverse("batch", args=[made.pk]), here, say=_left,
    )  # fmt: skip


def _left(made: BatchRun) -> str:
    """What the clerk must know of the candidates that got no letter."""
    left = made.parameters["left"]
    shown = "、".join(map(str, left[:10])) + ("ほか" if len(left) > 10 else "")
    return f"通知が届かない{len(left)}世帯を除きました（安全な送付先・発送停止・死亡・転出を確かめてください）: {shown}" if left else ""


@screen("eligibility.letter")
@require_POST
def hearing_again(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Print a 事前通知 once more."""
    here = reverse("eligibility:hearing", args=[notice_id])
    try:
        return ordering.hand(
            request, lambda: hearings.order_again(
                by=request.actor, on=request.business_date, notice_id=notice_id, reason=request.POST.get("reason", "")
            ), queue.start_hearing_letters,
            "事前通知の再発行", lambda made: reverse("batch", args=[made.pk]), here,
        )  # fmt: skip
    except HearingNotice.DoesNotExist as error:
        raise Http404 from error


@screen("eligibility.batch")
@require_POST
def start_checks(request: StaffRequest) -> HttpResponse:
    """Let a worker run the checks of eligibility now instead of in the night."""
    ordering.say(request, queue.start_checks(by=request.actor), "点検を受け付けました。終わると一覧が新しくなります。")
    return HttpResponseRedirect(reverse("eligibility:differences"))
