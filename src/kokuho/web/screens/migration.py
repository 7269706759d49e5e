"""データ移行: the work that two persons decided on, its steps, and the register of the files that it made (VENDOR-04)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import queries as core
from kokuho.core.actions import migration as actions
from kokuho.core.coded import CodedError
from kokuho.core.models import MigrationStep, MigrationWork
from kokuho.core.queries import migration as queries
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Say, Sheet, cell

UP = (("データ移行", "/migrations/"),)


class WorkForm(forms.Form):
    """A migration to be decided on."""

    title = forms.CharField(label="件名", max_length=120)
    scope = forms.CharField(label="移行の範囲", max_length=200, help_text="移行元・移行先・対象のデータ")
    staff_nos = forms.CharField(label="作業用ID", max_length=100, help_text="二人以上、四人まで。空白で区切ります。")
    valid_from = DayField(label="開始日")
    valid_until = DayField(label="終了日")
    reason = forms.CharField(label="理由", max_length=200)


class StepForm(forms.Form):
    """A step to be confirmed by the other worker."""

    kind = forms.ChoiceField(label="工程", choices=MigrationStep.KINDS)
    file_id = forms.TypedChoiceField(label="ファイル", required=False, coerce=int, empty_value=None)
    content = forms.CharField(label="内容・廃棄の方法", max_length=200)


class StepNumber(forms.Form):
    """Which step is confirmed."""

    step_id = forms.TypedChoiceField(label="工程の番号", coerce=int)


class EndForm(forms.Form):
    """What was found in the records of the work."""

    finding = forms.CharField(label="操作記録を確かめた結果", max_length=200)


@screen("migration.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Migrations, running and completed."""
    rows = [
        (cell(work.title, reverse("migration", args=[work.pk])), work.scope, "、".join(work.staff_nos), work.valid_from, work.valid_until,
         Cell("完了", tone="good") if work.completed_at else Cell("作業中", tone="active"))
        for work in queries.works(request.actor)
    ]  # fmt: skip
    links = [("データ移行を申請する", reverse("migration_new"))] if request.actor.may("vendor.manage") else []
    headings = ("件名", "範囲", "作業用ID", "開始", "終了", "状態")
    table = sheet.table("データ移行の作業", headings, rows, empty="データ移行の作業はありません。")
    intro = "二人で工程を進め、作ったファイルはすべて封印し、廃棄まで台帳に残します。"
    return sheet.show(request, Sheet("データ移行", [table], links=links, intro=intro))


@screen("vendor.manage")
def new(request: StaffRequest) -> HttpResponse:
    """Ask for a migration; another person confirms the entry."""
    form = WorkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            entry = actions.request_work(
                by=request.actor, on=request.business_date, reason=told["reason"], title=told["title"], scope=told["scope"],
                staff_nos=told["staff_nos"].split(), valid_from=told["valid_from"].isoformat(), valid_until=told["valid_until"].isoformat(),
            )  # fmt: skip
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"申請しました（受付 {entry.pk}）。別の職員の確認を待ちます。")
            return HttpResponseRedirect(reverse("migrations"))
    return sheet.show(request, Sheet("データ移行の申請", [Ask("作業", form, [("save", "申請する", False)], span=8,
        note="作業用IDは先に登録し、権限は「データ移行作業」だけにします。完了とともに使えなくなります。")], up=UP))  # fmt: skip


@screen("migration.read")
def detail(request: StaffRequest, work_id: int) -> HttpResponse:
    """One migration: its steps, its files; asking and confirming with the special IDs, completing by who keeps contractors."""
    actor, on = request.actor, request.business_date
    try:
        told = queries.work(actor, work_id)
    except MigrationWork.DoesNotExist as error:
        raise Http404 from error
    work, act = told.work, request.POST.get("act", "")
    ask, number, end = (form(request.POST if act == name else None) for form, name in
                        ((StepForm, "ask"), (StepNumber, "confirm"), (EndForm, "complete")))  # fmt: skip
    left = [file for file in told.files if file.destroyed_at is None]
    waiting = [step for step in told.steps if step.confirmed_at is None and step.asked_by != actor.staff_no]
    ask.fields["file_id"].choices = [("", "（抽出では選ばない）"), *((file.pk, f"{file.pk} {file.name}") for file in left)]  # type: ignore[attr-defined]
    number.fields["step_id"].choices = [(s.pk, f"{s.pk} {s.get_kind_display()}　{s.what}") for s in waiting]  # type: ignore[attr-defined]
    form = {"ask": ask, "confirm": number, "complete": end}.get(act)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            if act == "ask":
                actions.ask(by=actor, on=on, work_id=work_id, **form.cleaned_data)
            elif act == "confirm":
                actions.confirm(by=actor, on=on, **form.cleaned_data)
            else:
                actions.complete(by=actor, on=on, work_id=work_id, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "記録しました。")
            return HttpResponseRedirect(reverse("migration", args=[work_id]))
    names = core.staff_names([*work.staff_nos, *(n for s in told.steps for n in (s.asked_by, s.confirmed_by, s.done_by))])
    blocks: list[Any] = [
        sheet.facts("作業", ("範囲", work.scope), ("期間", f"{cell(work.valid_from).text} 〜 {cell(work.valid_until).text}"),
                    ("作業用ID", "、".join(f"{names[n]}（{n}）" for n in work.staff_nos)), ("申請", f"受付 {work.entry_no}"),
                    ("ファイル", f"作成 {told.made}、廃棄 {told.destroyed}"), ("操作記録を確かめた結果", work.finding), span=6),
    ]  # fmt: skip
    working = actor.may("migration.work") and actor.staff_no in work.staff_nos and work.completed_at is None
    if working:
        blocks.append(Ask("工程を申し出る", ask, [("ask", "申し出る", False)], span=6, note="もう一人が確認した後、コマンドで行います。"))
    if working and (waiting or act == "confirm"):
        blocks.append(Ask("工程を確認する", number, [("confirm", "確認する", False)], span=6))
    if actor.may("vendor.manage") and work.completed_at is None and actor.staff_no not in work.staff_nos:
        blocks.append(Ask("作業を完了にする", end, [("complete", "完了にする", True)], span=6, note="作業用IDは、これで使えなくなります。"))
    if left and work.valid_until < on:
        blocks.insert(0, Say("廃棄していないファイルがあります", "作業の期間が終わっています。", "bad"))
    blocks += [
        sheet.table("工程", ("番号", "工程", "ファイル", "内容", "申出", "確認", "実施"), [
            (s.pk, s.get_kind_display(), s.file.name if s.file else "", s.what, sheet.act(s.asked_at, names[s.asked_by]),
             sheet.act(s.confirmed_at, names[s.confirmed_by]), sheet.act(s.done_at, names[s.done_by])) for s in told.steps
        ], empty="工程はまだありません。"),
        sheet.table("ファイルの台帳", ("番号", "ファイル", "大きさ", "SHA-256", "作成", "廃棄", "方法"), [
            (f.pk, f.name, f.size, Cell(f.sha256[:16], code=True), f.made_at,
             cell(f.destroyed_at) if f.destroyed_at else Cell("残っている", tone="attention"), f.method) for f in told.files
        ], empty="ファイルはまだありません。"),
    ]  # fmt: skip
    marks = [Cell("完了", tone="good") if work.completed_at else Cell("作業中", tone="active")]
    return sheet.show(request, Sheet(work.title, blocks, up=UP, marks=marks))
