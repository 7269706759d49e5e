"""The annual levy on screen: where the year stands, its check list, and the next step for those who may take it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.actions.approvals import ApprovalError
from kokuho.core.clock import fiscal_year as year_of
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import NumberField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.actions import levy as actions
from kokuho.desks.assessment.models import LevyRun
from kokuho.desks.assessment.queries import decisions
from kokuho.desks.assessment.queries import levy as queries


class TrialForm(forms.Form):
    """Expectations that the check list compares the trial with; left empty, it compares with last year."""

    households = NumberField(label="賦課世帯数の見込み", required=False)
    insured = NumberField(label="被保険者数の見込み", required=False)
    total = NumberField(label="調定額の見込み（円）", required=False)


@screen("levy.read", past=True)
def current(request: StaffRequest) -> HttpResponse:
    """The year of the business date."""
    return HttpResponseRedirect(reverse("assessment:levy_year", args=[year_of(request.business_date)]))


@screen("levy.read", past=True)
def year(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Where the levy of a year stands; the buttons are what the reader may do next."""
    actor = request.actor
    with page(actor, "assessment.levy", fiscal_year=fiscal_year):
        view = queries.year(actor, fiscal_year)
        years = queries.levy_years(actor)
    context = {
        "view": view, "years": sorted({*years, fiscal_year, year_of(request.business_date)}, reverse=True), "form": TrialForm(),
        "word": decisions.word(), "steps": _steps(view.stage),
    }  # fmt: skip
    return render(request, "assessment/levy_year.html", context)


_STEPS = (
    ("試算", "事実を固定して全世帯を計算"),
    ("点検", "点検表を確かめる"),
    ("起案・承認", "別の職員が承認"),
    ("本算定", "承認した試算を確定"),
)
_REACHED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 3, 5: 3, 6: 4}


def _steps(stage: int) -> list[tuple[str, str, str]]:
    """Title, words, and done / now / later of each step."""
    at = _REACHED[stage]
    return [
        (title, words, "done" if place < at else "now" if place == at else "later")
        for place, (title, words) in enumerate(_STEPS)
    ]


@screen("levy.run")
@require_POST
def propose(request: StaffRequest, run_id: int) -> HttpResponse:
    """Put a checked trial before the approver. Lines to be looked at must have been looked at."""
    try:
        view = queries.run(request.actor, run_id)
    except LevyRun.DoesNotExist as error:
        raise Http404 from error
    if view.doubts and request.POST.get("seen") != "1":
        messages.error(
            request, f"点検表の「要確認」{view.doubts}件を確かめ、確認の欄に印を付けてから起案してください。"
        )
    else:
        try:
            actions.propose_approval(by=request.actor, run_id=run_id)
        except (actions.LevyError, ApprovalError) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "承認に回しました。")
    return HttpResponseRedirect(reverse("assessment:levy_year", args=[view.run.fiscal_year]))


@screen("levy.read", past=True)
def run(request: StaffRequest, run_id: int) -> HttpResponse:
    """One run with its check list and its decisions."""
    actor = request.actor
    with page(actor, "assessment.run", run=run_id):
        try:
            view = queries.run(actor, run_id)
        except LevyRun.DoesNotExist as error:
            raise Http404 from error
        found = decisions.decision_list(actor, request.GET, view.run, on=request.business_date)
    return render(request, "assessment/run.html", {"view": view, "list": found, "word": decisions.word()})


@screen("levy.read", past=True)
def left_out(request: StaffRequest, run_id: int) -> HttpResponse:
    """Households that a run did not levy because of 処理停止."""
    actor = request.actor
    with page(actor, "assessment.left_out", run=run_id):
        try:
            view = queries.run(actor, run_id)
        except LevyRun.DoesNotExist as error:
            raise Http404 from error
        found = decisions.left_out(actor, request.GET, view.run, on=request.business_date)
    found.rows = [
        sheet.row(  # type: ignore[misc]
            sheet.name(row.household_no, reverse("household", args=[row.household_no])),
            sheet.Cell(f"{person.name if person else ''}（{row.atena_no}）", reverse("people:registered", args=[row.atena_no])),
            row.reason,
        )
        for row, person in found.rows
    ]
    return sheet.show(request, sheet.Sheet(
        "処理停止で賦課しない世帯", [sheet.Rows(found, "処理停止で賦課しない世帯はありません")],  # type: ignore[arg-type]
        intro="数える人に処理停止（賦課）がある世帯は、世帯全体を賦課しません。停止を終えた後に、賦課の更正で処理します。",
        up=(("当初賦課", reverse("assessment:levy_year", args=[view.run.fiscal_year])),),
    ))  # fmt: skip


@screen("levy.read", past=True)
def issued(request: StaffRequest) -> HttpResponse:
    """The issued decisions of a year."""
    actor = request.actor
    with page(actor, "assessment.decisions"):
        years = queries.levy_years(actor)
        asked = request.GET.get("year", "")
        chosen = int(asked) if asked.isdigit() else year_of(request.business_date)
        final = queries.final_run(actor, chosen)
        found = None
        if final is not None and final.finished:
            found = decisions.decision_list(actor, request.GET, final.run, on=request.business_date)
    context = {"list": found, "final": final, "year": chosen, "years": years, "word": decisions.word()}
    return render(request, "assessment/decisions.html", context)
