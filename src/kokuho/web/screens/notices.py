"""The decision notice of one household as PDF: a copy to look at, and the paper."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.models import Decision
from kokuho.desks.assessment.queries import decisions
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening
from kokuho.documents import decisions as documents
from kokuho.documents.checks import NotPrintable
from kokuho.web import reprint

# The browser's own viewer draws the file; nothing else may run in it.
PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"


@screen("notice.read")
def pdf(request: StaffRequest, decision_id: int) -> HttpResponse:
    """The notice of an issued decision to look at: every page says 控え."""
    household_no, alert = _opened(request, decision_id)
    return alert or _made(request, decision_id, household_no, lambda: documents.notice_copy(by=request.actor, decision_id=decision_id))


@screen("notice.reissue")
def paper(request: StaffRequest, decision_id: int) -> HttpResponse:
    """Print the notice of one decision; printing it again asks why and is marked 再発行."""
    actor = request.actor
    household_no, alert = _opened(request, decision_id)
    if alert:
        return alert
    again = documents.notice_printed(by=actor, decision_id=decision_id)
    form = reprint.ReasonForm(request.POST or None) if again else forms.Form(request.POST or None)
    if request.method == "POST" and (not again or form.is_valid()):
        reason = form.cleaned_data["reason"] if again else ""
        return _made(
            request, decision_id, household_no,
            lambda: documents.notice_pdf(by=actor, on=request.business_date, decision_id=decision_id, reason=reason),
        )  # fmt: skip
    said = "印刷済みです。紙に「再発行」と日付が入ります。" if again else "まだ印刷していません。"
    blocks = [
        sheet.Say("この通知書", said, "attention" if again else "info"),
        sheet.Ask("印刷", form, (("print", "再発行として印刷する" if again else "印刷する（PDF）", False),)),
    ]
    links = [("控えを見る", reverse("notice_pdf", args=[decision_id]))] if actor.may("notice.read") else []
    up = (("世帯", reverse("household", args=[household_no])),)
    return sheet.show(request, sheet.Sheet("通知書の印刷", blocks, up=up, links=links))


def _opened(request: StaffRequest, decision_id: int) -> tuple[int, HttpResponse | None]:
    """The household of a decision, and what is asked before somebody protected is opened."""
    try:
        household_no = decisions.household_of_decision(request.actor, decision_id)
    except Decision.DoesNotExist as error:
        raise Http404 from error
    return household_no, opening.alert(request, people.household_protection(request.actor, household_no))


def _made(request: StaffRequest, decision_id: int, household_no: int, make: Callable[[], bytes]) -> HttpResponse:
    try:
        data = make()
    except documents.NoticeError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("household", args=[household_no]))
    except NotPrintable as error:
        return render(
            request, "web/not_printable.html", {"problems": error.problems, "household_no": household_no}, status=409
        )
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="notice-{decision_id}.pdf"'
    response.headers["Content-Security-Policy"] = PDF_POLICY
    return response
