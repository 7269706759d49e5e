"""届出 at the counter: pick the household, tick the members, choose the reason; see everything that follows; hand it on."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core import era
from kokuho.core.actions import entries as core_actions
from kokuho.core.coded import CodedError
from kokuho.core.models import Entry
from kokuho.core.queries import entries as core
from kokuho.core.reads import page
from kokuho.core.screens.entry_words import WordForm, identity_words
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import queries
from kokuho.desks.eligibility.actions import notices as actions
from kokuho.desks.eligibility.decided import letter_of
from kokuho.desks.eligibility.notices.payload import Notice
from kokuho.desks.eligibility.notices.preview import Preview, in_order, preview
from kokuho.desks.eligibility.notices.words import words
from kokuho.desks.eligibility.queries import certificates
from kokuho.desks.eligibility.screens.notice_forms import CancelForm, NoticeForm, initial, numbers, typed, usual_issue
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening


class HouseholdForm(forms.Form):
    """Which household. A 宛名番号 of a member does as well."""

    number = forms.CharField(
        label="世帯番号・宛名番号・記号番号", max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})
    )


@screen("eligibility.change")
def start(request: StaffRequest) -> HttpResponse:
    """The counter: pick the household of the notice."""
    form = HouseholdForm(request.GET if "number" in request.GET else None)
    if form.is_bound and form.is_valid():
        household_no = queries.household_of(request.actor, form.cleaned_data["number"])
        if household_no is not None:
            return HttpResponseRedirect(reverse("eligibility:notice_new", args=[household_no]))
        form.add_error("number", "この番号の世帯も人もありません。検索（/）で氏名から探してください。（E06）")
    return render(request, "eligibility/notice_start.html", {"form": form}, status=422 if form.errors else 200)


@screen("eligibility.change")
def new(request: StaffRequest, household_no: int) -> HttpResponse:
    """Enter a notice of members of a household, or the correction of an earlier event (`cancels` in the address)."""
    actor, on = request.actor, request.business_date
    protected = people.household_protection(actor, household_no)
    if alert := opening.alert(request, protected):
        return alert
    sent = request.POST or request.GET
    found: Preview | None = None
    with page(actor, "eligibility.enter_notice", household=household_no):
        try:
            members, gone = people.household(actor, household_no, protected=protected, on=on)
        except Person.DoesNotExist as error:
            raise Http404 from error
        everybody = [*members, *gone]
        standing = queries.standing(actor, [m.atena_no for m in everybody], household_no=household_no, on=on)
        code = str(sent.get("code", ""))
        if request.method == "POST":
            form = NoticeForm(everybody, code, request.POST)
        elif request.GET.get("asked"):  # another reason was chosen: what was typed stays
            form = NoticeForm(everybody, code, initial={"issue": usual_issue(actor), **typed(request.GET, everybody)})
        else:
            form = NoticeForm(everybody, code, initial={"issue": usual_issue(actor), **initial(request.GET, members, on)})
        if request.method == "POST" and form.is_valid():
            try:
                notice = form.compared(actor, form.notice(household_no), on)
                if request.POST.get("act") == "submit":
                    entry = actions.propose_notice(
                        by=actor, on=on, notice=notice, reason=form.cleaned_data["reason"], identity=form.identity()
                    )
                    messages.success(request, "届出を受け付けました。別の職員が確認すると資格に反映されます。")
                    return HttpResponseRedirect(reverse("eligibility:notice", args=[entry.pk]))
                found = preview(actor, on, notice)
            except CodedError as error:
                form.add_error(None, f"{error}（{error.code}）")
    context = {
        "household_no": household_no, "form": form, "found": found, "protected": bool(protected), "entry": form.entry,
        "rows": [(*row, next(iter(standing.stays.get(row[0].atena_no, ())), None)) for row in form.rows],
        "correcting": bool(numbers(str(sent.get("cancels", "")))),
    }  # fmt: skip
    return render(request, "eligibility/notice_entry.html", context, status=422 if form.errors else 200)


@screen("eligibility.change")
def cancel(request: StaffRequest, household_no: int) -> HttpResponse:
    """Take earlier events back, with everything that follows from it."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, people.household_protection(actor, household_no)):
        return alert
    sent = request.POST or request.GET
    chosen, candidates = (str(sent.get(name, "")) for name in ("cancels", "candidates"))
    found: Preview | None = None
    form = CancelForm(request.POST or None, initial={"cancels": chosen, "candidates": candidates})
    with page(actor, "eligibility.cancel_event", household=household_no):
        events = queries.events(actor, household_no, on=on)
        rows = [row for row in events if row.event.pk in numbers(chosen)]
        if not rows:
            raise Http404
        notice = Notice(
            household_no=household_no, persons=tuple(dict.fromkeys(r.event.atena_no for r in rows)),
            cancels=numbers(chosen), candidates=numbers(candidates),
        )  # fmt: skip
        try:
            if request.method == "POST" and form.is_valid():
                entry = actions.propose_notice(
                    by=actor, on=on, notice=notice, reason=form.cleaned_data["reason"], identity=None
                )
                messages.success(request, "取消しを受け付けました。別の職員が確認すると反映されます。")
                return HttpResponseRedirect(reverse("eligibility:notice", args=[entry.pk]))
            found = preview(actor, on, notice)
        except CodedError as error:
            form.add_error(None, f"{error}（{error.code}）") if form.is_bound else messages.error(request, str(error))
    context = {"household_no": household_no, "form": form, "found": found, "rows": rows}
    return render(request, "eligibility/notice_cancel.html", context, status=422 if form.errors else 200)


@screen("eligibility.read", past=True)
def detail(request: StaffRequest, entry_id: int) -> HttpResponse:
    """An entered notice: the same preview computed again, the second person's word, and the next step when it is done."""
    actor, on = request.actor, request.business_date
    form = WordForm(request.POST or None)
    try:
        concerned = core.entry_persons(actor, entry_id)
        if alert := opening.alert(request, people.person_protection(actor, *concerned)):
            return alert
        if request.method == "POST" and form.is_valid():
            try:
                done = _decide(request, entry_id, form.cleaned_data["reason"])
            except CodedError as error:
                form.add_error("reason" if error.code == "ENTRY-REASON" else None, f"{error}（{error.code}）")
            else:
                messages.success(request, done)
                return HttpResponseRedirect(reverse("eligibility:notice", args=[entry_id]))
        with page(actor, "eligibility.notice", entry=entry_id):
            row = core.entry_row(actor, entry_id)
            if row.entry.kind not in (actions.NOTICE, actions.CANCEL):
                raise Http404
            notice = Notice.of(row.entry.payload, row.entry.persons)
            names = people.persons(actor, row.entry.persons, on=on)
            found, refusal = None, None
            # In a view of the past nothing can be rehearsed: a rehearsal is carried out and taken back.
            if row.entry.state == Entry.PENDING and not request.asof.past:
                try:
                    found = preview(actor, on, notice)
                except CodedError as error:
                    refusal = error
            written = queries.events_of_origin(actor, f"entry:{entry_id}", on=on)
            issued = certificates.certificates_of_entry(actor, entry_id, on=on) if actor.may("certificate.read") else []
            seniors = {paper.atena_no for paper in issued if paper.ratio}
            untold = bool(seniors) and actor.may("inquiry.enter") and certificates.judged_untold(actor, entry_id)
    except Entry.DoesNotExist as error:
        raise Http404 from error
    context = {
        "row": row, "notice": notice, "found": found, "refusal": refusal, "names": in_order(names.values()), "form": form,
        "letter": letter_of(row.entry), "identity": identity_words(row.entry.evidence), "written": written, "issued": issued,
        "later": [p for p in names.values() if p.atena_no not in {paper.atena_no for paper in issued}] if issued else (),
        "facts": words(notice), "ask": [p for p in names.values() if p.atena_no in seniors] if untold else (),
        "again": _again(notice), "withheld": any(paper.withheld for paper in issued),
        "letter_withheld": not actor.may("protected.read") and any(person.protected for person in names.values()),
        "stale": found is not None and bool(notice.basis) and notice.basis != found.fingerprint,
    }  # fmt: skip
    return render(request, "eligibility/notice.html", context, status=422 if form.errors else 200)


def _again(notice: Notice) -> str:
    """The address of the entry form with the same content."""
    values = {
        "code": notice.code, "event_on": era.short(notice.event_on) if notice.event_on else "",
        "persons": ",".join(map(str, notice.persons)), "cancels": ",".join(map(str, notice.cancels)),
        "candidates": ",".join(map(str, notice.candidates)),
    }  # fmt: skip
    return urlencode({name: value for name, value in values.items() if value})


def _decide(request: StaffRequest, entry_id: int, reason: str) -> str:
    """Carry out what a button asks. A confirmation holds for what was shown: raises `NoticeError` E17 when that has changed."""
    actor, on, act = request.actor, request.business_date, request.POST.get("act", "")
    if act == "confirm":
        actions.confirm_notice(by=actor, on=on, entry_id=entry_id, shown=request.POST.get("shown", ""), decision=reason)
        return "確認しました。資格に反映しました。"
    if act == "return":
        core_actions.return_(by=actor, on=on, entry_id=entry_id, reason=reason)
        return "差し戻しました。"
    core_actions.withdraw(by=actor, on=on, entry_id=entry_id, reason=reason)
    return "取り下げました。"
