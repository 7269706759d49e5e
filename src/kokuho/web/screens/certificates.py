"""The paper itself as PDF, from what was issued; and the card of a household's papers."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.queries import entries
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility.models import Certificate
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.desks.eligibility.queries import certificates as queries
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening
from kokuho.documents.certificates import certificate_pdf, certificates_pdf
from kokuho.documents.checks import NotPrintable
from kokuho.web import reprint
from kokuho.web.screens.notices import PDF_POLICY

# What somebody still has in hand; what is over stands in the history.
OUT = ("held", "returned", "due_back")


@screen("certificate.read", past=True)
def of_household(request: StaffRequest, household_no: int) -> HttpResponse:
    """The card of the household's page: who holds what, and how much is to be issued."""
    actor, on = request.actor, request.business_date
    protected = people.household_protection(actor, household_no)
    if alert := opening.alert(request, protected):
        return alert
    with page(actor, "household.certificates", household=household_no):
        try:
            members, _ = people.household(actor, household_no, protected=protected, on=on)
        except Person.DoesNotExist as error:
            raise Http404 from error
        held = queries.certificates_of(actor, [member.atena_no for member in members], on=on)
        due = queries.due_of_household(actor, household_no, on=on)
    shown = [
        (member, [paper for paper in held.get(member.atena_no, ()) if paper.state in OUT][:4]) for member in members
    ]
    return render(request, "web/household_papers.html", {"papers": shown, "papers_due": due})


@screen("certificate.print")
@require_POST
def pdf(request: StaffRequest, certificate_id: int) -> HttpResponse:
    """Print one certificate; printing it again asks why and is marked."""
    actor = request.actor
    try:
        atena_no = queries.certificate_person(actor, certificate_id)
    except Certificate.DoesNotExist as error:
        raise Http404 from error
    if alert := opening.alert(request, people.person_protection(actor, atena_no)):
        return alert
    reason = request.POST.get("reason", "")
    try:
        data = certificate_pdf(by=actor, on=request.business_date, certificate_id=certificate_id, reason=reason)
    except CertificateError as error:
        return reprint.answer(request, error, reverse("eligibility:certificate", args=[certificate_id]))
    except NotPrintable as error:
        return render(
            request,
            "web/not_printable.html",
            {"problems": error.problems, "certificate_id": certificate_id, "paper": "証"},
            status=409,
        )
    return _pdf(data, f"certificate-{certificate_id:010d}")


@screen("certificate.print")
@require_POST
def of_entry(request: StaffRequest, entry_id: int) -> HttpResponse:
    """Print what was issued with an entry, in one PDF; printing it again asks why and is marked."""
    actor, on = request.actor, request.business_date
    issued = queries.certificates_of_entry(actor, entry_id, on=on)
    if not issued:
        raise Http404
    if alert := opening.alert(request, people.person_protection(actor, *(paper.atena_no for paper in issued))):
        return alert
    reason = request.POST.get("reason", "")
    try:
        data = certificates_pdf(by=actor, on=on, certificate_ids=[paper.id for paper in issued], reason=reason)
    except CertificateError as error:
        row, _, _ = entries.entry(actor, entry_id, on=on)
        return reprint.answer(request, error, row.url)
    except NotPrintable as error:
        return render(request, "web/not_printable.html", {"problems": error.problems, "paper": "証"}, status=409)
    return _pdf(data, f"certificates-{entry_id}")


def _pdf(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response.headers["Content-Security-Policy"] = PDF_POLICY
    return response
