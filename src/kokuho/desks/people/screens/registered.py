"""宛名の登録: what staff registered about a person, its history, and entering, replacing and ending it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import era
from kokuho.core.coded import CodedError
from kokuho.core.queries.entries import entries_of
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people import queries
from kokuho.desks.people.actions import registrations as actions
from kokuho.desks.people.queries import Registered
from kokuho.desks.people.registrations import REGISTRATIONS, Registration
from kokuho.desks.people.screens import opening
from kokuho.desks.people.screens.forms import EndForm, RegistrationForm


@screen("person.read", past=True)
def registered(request: StaffRequest, atena_no: int) -> HttpResponse:
    """Everything registered about a person, with what was ended or corrected."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, queries.person_protection(actor, atena_no)):
        return alert
    with page(actor, "people.registered", person=atena_no):
        person = _named(request, atena_no)
        rows = queries.registered(actor, [atena_no], on=on, everything=True)
        waiting = entries_of(actor, [atena_no])
    blocks: list[Any] = []
    if waiting:
        blocks.append(sheet.table(
            "確認待ちの入力", ("種類", "件名", "入力"),
            ((row.kind_label, sheet.Cell(row.entry.title, row.url), row.entered_name) for row in waiting),
        ))  # fmt: skip
    blocks.append(sheet.table(
        "登録と履歴", ("種類", "内容", "期間", "状態", "処理", ""), [(row.registration.label, *_line(request, row)) for row in rows],
        empty="登録はありません。",
    ))  # fmt: skip
    new = [kind for kind in REGISTRATIONS.values() if actor.may(kind.read) and actor.may(kind.enter)]
    if new:
        links = (
            (sheet.Cell(kind.label, reverse("people:register", args=[atena_no, kind.code])), kind.follows)
            for kind in new
        )
        blocks.append(sheet.table("新しく登録する", ("種類", "確認された後"), links))
    return sheet.show(request, sheet.Sheet(
        f"{person} の登録", blocks, intro=f"宛名番号 {atena_no}　送付先・口座・連絡先など、この市で登録したもの",
        up=(("個人", reverse("person", args=[atena_no])),),
    ))  # fmt: skip


def _named(request: StaffRequest, atena_no: int) -> str:
    found = queries.persons(request.actor, [atena_no], on=request.business_date)
    if atena_no not in found:
        raise Http404
    return found[atena_no].name


def _line(request: StaffRequest, row: Registered) -> tuple[Any, ...]:
    if row.superseded_at is not None:
        state = sheet.Cell("訂正・終了前の記録", tone="quiet")
    elif row.in_force:
        state = sheet.Cell("有効", tone="good")
    else:
        state = sheet.Cell("開始前" if row.future else "終了", tone="quiet")
    act: Any = ""
    if row.superseded_at is None and request.actor.may(row.registration.enter) and not row.hidden:
        act = sheet.Cell("変更・終了", reverse("people:end", args=[row.atena_no, row.registration.code, row.id]))
    return (
        row.text, f"{_day(row.since)} – {_day(row.until - timedelta(days=1)) if row.until else ''}", state,
        f"{row.recorded_name}　{sheet.cell(row.recorded_at).text}", act,
    )  # fmt: skip


def _day(on: Any) -> str:
    return era.short(on) if on else ""


def _kind(code: str) -> Registration:
    try:
        return REGISTRATIONS[code]
    except KeyError as error:
        raise Http404 from error


@screen("mail.change")
def register(request: StaffRequest, atena_no: int, code: str) -> HttpResponse:
    """Enter a registration; with `?fact=` one that replaces another, its items filled in."""
    actor, on, kind = request.actor, request.business_date, _kind(code)
    if alert := opening.alert(request, queries.person_protection(actor, atena_no)):
        return alert
    actor.require(kind.enter)
    fact = request.GET.get("fact", "")
    initial: dict[str, Any] = {"valid_from": on}
    with page(actor, "people.register", person=atena_no, kind=code):
        person = _named(request, atena_no)
        if fact.isascii() and fact.isdigit():
            try:
                held = queries.registered_fact(actor, code, int(fact), on=on)
            except ObjectDoesNotExist as error:
                raise Http404 from error
            initial |= held.values
            if kind.open_ended:
                initial["valid_from"] = held.since
        household = _household(request, atena_no) if code == "protection" and not fact else None
    form = RegistrationForm(kind, request.POST or None, initial=initial, household=household)
    if request.method == "POST" and form.is_valid():
        try:
            entry = actions.enter(
                by=actor, on=on, code=code, atena_no=atena_no, values=form.values, valid_from=form.cleaned_data["valid_from"],
                valid_to=form.valid_to, fact=int(fact) if fact.isdigit() else None,
                with_nos=form.cleaned_data.get("with_nos", ()), reason=form.cleaned_data.get("reason", ""),
            )  # fmt: skip
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            return _entered(request, entry, atena_no)
    ask = sheet.Ask("登録する内容", form, (("enter", "入力する", False),), span=8, note=kind.follows)
    return sheet.show(request, sheet.Sheet(
        f"{kind.label}の登録", [ask], intro=f"{person}　宛名番号 {atena_no}",
        up=(("個人", reverse("person", args=[atena_no])), ("登録", reverse("people:registered", args=[atena_no]))),
    ))  # fmt: skip


def _household(request: StaffRequest, atena_no: int) -> list[tuple[int, str]]:
    """The others who live in the household, for 併せて支援を求める者."""
    actor, on = request.actor, request.business_date
    own = queries.persons(actor, [atena_no], on=on)[atena_no].household_no
    members, _ = queries.household(actor, own, protected=queries.household_protection(actor, own), on=on)
    return [
        (member.atena_no, f"{member.name}（{member.relation}）") for member in members if member.atena_no != atena_no
    ]


def _entered(request: StaffRequest, entry: Any, atena_no: int) -> HttpResponse:
    waits = entry.state == entry.PENDING
    messages.success(request, "入力しました。別の職員の確認を待ちます。" if waits else "登録しました。")
    return HttpResponseRedirect(reverse("people:registered", args=[atena_no]))


@screen("mail.change")
def end(request: StaffRequest, atena_no: int, code: str, fact_id: int) -> HttpResponse:
    """End a registration with a day, or void it; or go on to replace it."""
    actor, on, kind = request.actor, request.business_date, _kind(code)
    if alert := opening.alert(request, queries.person_protection(actor, atena_no)):
        return alert
    actor.require(kind.enter)
    with page(actor, "people.end", person=atena_no, kind=code):
        person = _named(request, atena_no)
        try:
            held = queries.registered_fact(actor, code, fact_id, on=on)
        except ObjectDoesNotExist as error:
            raise Http404 from error
    if held.atena_no != atena_no:
        raise Http404
    form = EndForm(kind, request.POST or None, initial={"last": on})
    if request.method == "POST" and form.is_valid():
        try:
            entry = actions.enter_end(
                by=actor, on=on, code=code, fact=fact_id, last=form.cleaned_data["last"], reason=form.cleaned_data["reason"]
            )  # fmt: skip
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            return _entered(request, entry, atena_no)
    facts = sheet.facts(
        "今の登録", *((column.label, column.words(held.values.get(column.name))) for column in kind.columns if held.values),
        ("期間", f"{_day(held.since)} – {_day(held.until - timedelta(days=1)) if held.until else ''}"), span=6,
    )  # fmt: skip
    replace = reverse("people:register", args=[atena_no, code]) + f"?fact={fact_id}"
    ask = sheet.Ask(f"{kind.ends}・取り消す", form, (("end", "入力する", True),), span=6)
    return sheet.show(request, sheet.Sheet(
        f"{kind.label}の変更・終了", [facts, ask], intro=f"{person}　宛名番号 {atena_no}",
        links=(("内容を変えて登録し直す" if not kind.open_ended else "延長・変更する", replace),),
        up=(("個人", reverse("person", args=[atena_no])), ("登録", reverse("people:registered", args=[atena_no]))),
    ))  # fmt: skip
