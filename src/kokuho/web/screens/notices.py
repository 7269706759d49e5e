"""The decision notice of one household as PDF, as it is or would be sent."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.models import Decision
from kokuho.desks.assessment.queries import decisions
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening
from kokuho.documents import decisions as documents
from kokuho.documents.checks import NotPrintable

# The browser's own viewer draws the file; nothing else may run in it.
PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"


@screen("notice.read")
def pdf(request: StaffRequest, decision_id: int) -> HttpResponse:
    """The notice of an issued decision."""
    actor = request.actor
    try:
        household_no = decisions.household_of_decision(actor, decision_id)
    except Decision.DoesNotExist as error:
        raise Http404 from error
    if alert := opening.alert(request, people.household_protection(actor, household_no)):
        return alert
    try:
        data = documents.notice_pdf(by=actor, decision_id=decision_id)
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
