"""Letters as PDF: 届出の勧奨, 証明書・連絡票 of the eligibility desk, 照会文書."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.coded import CodedError
from kokuho.core.models import Entry
from kokuho.core.queries import entries
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility.actions import regularisation
from kokuho.desks.eligibility.models import Status
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Inquiry
from kokuho.desks.people.screens import opening
from kokuho.documents import decision_letters, inquiry_letters, office_letters
from kokuho.documents.checks import NotPrintable
from kokuho.web import reprint
from kokuho.web.screens.notices import PDF_POLICY


def _answer(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response.headers["Content-Security-Policy"] = PDF_POLICY
    return response


@screen("eligibility.letter")
@require_POST
def reminders(request: StaffRequest) -> HttpResponse:
    """勧奨通知 of one finding or of a page of the list; each printed one becomes a step of its finding."""
    actor, on = request.actor, request.business_date
    wanted = [int(value) for value in request.POST.getlist("finding") if value.isdigit()][:200]
    try:
        data, printed, left = office_letters.reminders(
            by=actor, on=on, finding_ids=wanted, reason=request.POST.get("reason", "")
        )
    except NotPrintable as error:
        return render(request, "web/not_printable.html", {"problems": error.problems, "paper": "勧奨通知"}, status=409)
    except CodedError as error:
        return reprint.answer(request, error, reverse("eligibility:findings"))
    regularisation.reminded(by=actor, on=on, finding_ids=printed)
    if left:
        messages.error(request, f"{len(left)}件は作りませんでした（支援措置・発送停止・送付先なし）。1件ずつ確かめてください。")
    return _answer(data, "reminders")


@screen("eligibility.letter")
@require_POST
def slip(request: StaffRequest, status_id: int) -> HttpResponse:
    """The 証明書・連絡票 of a status."""
    actor = request.actor
    try:
        atena_no = Status.objects.values_list("atena_no", flat=True).get(pk=status_id)
        if alert := opening.alert(request, people.person_protection(actor, atena_no)):
            return alert
        data = office_letters.slip(
            by=actor, on=request.business_date, status_id=status_id, reason=request.POST.get("reason", "")
        )
    except Status.DoesNotExist as error:
        raise Http404 from error
    except NotPrintable as error:
        return render(request, "web/not_printable.html", {"problems": error.problems, "paper": "証明書"}, status=409)
    except CodedError as error:
        return reprint.answer(request, error, reverse("eligibility:status", args=[status_id]))
    return _answer(data, f"slip-{status_id}")


@screen("eligibility.letter")
@require_POST
def decision(request: StaffRequest, entry_id: int) -> HttpResponse:
    """The letter that tells what was decided with an entry, with how to appeal."""
    actor = request.actor
    try:
        row = entries.entry_row(actor, entry_id)
        if alert := opening.alert(request, people.person_protection(actor, *row.entry.persons)):
            return alert
        data = decision_letters.decision_letter(
            by=actor, on=request.business_date, entry_id=entry_id, reason=request.POST.get("reason", "")
        )
    except Entry.DoesNotExist as error:
        raise Http404 from error
    except NotPrintable as error:
        return render(request, "web/not_printable.html", {"problems": error.problems, "paper": "決定の通知"}, status=409)
    except CodedError as error:
        return reprint.answer(request, error, row.url)
    return _answer(data, f"decision-{entry_id}")


@screen("inquiry.enter")
@require_POST
def inquiry(request: StaffRequest, inquiry_id: int) -> HttpResponse:
    """The 照会文書 of a decided inquiry, or its reminder."""
    actor = request.actor
    try:
        atena_no = Inquiry.objects.values_list("atena_no", flat=True).get(pk=inquiry_id)
        if alert := opening.alert(request, people.person_protection(actor, atena_no)):
            return alert
        reminder = request.POST.get("act") == "reminder"
        data = inquiry_letters.inquiry_letter(
            by=actor, on=request.business_date, inquiry_id=inquiry_id, reminder=reminder, reason=request.POST.get("reason", "")
        )
    except Inquiry.DoesNotExist as error:
        raise Http404 from error
    except NotPrintable as error:
        return render(request, "web/not_printable.html", {"problems": error.problems, "paper": "照会文書"}, status=409)
    except CodedError as error:
        return reprint.answer(request, error, reverse("people:inquiry", args=[inquiry_id]))
    return _answer(data, f"inquiry-{inquiry_id}")
