"""Screens about the staff themselves: my rights, the staff, the operation records, the lock."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from kokuho.core import queries as core
from kokuho.core.screens.guard import bare, screen
from kokuho.core.screens.request import StaffRequest
from kokuho.web import notice, sessions


@screen(None)
def me(request: StaffRequest) -> HttpResponse:
    """What I may do, until when, and by which factors I sign in."""
    factors = Authenticator.objects.filter(user=request.user).order_by("type", "created_at")
    context = {
        "grants": core.own_rights(request.actor, on=request.business_date), "factors": [factor.wrap() for factor in factors],
        "staff": request.user, "notice": notice.text(),
    }  # fmt: skip
    return render(request, "web/me.html", context)


@screen("staff.read")
def staff(request: StaffRequest) -> HttpResponse:
    """Staff and the roles in force."""
    found = core.staff_list(request.actor, request.GET, on=request.business_date)
    return render(request, "web/staff.html", {"list": found})


@screen("audit.read")
def audit(request: StaffRequest) -> HttpResponse:
    """Operation records."""
    found = core.audit_records(request.actor, request.GET, on=request.business_date)
    return render(request, "web/audit.html", {"list": found})


@bare
@require_POST
def lock(request: StaffRequest) -> HttpResponse:
    """The page has covered itself; the session is locked too."""
    sessions.lock(request)
    return HttpResponse(status=204)
