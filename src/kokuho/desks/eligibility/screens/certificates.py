"""証・お知らせ: the issue history of the office, what is to be issued, one certificate, and the papers of a person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core import era
from kokuho.core.actions.entries import submit
from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.identity import ApplicantForm
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions import certificate_entries as kinds
from kokuho.desks.eligibility.actions import certificates as actions
from kokuho.desks.eligibility.actions.certificates import Item
from kokuho.desks.eligibility.actions.duelist import refresh
from kokuho.desks.eligibility.models import Certificate, CertificateEvent
from kokuho.desks.eligibility.queries import certificates as queries
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening
from kokuho.desks.people.screens.four import applicant

# What a state allows to be written down, in the order of the form.
ALLOWED = {
    "held": ("returned", "lost", "collected"), "returned": ("resent", "collected", "ended"), "due_back": ("collected", "demanded", "lost"),
    "lost": ("found", "collected"), "ended": ("collected",),
}  # fmt: skip


class EventForm(forms.Form):
    """What happened to a certificate."""

    kind = forms.ChoiceField(label="できごと")
    happened_on = DayField(label="年月日", required=False, help_text="空なら今日")
    return_reason = forms.ChoiceField(label="返戻の理由", required=False)
    method = forms.ChoiceField(label="回収の方法", required=False)
    cause = forms.ChoiceField(label="回収の事由", required=False)
    cause_on = DayField(label="事由の発生日", required=False)
    note = forms.CharField(label="備考", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, state: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = [("", "—")]
        allowed = ALLOWED.get(state, ())
        self.fields["kind"].choices = [(kind, CertificateEvent.KINDS[kind]) for kind in allowed]  # type: ignore[attr-defined]
        for name, words in (
            ("return_reason", "return_reasons"),
            ("method", "collect_methods"),
            ("cause", "collect_causes"),
        ):
            self.fields[name].choices = choice + list(papers.words(words).items())  # type: ignore[attr-defined]

    def detail(self) -> dict[str, str]:
        """What goes with the event."""
        said, kind = self.cleaned_data, self.cleaned_data["kind"]
        if kind == CertificateEvent.RETURNED:
            return {"reason": said["return_reason"]}
        if kind == CertificateEvent.COLLECTED:
            found = {"method": said["method"], "cause": said["cause"]}
            return {**found, "cause_on": said["cause_on"].isoformat()} if said.get("cause_on") else found
        return {}


@screen("certificate.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """The issue history; its tabs are the work lists of 未回収 and 返戻."""
    actor = request.actor
    wanted = request.GET.get("letter", "")
    if wanted and (found := queries.certificate_of_code(actor, wanted)) is not None:
        return HttpResponseRedirect(reverse("eligibility:certificate", args=[found]))
    if wanted:
        messages.error(request, f"交付番号「{wanted[:30]}」の証はありません。番号を確かめてください。")
    with page(actor, "certificates"):
        rows = queries.certificate_list(actor, request.GET, on=request.business_date)
        counts = queries.certificate_counts(actor)
    context = {"list": rows, "counts": counts, "state": request.GET.get("state", "")}
    return render(request, "eligibility/certificates.html", context)


@screen("certificate.read")
def due(request: StaffRequest) -> HttpResponse:
    """交付するもの; the ticked ones are put before the second person together."""
    actor = request.actor
    if request.method == "POST":
        return _propose(request, request.POST.getlist("item"), reverse("eligibility:certificates_due"))
    with page(actor, "certificates.due"):
        counted_on, total = queries.due_counted(actor)
        rows = queries.due_list(actor, request.GET, counted=total, on=request.business_date)
    context = {"list": rows, "counted_on": counted_on, "due_total": total, "methods": papers.words("methods")}
    return render(request, "eligibility/certificates_due.html", context)


@screen("certificate.issue")
@require_POST
def recount(request: StaffRequest) -> HttpResponse:
    """Count anew now."""
    counts = refresh(by=request.actor, on=request.business_date)
    messages.success(
        request,
        f"数え直しました。交付するもの {counts['due']:,}件、失効 {counts['lapsed']:,}件、資格がなくなった人の証 {counts['due_back']:,}件",
    )
    return HttpResponseRedirect(reverse("eligibility:certificates_due"))


def _item(text: str) -> Item:
    """``宛名番号:種類:理由:疾病:前の証`` of a form."""
    parts = text.split(":")
    if len(parts) != 5:
        raise papers.CertificateError("CRT31", "交付する証の指定が読めません。一覧から選び直してください。")
    number, kind, reason, disease, held = parts
    return Item(int(number), kind, reason, int(disease) if disease else None, int(held) if held else None)


def _propose(request: StaffRequest, texts: list[str], back: str) -> HttpResponse:
    try:
        return _submitted(request, [_item(text) for text in texts], {})
    except (CodedError, ValueError) as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(back)


def _submitted(request: StaffRequest, items: list[Item], evidence: dict[str, Any]) -> HttpResponse:
    entry = submit(
        by=request.actor, on=request.business_date, kind=kinds.ISSUE, title=f"証・お知らせの交付 {len(items)}件",
        payload={"items": [item.as_list() for item in items], "method": request.POST.get("method", "window")},
        persons=[item.atena_no for item in items], reason=request.POST.get("reason", ""), evidence=evidence,
    )  # fmt: skip
    if entry.state == entry.PENDING:
        messages.success(request, f"{len(items)}件の交付を確認に回しました。別の職員が確認すると交付されます。")
        return HttpResponseRedirect(reverse("entry", args=[entry.pk]))
    messages.success(request, f"{len(items)}件を交付しました。")
    return HttpResponseRedirect(reverse("entry", args=[entry.pk]))


@screen("certificate.issue")
@require_POST
def issue(request: StaffRequest, atena_no: int) -> HttpResponse:
    """One-key issue from a person's page."""
    return _propose(request, request.POST.getlist("item"), reverse("eligibility:person_certificates", args=[atena_no]))


@screen("certificate.read", past=True)
def detail(request: StaffRequest, certificate_id: int) -> HttpResponse:
    """One certificate: what is printed on it, what happened to it, what can be written down."""
    actor, on = request.actor, request.business_date
    try:
        atena_no = queries.certificate_person(actor, certificate_id)
    except Certificate.DoesNotExist as error:
        raise Http404 from error
    if alert := opening.alert(request, people.person_protection(actor, atena_no)):
        return alert
    with page(actor, "certificate", certificate=certificate_id):
        found = queries.certificate(actor, certificate_id, on=on)
    asking = request.POST.get("act") == "reissue"
    form, paper = EventForm(found.state, None if asking else request.POST or None), ApplicantForm(request.POST if asking else None)
    if asking and paper.is_valid():
        try:
            four = applicant(actor, atena_no, paper, on=on)
            return _submitted(request, [_item(text) for text in request.POST.getlist("item")], {"four": four})
        except CodedError as error:
            paper.add_error(None, str(error))
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_event(
                by=actor, on=on, certificate_id=certificate_id, kind=form.cleaned_data["kind"], detail=form.detail(),
                happened_on=form.cleaned_data["happened_on"], note=form.cleaned_data["note"],
            )  # fmt: skip
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "記録しました。")
            return HttpResponseRedirect(reverse("eligibility:certificate", args=[certificate_id]))
    reissue = [
        (f"{found.atena_no}:{found.kind}:{reason}:{_disease(found)}:{found.id}", papers.words("reasons")[reason])
        for reason in ("lost", "damaged", "items")
    ]
    context = {
        "found": found, "form": form, "events": bool(form.fields["kind"].choices),  # type: ignore[attr-defined]
        "reissue": reissue if not found.former_no and papers.types()[found.kind].issuable(on) and found.state in ("held", "lost") else [],
        "why_not": actions.FORMER if found.former_no else "",
        "items": _printed(found), "reprint": any(event.label in ("印刷", "再印刷") for event in found.events),
        "methods": papers.words("methods"), "paper": paper, "chosen": request.POST if asking else {},
    }  # fmt: skip
    if context["reissue"] and actor.may("certificate.issue"):
        context["person"] = people.persons(actor, [atena_no], on=on)[atena_no]
    return render(request, "eligibility/certificate.html", context, status=422 if form.errors or paper.errors else 200)


def _disease(found: queries.CertificateView) -> str:
    names = {label: code for code, label in papers.words("diseases").items()}
    return names.get(str(found.printed.get("disease", "")), "")


_ITEMS = (
    ("head", "世帯主氏名"), ("sex", "性別"), ("ratio", "一部負担割合（割）"), ("income_class", "適用区分"),
    ("long_stay_from", "長期入院該当"),
    ("disease", "疾病"), ("cap", "自己負担限度額（円）"), ("acquired_on", "資格取得年月日"), ("applied_from", "適用開始年月日"),
    ("insurer_no", "保険者番号"), ("limited_by", "有効期限の理由"), ("form", "証の形態"), ("copies", "枚数"),
    ("staff", "交付した職員（旧システム）"),
)  # fmt: skip


def _printed(found: queries.CertificateView) -> list[tuple[str, Any]]:
    days = ("acquired_on", "applied_from", "long_stay_from")
    return [
        (label, era.long(date.fromisoformat(found.printed[key])) if key in days else found.printed[key])
        for key, label in _ITEMS
        if found.printed.get(key)
    ]


@screen("certificate.read", past=True)
def of_person(request: StaffRequest, atena_no: int) -> HttpResponse:
    """The papers of a person: what is due, what was issued, what decides it."""
    actor, on = request.actor, request.business_date
    protected = people.person_protection(actor, atena_no)
    if alert := opening.alert(request, protected):
        return alert
    with page(actor, "person.certificates"):
        try:
            person = people.person_history(actor, atena_no, on=on, near=protected)[0]
        except Person.DoesNotExist as error:
            raise Http404 from error
        numbers = people.same_person(atena_no, on=on)
        held = queries.certificates_of(actor, numbers, on=on)
        rows = [row for number in numbers for row in held.get(number, [])]
        standing = queries.certificate_standing(actor, atena_no, person.household_no, on=on)
    context = {
        "person": person, "rows": rows, "standing": standing, "methods": papers.words("methods"),
        "diseases": papers.words("diseases"), "types": papers.types(), "on": on,
    }  # fmt: skip
    return render(request, "eligibility/person_certificates.html", context)
