"""月別資格ビュー: the months that were fixed for levy and benefits, and what has changed since."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import queries
from kokuho.desks.eligibility.actions.views import fix_month
from kokuho.desks.eligibility.models import MonthView, MonthViewRow
from kokuho.desks.eligibility.screens.ages import MonthField
from kokuho.desks.people import queries as people
from kokuho.law.eligibility.months import Month


class FixForm(forms.Form):
    """Which month to fix for what."""

    purpose = forms.ChoiceField(label="目的", choices=MonthView.PURPOSES)
    month = MonthField(label="対象年月")


@screen("eligibility.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """Fixed months, newest first; fixing one more."""
    form = FixForm(request.POST or None, initial={"month": Month.of(request.business_date)})
    if request.method == "POST" and form.is_valid():
        month = form.cleaned_data["month"].first
        try:
            view = fix_month(by=request.actor, on=request.business_date, purpose=form.cleaned_data["purpose"], month=month)
        except CodedError as error:
            form.add_error("month", str(error))
        else:
            messages.success(request, f"固定しました（{view.households:,}世帯、被保険者{view.persons:,}人）。")
            return HttpResponseRedirect(reverse("eligibility:month", args=[view.pk]))
    context = {"form": form, "views": queries.fixed_months(request.actor)}
    return render(request, "eligibility/months.html", context, status=422 if form.errors else 200)


_STANDINGS = dict(MonthViewRow.STANDINGS)


@screen("eligibility.read", past=True)
def detail(request: StaffRequest, view_id: int) -> HttpResponse:
    """A fixed month; when asked for, the persons who stand differently now (`compare=1`: the whole city is worked out anew)."""
    actor, compared = request.actor, request.GET.get("compare") == "1"
    with page(actor, "eligibility.month", view=view_id):
        try:
            view = queries.fixed_month(actor, view_id)
            changes = queries.month_changes(actor, view_id) if compared else []
        except MonthView.DoesNotExist as error:
            raise Http404 from error
        shown = people.persons(actor, [c.atena_no for c in changes], on=request.business_date) if actor.may("person.read") else {}
    rows = [
        {"atena_no": c.atena_no, "person": shown.get(c.atena_no),
         "sides": [side and {**side, "standing": _STANDINGS[side["standing"]]} for side in (c.before, c.after)]}
        for c in changes
    ]  # fmt: skip
    context = {"view": view, "compared": compared, "rows": rows, "most": len(rows) >= queries.MOST_CHANGES}
    return render(request, "eligibility/month.html", context)
