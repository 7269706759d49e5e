"""世帯メモ・処理停止の一覧."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import era
from kokuho.core.coded import CodedError
from kokuho.core.queries.entries import entries_of
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people import queries
from kokuho.desks.people.actions import household_memos as actions
from kokuho.desks.people.models import Memo, ProcessingStop, ProvisionRefusal
from kokuho.desks.people.models.mail import BUSINESSES, EVERY
from kokuho.desks.people.queries import notes
from kokuho.desks.people.screens import opening


class MemoForm(forms.Form):
    """A memo, its days and why it is kept."""

    business = forms.TypedChoiceField(label="業務", choices=BUSINESSES, coerce=int, initial=EVERY)
    text = forms.CharField(
        label="内容", max_length=1000, help_text="個人番号・住所・電話番号は書かないでください", widget=forms.Textarea(attrs={"rows": 3})
    )
    since = DayField(label="いつから")
    last = DayField(label="いつまで", required=False, help_text="この日を含みます。空欄は期限なし")
    reason = forms.CharField(label="理由", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class MemoEndForm(forms.Form):
    """The last day of a memo, or nothing when it never held."""

    last = DayField(label="最後の日", required=False, help_text="誤って登録したもの（取消）のときは空欄のままにします")
    reason = forms.CharField(label="理由", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))


def _up(household_no: int) -> tuple[tuple[str, str], ...]:
    return ((f"世帯 {household_no}", reverse("household", args=[household_no])),)


def _days(since: Any, until: Any) -> str:
    last = era.short(until - timedelta(days=1)) if until else ""
    return f"{era.short(since) if since else ''} – {last}"


@screen("person.read", past=True)
def memos(request: StaffRequest, household_no: int) -> HttpResponse:
    """The memos of a household, and entering one."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, queries.household_protection(actor, household_no)):
        return alert
    if not notes.household_known(actor, household_no):
        raise Http404
    with page(actor, "people.household_memos", household=household_no):
        found = notes.household_memos(actor, household_no, on=on, everything=True)
        waiting = [row for row in entries_of(actor, (), household_no=household_no) if row.entry.kind == actions.KIND]
    may = actor.may("note.change")
    form = MemoForm(request.POST or None, initial={"since": on})
    if request.method == "POST":
        actor.require("note.change")
        if form.is_valid():
            try:
                entry = actions.enter(by=actor, on=on, household_no=household_no, **form.cleaned_data)
            except CodedError as error:
                form.add_error(None, str(error))
            else:
                waits = entry.state == entry.PENDING
                messages.success(request, "入力しました。別の職員の確認を待ちます。" if waits else "登録しました。")
                return HttpResponseRedirect(reverse("people:household_memos", args=[household_no]))
    rows = (
        (memo.business, memo.text, _days(memo.since, memo.until), sheet.Cell("現在", tone="active") if memo.in_force else "",
         sheet.Cell("終了・取消", reverse("people:household_memo_end", args=[memo.id])) if may else "")
        for memo in found
    )  # fmt: skip
    blocks: list[Any] = []
    if waiting:
        blocks.append(sheet.table(
            "確認待ちの入力", ("件名", "入力", "日時"),
            ((sheet.Cell(row.entry.title, row.url), row.entered_name, row.entry.entered_at) for row in waiting),
        ))  # fmt: skip
    blocks.append(sheet.table("世帯メモ", ("業務", "内容", "期間", "状態", ""), rows, empty="世帯メモはありません。"))
    if may:
        blocks.append(sheet.Ask("新しいメモ", form, (("enter", "入力する", False),), span=8))
    return sheet.show(request, sheet.Sheet("世帯メモ", blocks, intro="この世帯を扱う職員が知っておくことです。", up=_up(household_no)))


@screen("note.change")
def end_memo(request: StaffRequest, memo_id: int) -> HttpResponse:
    """End a memo with a day, or void it."""
    actor, on = request.actor, request.business_date
    with page(actor, "people.household_memo_end", memo=memo_id):
        try:
            household_no, business = notes.household_memo(actor, memo_id)
        except Memo.DoesNotExist as error:
            raise Http404 from error
    if alert := opening.alert(request, queries.household_protection(actor, household_no)):
        return alert
    form = MemoEndForm(request.POST or None, initial={"last": on})
    if request.method == "POST" and form.is_valid():
        try:
            actions.enter_end(by=actor, on=on, memo_id=memo_id, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "入力しました。")
            return HttpResponseRedirect(reverse("people:household_memos", args=[household_no]))
    ask = sheet.Ask(f"世帯メモ（{business}）を終了・取り消す", form, (("end", "入力する", True),), span=8)
    return sheet.show(request, sheet.Sheet("世帯メモの終了", [ask], up=_up(household_no)))


def _whose(entry: notes.NoteRow[Any]) -> tuple[sheet.Cell, sheet.Cell]:
    """The person, opening what is registered about them, and their household."""
    number, who = entry.note.atena_no, entry.person
    name = sheet.Cell(f"{who.name}（{number}）" if who else str(number), reverse("people:registered", args=[number]))
    return name, sheet.name(who.household_no, reverse("household", args=[who.household_no])) if who else sheet.name("")


@screen("person.read", past=True)
def stops(request: StaffRequest) -> HttpResponse:
    """Who is under 処理停止, by what is stopped."""
    with page(request.actor, "people.stops"):
        found = notes.stops(request.actor, request.GET, on=request.business_date)

    def row(entry: notes.NoteRow[ProcessingStop]) -> list[sheet.Cell]:
        stop = entry.note
        return sheet.row(stop.get_kind_display(), *_whose(entry), stop.reason, _days(stop.valid.lower, stop.valid.upper))

    found.rows = [row(entry) for entry in found.rows]  # type: ignore[misc]
    return sheet.show(request, sheet.Sheet(
        "処理停止", [sheet.Rows(found, "処理停止の人はいません")],  # type: ignore[arg-type]
        intro="賦課は世帯ごと外し、印刷・発送は引き抜き、連携・提供は送らずに残します。登録と終了は個人の「登録・履歴」から入力します。",
    ))  # fmt: skip


@screen("protected.read", past=True)
def refusals(request: StaffRequest) -> HttpResponse:
    """Who has set 自己情報提供不可."""
    with page(request.actor, "people.provision_refusals"):
        found = notes.refusals(request.actor, request.GET, on=request.business_date)

    def row(entry: notes.NoteRow[ProvisionRefusal]) -> list[sheet.Cell]:
        held = entry.note
        return sheet.row(*_whose(entry), held.reason, _days(held.valid.lower, held.valid.upper), held.recorded_at)

    found.rows = [row(entry) for entry in found.rows]  # type: ignore[misc]
    return sheet.show(request, sheet.Sheet(
        "自己情報提供不可", [sheet.Rows(found, "自己情報提供不可を設定した人はいません")],  # type: ignore[arg-type]
        intro="本人の申出により、資格情報の報告の不開示の項目を立てている人です。登録と終了は個人の「登録・履歴」から入力し、別の職員が確認します。",
    ))  # fmt: skip
