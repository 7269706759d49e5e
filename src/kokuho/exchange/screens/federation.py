"""国保情報集約システム: what is due, who is held back, and the confirmation of what came back. The report itself is ordered in
`web.screens.federation`, which may hand it to a worker."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.exchange import queries
from kokuho.exchange.federation import answers, handover, monthly
from kokuho.exchange.models import InboxFile


@screen("exchange.read")
def overview(request: StaffRequest) -> HttpResponse:
    """How the work stands; lists of what is held back and of what waits for confirmation."""
    actor, on = request.actor, request.business_date
    with page(actor, "exchange.federation"):
        context = {
            "state": queries.federation_state(actor, on=on),
            "ready": queries.ready_files(actor),
            "flags": queries.flags_unsent(actor),
            "list": queries.issues(actor, request.GET, on=on) if actor.may("person.read") else None,
        }
    return render(request, "exchange/federation.html", context)


@screen("eligibility.confirm")
@require_POST
def confirm(request: StaffRequest, file_id: int) -> HttpResponse:
    """The matched records of a file become facts."""
    try:
        counts = answers.confirm(by=request.actor, on=request.business_date, file_id=file_id)
    except (CodedError, InboxFile.DoesNotExist) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{counts['confirmed']:,}件を反映しました。適用開始・適用終了は変わりません。")
    return HttpResponseRedirect(reverse("exchange:federation"))


@screen("exchange.prepare")
@require_POST
def hand_over(request: StaffRequest) -> HttpResponse:
    """Prepare the file for the resident register, or the month's report (`what` = monthly)."""
    make = monthly.prepare if request.POST.get("what") == "monthly" else handover.prepare
    try:
        file = make(by=request.actor, on=request.business_date)
    except CodedError as error:
        messages.error(request, f"{error.code} {error}")
    else:
        if file is not None:
            messages.success(request, f"送信ファイルを作りました（送信番号 {file.pk}）。別の職員の確認を待ちます。")
            return HttpResponseRedirect(reverse("exchange:outbox_file", args=[file.pk]))
        messages.success(request, "前に渡してから変わった資格はありません。")
    return HttpResponseRedirect(reverse("exchange:federation"))
