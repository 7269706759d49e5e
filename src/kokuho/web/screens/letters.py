"""Letters as PDF: 届出の勧奨, 証明書・連絡票 of the eligibility desk, 照会文書."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Model
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


def _of_person(
    request: StaffRequest, model: type[Model], pk: int, make: Callable[[str], bytes], *, paper: str, name: str, back: str
) -> HttpResponse:
    """A paper about the person of a row, asked for once more when the person is protected. `make` gets the reason; `back`: where a reason
    for printing again is asked for."""
    atena_no = model._default_manager.filter(pk=pk).values_list("atena_no", flat=True).first()
    if atena_no is None:
        raise Http404
    if alert := opening.alert(request, people.person_protection(request.actor, atena_no)):
        return alert
    try:
        return _answer(make(request.POST.get("reason", "")), f"{name}-{pk}")
    except NotPrintable as error:
        return render(request, "web/not_printable.html", {"problems": error.problems, "paper": paper}, status=409)
    except CodedError as error:
        return reprint.answer(request, error, back)


@screen("eligibility.letter")
@require_POST
def slip(request: StaffRequest, status_id: int) -> HttpResponse:
    """The 証明書・連絡票 of a status."""
    return _of_person(
        request, Status, status_id,
        lambda reason: office_letters.slip(by=request.actor, on=request.business_date, status_id=status_id, reason=reason),
        paper="証明書", name="slip", back=reverse("eligibility:status", args=[status_id]),
    )  # fmt: skip


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
    reminder = request.POST.get("act") == "reminder"
    return _of_person(
        request, Inquiry, inquiry_id,
        lambda reason: inquiry_letters.inquiry_letter(
            by=request.actor, on=request.business_date, inquiry_id=inquiry_id, reminder=reminder, reason=reason
        ),
        paper="照会文書", name="inquiry", back=reverse("people:inquiry", args=[inquiry_id]),
    )  # fmt: skip
