"""資格の特例: the list with its deadlines, one with its history, and the guided entry of a new one, a correction, a cancellation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.coded import CodedError
from kokuho.core.entries import Line
from kokuho.core.reads import page
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.identity import ApplicantForm
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import queries
from kokuho.desks.eligibility.actions import statuses as actions
from kokuho.desks.eligibility.models import Status
from kokuho.desks.eligibility.statuses import KINDS, Computed, StatusError, StatusKind
from kokuho.desks.people import municipalities
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening
from kokuho.desks.people.screens.four import applicant


def form_for(kind: StatusKind, *, with_reason: bool) -> type[forms.Form]:
    """The form of a kind: one field an item, in the order of the paper."""
    fields: dict[str, Any] = {item.name: _field(item) for item in kind.items}
    if with_reason:
        fields["reason"] = forms.CharField(
            label="訂正・取消しの理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2})
        )
    return type("StatusForm", (forms.Form,), fields)


def _field(item: Any) -> forms.Field:
    options = {"label": item.label, "required": item.required, "help_text": item.help}
    if item.kind == "date":
        return DayField(**options)
    if item.kind == "flag":
        return forms.BooleanField(label=item.label, required=False, help_text=item.help)
    if item.kind == "choice":
        return forms.ChoiceField(choices=(("", "選んでください"), *item.choices), **options)
    return forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)


def _values(kind: StatusKind, cleaned: Mapping[str, Any], on: date) -> dict[str, str]:
    """What was typed, as an entry carries it. Raises `MunicipalityError` for a name that tells no municipality."""
    found = {}
    for item in kind.items:
        value = cleaned.get(item.name)
        if isinstance(value, date):
            found[item.name] = value.isoformat()
        elif isinstance(value, bool):
            found[item.name] = "1" if value else ""
        else:
            found[item.name] = str(value or "").strip()
    for item in kind.items:
        if item.kind == "municipality":
            found[item.name] = municipalities.code_of(found[item.name], on=item.day(found, on))
    return found


def _initial(kind: StatusKind, held: Status) -> dict[str, Any]:
    entered = held.detail.get("entered", {})
    initial: dict[str, Any] = {}
    for item in kind.items:
        value = entered.get(item.name, "")
        if item.kind == "date":
            initial[item.name] = date.fromisoformat(value) if value else None
        else:
            initial[item.name] = value == "1" if item.kind == "flag" else value
    return initial


@screen("eligibility.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """The statuses of the city."""
    with page(request.actor, "eligibility.statuses"):
        found = queries.statuses(request.actor, request.GET, on=request.business_date)
    return render(request, "eligibility/statuses.html", {"list": found})


@screen("eligibility.read", past=True)
def detail(request: StaffRequest, status_id: int) -> HttpResponse:
    """One status: what was entered, how its period follows, every version."""
    actor, on = request.actor, request.business_date
    held = _held(status_id)
    if alert := opening.alert(request, people.person_protection(actor, held.atena_no)):
        return alert
    with page(actor, "eligibility.status", status=status_id):
        found = queries.status(actor, status_id, on=on)
    return render(request, "eligibility/status.html", {"found": found})


@screen("eligibility.change")
def choose(request: StaffRequest, atena_no: int) -> HttpResponse:
    """Which status to enter for a person, with those the person has."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, people.person_protection(actor, atena_no)):
        return alert
    with page(actor, "eligibility.choose_status"):
        person = _person(actor, atena_no, on)
        standing = queries.standing(actor, [atena_no], household_no=None, on=on)
    context = {"person": person, "kinds": KINDS.values(), "statuses": standing.statuses.get(atena_no, [])}
    return render(request, "eligibility/status_choose.html", context)


@screen("eligibility.change")
def new(request: StaffRequest, atena_no: int, kind: str) -> HttpResponse:
    """The entry of a new status."""
    if kind not in KINDS or kind == Status.RETIRED:
        raise Http404
    if alert := opening.alert(request, people.person_protection(request.actor, atena_no)):
        return alert
    return _guided(request, KINDS[kind], atena_no, None, actions.ADD)


@screen("eligibility.change")
def change(request: StaffRequest, status_id: int) -> HttpResponse:
    """The correction or cancellation of a status; ending it is a correction with its last day."""
    held = _held(status_id)
    if held.superseded_at is not None:
        messages.error(request, "この登録は既に訂正されています。最新の登録を開いてください。")
        return HttpResponseRedirect(reverse("eligibility:status", args=[status_id]))
    if alert := opening.alert(request, people.person_protection(request.actor, held.atena_no)):
        return alert
    cancel = request.POST.get("operation") == actions.CANCEL or request.GET.get("operation") == actions.CANCEL
    operation = actions.CANCEL if cancel else actions.CORRECT
    return _guided(request, KINDS[held.kind], held.atena_no, held, operation)


def _guided(
    request: StaffRequest, kind: StatusKind, atena_no: int, held: Status | None, operation: str
) -> HttpResponse:
    actor, on = request.actor, request.business_date
    made = form_for(kind, with_reason=held is not None)
    if operation == actions.CANCEL:
        for item in kind.items:
            del made.base_fields[item.name]  # type: ignore[attr-defined]
    form = made(request.POST or None, initial=_initial(kind, held) if held else None)
    paper = ApplicantForm(request.POST or None) if operation == actions.ADD else None
    found: Computed | None = None
    lines: list[Line] = []
    with page(actor, "eligibility.enter_status", kind=kind.code):
        person = _person(actor, atena_no, on)
        standing = queries.standing(actor, [atena_no], household_no=person.household_no, on=on)
        if request.method == "POST" and form.is_valid() and (paper is None or paper.is_valid()):
            try:
                values = _values(kind, form.cleaned_data, on)
                about = queries.subject_of(actor, atena_no, on=on)
                found, lines = actions.preview(kind, about, held, operation, values, on)
                if request.POST.get("act") == "submit":
                    four = applicant(actor, atena_no, paper, on=on) if paper else {}
                    entry = actions.propose_status(
                        by=actor, on=on, kind=kind.code, operation=operation, atena_no=atena_no, values=values,
                        status_id=held.pk if held else None, reason=form.cleaned_data.get("reason", ""),
                        evidence={"four": four},
                    )  # fmt: skip
                    messages.success(request, "入力を受け付けました。別の職員が確認すると反映されます。")
                    return HttpResponseRedirect(reverse("entry", args=[entry.pk]))
            except CodedError as error:
                form.add_error(None, str(error))
                found = None
    context = {
        "kind": kind, "person": person, "form": form, "paper": paper, "held": held, "operation": operation, "found": found, "lines": lines,
        "label": actions.OPERATIONS[operation], "stays": standing.stays.get(atena_no, ()),
        "statuses": standing.statuses.get(atena_no, ()), "cancel": operation == actions.CANCEL,
    }  # fmt: skip
    return render(request, "eligibility/status_entry.html", context, status=422 if form.errors else 200)


def _held(status_id: int) -> Status:
    try:
        return Status.objects.get(pk=status_id)
    except Status.DoesNotExist as error:
        raise Http404 from error


def _person(actor: Any, atena_no: int, on: date) -> people.PersonView:
    try:
        return people.person_history(actor, atena_no, on=on)[0]
    except (Person.DoesNotExist, StatusError) as error:
        raise Http404 from error
