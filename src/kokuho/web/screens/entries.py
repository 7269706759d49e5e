"""確認待ち: what colleagues entered, shown before → after, and the second person's word on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.actions import entries as actions
from kokuho.core.coded import CodedError
from kokuho.core.models import Entry
from kokuho.core.queries import entries as core
from kokuho.core.reads import page
from kokuho.core.screens.entry_words import WordForm, identity_words
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility.decided import letter_of
from kokuho.desks.eligibility.queries import certificates
from kokuho.desks.eligibility.queries.certificates import CertificateView
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening

SAID = {"confirm": "確認しました。", "return": "差し戻しました。", "withdraw": "取り下げました。"}


@screen(None, past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """The entries that are this person's matter."""
    with page(request.actor, "entries"):
        found = core.entries(request.actor, request.GET, on=request.business_date)
    return render(request, "web/entries.html", {"list": found})


@screen(None, past=True)
def detail(request: StaffRequest, entry_id: int) -> HttpResponse:
    """One entry with what changes and what follows; the buttons are there for whoever may use them."""
    actor, on = request.actor, request.business_date
    form = WordForm(request.POST or None)
    try:
        concerned = core.entry_persons(actor, entry_id)
        protected = people.person_protection(actor, *concerned) if concerned else []
        if alert := opening.alert(request, protected):
            return alert
        if request.method == "POST" and form.is_valid():
            act = request.POST.get("act", "")
            try:
                decide(actor, on, entry_id, act, form.cleaned_data["reason"])
            except CodedError as error:
                form.add_error("reason" if error.code == "ENTRY-REASON" else None, str(error))
            else:
                messages.success(request, SAID[act])
                # What was just issued or has to be told is printed from here; everything else is done with the word on it.
                if act == "confirm" and (_issued(actor, entry_id, on) or letter_of(core.entry_row(actor, entry_id).entry)):
                    return HttpResponseRedirect(reverse("entry", args=[entry_id]))
                return HttpResponseRedirect(reverse("entries"))
        with page(actor, "entry", entry=entry_id):
            row, kind, lines = core.entry(actor, entry_id, on=on)
            names = people.persons(actor, row.entry.persons, on=on) if row.entry.persons else {}
            issued = _issued(actor, entry_id, on) if row.entry.state == Entry.CONFIRMED else []
    except Entry.DoesNotExist as error:
        raise Http404 from error
    context = {
        "row": row, "kind": kind, "lines": lines, "names": names.values(), "form": form,
        "identity": identity_words(row.entry.evidence), "issued": issued, "letter": letter_of(row.entry),
        "withheld": any(paper.withheld for paper in issued),
        "letter_withheld": not actor.may("protected.read") and any(person.protected for person in names.values()),
    }  # fmt: skip
    return render(request, "web/entry.html", context, status=422 if form.errors else 200)


def _issued(actor: Any, entry_id: int, on: Any) -> list[CertificateView]:
    """The certificates that an entry issued, for whoever may see certificates."""
    return certificates.certificates_of_entry(actor, entry_id, on=on) if actor.may("certificate.read") else []


def decide(actor: Any, on: Any, entry_id: int, act: str, reason: str) -> None:
    """Carry out what a button asks: confirm, return, withdraw. Raises `CodedError`."""
    if act == "confirm":
        actions.confirm(by=actor, on=on, entry_id=entry_id, decision=reason)
    elif act == "return":
        actions.return_(by=actor, on=on, entry_id=entry_id, reason=reason)
    elif act == "withdraw":
        actions.withdraw(by=actor, on=on, entry_id=entry_id, reason=reason)
    else:
        raise actions.EntryError("ENTRY-ACT", "画面のボタンから操作してください。")
