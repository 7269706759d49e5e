"""年齢到達: the forecast of a month, the runs that carry it out after approval, and who goes to 後期."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core import era
from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility.actions import ages as actions
from kokuho.desks.eligibility.models import AgeEventRow
from kokuho.desks.eligibility.queries import ages as queries
from kokuho.law.eligibility.ages import AgeEventKind
from kokuho.law.eligibility.months import Month


class MonthField(forms.CharField):
    """A month as clerks type it (R8.7, 令和8年7月, 2026-07); its value is a `Month`. An unreadable one is an error with a sentence."""

    def __init__(self, **options: Any) -> None:
        attrs = {"placeholder": "R8.7", "autocomplete": "off"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs=attrs), **options)

    def to_python(self, value: Any) -> Any:
        """The month, or nothing."""
        if isinstance(value, Month) or not (text := super().to_python(value)):
            return value or None
        try:
            return queries.parse_month(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        """R8.7."""
        return era.short(value.first).removesuffix(".1") if isinstance(value, Month) else value


class MonthForm(forms.Form):
    """A month in the forms that clerks type."""

    month = MonthField(label="年月")


@screen("eligibility.read", past=True)
def forecast(request: StaffRequest) -> HttpResponse:
    """Who of the insured reaches an age in a month."""
    actor, on = request.actor, request.business_date
    form = MonthForm(request.GET if "month" in request.GET else None)
    month = form.cleaned_data["month"] if form.is_bound and form.is_valid() else Month.of(on).plus(1)
    asked = request.GET.get("kind", "")
    if asked and asked not in {str(known) for known in AgeEventKind}:
        raise Http404
    with page(actor, "eligibility.ages", month=str(month)):
        counts = queries.forecast_counts(actor, month)
        # Without a choice the page begins where somebody is, 75歳到達 before all.
        kind = asked or next((str(known) for known in reversed(AgeEventKind) if counts[str(known)]), str(AgeEventKind.ELDERLY))
        found = queries.forecast(actor, request.GET, month, kind, counts[kind])
        recent = queries.age_runs(actor)
    held = next((run for run in recent if run.month == month and run.run.state != BatchRun.CANCELLED), None)
    context = {
        "expected": sum(counts.values()), "ahead": actions.ahead(on, month),
        "list": found, "month": month, "kind": kind, "form": form, "runs": recent, "held": held,
        "kinds": [(str(code), label, counts[str(code)]) for code, label in AgeEventRow.KINDS.items()],
        "months": [month.plus(step) for step in range(-1, 4)],
    }  # fmt: skip
    return render(request, "eligibility/ages.html", context, status=422 if form.errors else 200)


@screen("eligibility.batch")
@require_POST
def order(request: StaffRequest) -> HttpResponse:
    """Freeze the events of a month and put them before a second person."""
    form = MonthForm(request.POST)
    if not form.is_valid():
        messages.error(request, "年月を確かめてください。")
        return HttpResponseRedirect(reverse("eligibility:ages"))
    month = form.cleaned_data["month"]
    try:
        run = actions.order(by=request.actor, on=request.business_date, month=month)
    except CodedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(f"{reverse('eligibility:ages')}?month={month}")
    messages.success(request, "対象を確定し、承認に回しました。")
    return HttpResponseRedirect(reverse("eligibility:age_run", args=[run.pk]))


@screen("eligibility.read", past=True)
def run(request: StaffRequest, run_id: int) -> HttpResponse:
    """One run with its rows."""
    actor = request.actor
    try:
        with page(actor, "eligibility.age_run", run=run_id):
            found = queries.age_run(actor, run_id)
            rows = queries.age_rows(actor, request.GET, run_id, on=request.business_date)
            letters = queries.age_letter_count(actor, run_id) if actor.may("eligibility.letter") else 0
    except BatchRun.DoesNotExist as error:
        raise Http404 from error
    return render(request, "eligibility/age_run.html", {"found": found, "list": rows, "letters": letters})


@screen("eligibility.read", past=True)
def handovers(request: StaffRequest) -> HttpResponse:
    """Who moved or moves from 国保 to 後期."""
    with page(request.actor, "eligibility.handovers"):
        found = queries.handovers(request.actor, request.GET, on=request.business_date)
    return render(request, "eligibility/handovers.html", {"list": found})
