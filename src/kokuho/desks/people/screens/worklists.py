"""宛名異動の後始末・引抜帳票・支援措置の更新・閲覧の報告."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import era
from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people import queries
from kokuho.desks.people.actions import events, pulled
from kokuho.desks.people.models import ChangeTask, Protection, PulledDocument
from kokuho.desks.people.queries import PersonView, worklists
from kokuho.desks.people.screens import opening


class NoteForm(forms.Form):
    """What was done."""

    note = forms.CharField(label="したこと", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class OutcomeForm(forms.Form):
    """What was done with a pulled document."""

    outcome = forms.ChoiceField(label="処置", choices=(("", "選んでください"), *PulledDocument.OUTCOMES))
    note = forms.CharField(label="処置の内容", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


def _who(person: PersonView | None, atena_no: int) -> sheet.Cell:
    if person is None:
        return sheet.name(atena_no)
    mark = "　支援措置" if person.protected else ""
    return sheet.Cell(f"{person.name}（{atena_no}）{mark}", reverse("person", args=[atena_no]))


@screen("person.read", past=True)
def changes(request: StaffRequest) -> HttpResponse:
    """What modules still have to do about changes."""
    with page(request.actor, "people.changes"):
        found = queries.tasks(request.actor, request.GET, on=request.business_date)

    def row(entry: worklists.TaskRow) -> tuple[Any, ...]:
        task, url = entry.task, reverse("people:task", args=[entry.task.pk])
        state = (
            sheet.Cell(f"{entry.done_name} {sheet.cell(task.done_at).text}\n{task.note}", fine=True)
            if task.done_at else sheet.Cell("未処理", url, tone="attention")
        )  # fmt: skip
        who = _who(entry.person, entry.change.atena_no)
        return (
            task.pk,
            entry.change.effective_on,
            sheet.Cell(entry.kind_label, url),
            who,
            entry.module_label,
            task.todo,
            state,
        )

    found.rows = [sheet.row(*row(entry)) for entry in found.rows]  # type: ignore[misc]
    return sheet.show(request, sheet.Sheet(
        "宛名異動", [sheet.Rows(found, "処理する宛名異動はありません")],  # type: ignore[arg-type]
        intro="送付先・口座・支援措置・名寄せなどが変わったときに、各業務に残る仕事です。",
    ))  # fmt: skip


@screen("person.work", past=True)
def task(request: StaffRequest, task_id: int) -> HttpResponse:
    """One task: what changed, what is to do, done."""
    actor, on = request.actor, request.business_date
    try:
        with page(actor, "people.task", task=task_id):
            entry = queries.task(actor, task_id, on=on)
    except ChangeTask.DoesNotExist as error:
        raise Http404 from error
    if alert := opening.alert(request, queries.person_protection(actor, entry.change.atena_no)):
        return alert
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            events.close_task(by=actor, on=on, task_id=task_id, note=form.cleaned_data["note"])
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "処理したことを記録しました。")
            return HttpResponseRedirect(reverse("people:changes"))
    about = sheet.facts(
        "内容", ("異動", entry.kind_label), ("異動日", entry.change.effective_on), ("対象", _who(entry.person, entry.change.atena_no)),
        ("登録の内容", sheet.Cell("登録・履歴を開く", reverse("people:registered", args=[entry.change.atena_no]))),
        ("業務", entry.module_label), ("すること", entry.task.todo), span=6,
    )  # fmt: skip
    done = entry.task.done_at is not None
    blocks: list[Any] = [about]
    if done:
        blocks.append(
            sheet.facts(
                "処理", ("処理者", entry.done_name), ("日時", entry.task.done_at), ("内容", entry.task.note), span=6
            )
        )
    else:
        blocks.append(sheet.Ask("処理", form, (("done", "処理した", False),), span=6))
    up = (("宛名異動", reverse("people:changes")),)
    return sheet.show(request, sheet.Sheet(f"{entry.kind_label}の後始末", blocks, up=up))


@screen("person.read", past=True)
def pulled_list(request: StaffRequest) -> HttpResponse:
    """Documents that print runs kept out of the mail."""
    with page(request.actor, "people.pulled"):
        found = queries.pulled(request.actor, request.GET, on=request.business_date)

    def row(entry: worklists.PulledRow) -> tuple[Any, ...]:
        it, url = entry.pulled, reverse("people:pulled_document", args=[entry.pulled.pk])
        outcome = (
            sheet.Cell(f"{it.get_outcome_display()}\n{entry.done_name} {sheet.cell(it.done_at).text}\n{it.note}", fine=True)
            if it.outcome else sheet.Cell("未処置", url, tone="attention")
        )  # fmt: skip
        return (
            it.pk,
            it.pulled_on,
            entry.run,
            sheet.Cell(it.number, url),
            _who(entry.person, it.atena_no),
            it.get_reason_display(),
            outcome,
        )

    found.rows = [sheet.row(*row(entry)) for entry in found.rows]  # type: ignore[misc]
    return sheet.show(request, sheet.Sheet(
        "引抜帳票", [sheet.Rows(found, "処置する引抜帳票はありません")],  # type: ignore[arg-type]
        intro="一括印刷から引き抜いた帳票と、安全な送付先がなく印刷しなかった帳票です。確かめて処置を記録します。",
    ))  # fmt: skip


@screen("person.work", past=True)
def pulled_document(request: StaffRequest, pulled_id: int) -> HttpResponse:
    """One pulled document and what was done with it."""
    actor, on = request.actor, request.business_date
    try:
        with page(actor, "people.pulled_document", pulled=pulled_id):
            entry = queries.pulled_document(actor, pulled_id, on=on)
    except PulledDocument.DoesNotExist as error:
        raise Http404 from error
    it = entry.pulled
    if alert := opening.alert(request, queries.person_protection(actor, it.atena_no)):
        return alert
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            pulled.dispose(by=actor, on=on, pulled_id=pulled_id, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "処置を記録しました。")
            return HttpResponseRedirect(reverse("people:pulled"))
    about = sheet.facts(
        "帳票", ("文書番号", it.number), ("対象", _who(entry.person, it.atena_no)), ("引抜の理由", it.get_reason_display()),
        ("引抜の日", it.pulled_on), ("印刷", sheet.Cell(f"{entry.run}（{it.batch_id}）", reverse("batch", args=[it.batch_id]))), span=6,
    )  # fmt: skip
    if it.outcome:
        second: Any = sheet.facts(
            "処置", ("処置", it.get_outcome_display()), ("内容", it.note), ("職員", entry.done_name), ("日時", it.done_at), span=6
        )  # fmt: skip
    else:
        second = sheet.Ask("処置", form, (("done", "記録する", False),), span=6)
    up = (("引抜帳票", reverse("people:pulled")),)
    return sheet.show(request, sheet.Sheet(f"引抜帳票 {it.number}", [about, second], up=up))


@screen("protected.read", past=True)
def protections(request: StaffRequest) -> HttpResponse:
    """Protections in force, with those to renew or lift first."""
    with page(request.actor, "people.protections"):
        found = queries.protections(request.actor, request.GET, on=request.business_date)
    kinds = dict(Protection.KINDS)

    def row(entry: worklists.ProtectionRow) -> tuple[Any, ...]:
        it = entry.protection
        if entry.days < 0:
            left = sheet.Cell(f"{-entry.days}日過ぎています", tone="bad")
        elif entry.days <= worklists.RENEWAL_DAYS:
            left = sheet.Cell(f"あと{entry.days}日", tone="attention")
        else:
            left = sheet.Cell(f"あと{entry.days}日")
        who = _who(entry.person, it.atena_no)
        return who, kinds[it.kind], it.valid.lower, it.until, left, sheet.name(it.main_no)

    found.rows = [sheet.row(*row(entry)) for entry in found.rows]  # type: ignore[misc]
    return sheet.show(request, sheet.Sheet(
        "支援措置", [sheet.Rows(found, "支援措置対象者はいません")],  # type: ignore[arg-type]
        intro="終わりの日を過ぎても自動では外れません。30日前から更新を確かめ、個人の「登録・履歴」から延長又は解除を入力します。",
        links=(("閲覧の報告", reverse("people:openings")),) if request.actor.may("protected.report") else (),
    ))  # fmt: skip


@screen("protected.report")
def openings(request: StaffRequest) -> HttpResponse:
    """The day's accesses to protected persons in the reader's unit; the day before the business date unless asked for."""
    asked = request.GET.get("day", "").strip()[:20]
    day, wrong = request.business_date - timedelta(days=1), ""
    if asked:
        try:
            day = era.parse(asked)
        except ValueError as error:
            wrong = str(error)
    with page(request.actor, "people.openings", day=day.isoformat()):
        found = queries.openings(request.actor, on=day)
    rows = (
        (row.at, f"{row.staff_name}（{row.staff_no}）", row.terminal, "、".join(map(str, row.persons)),
         sheet.Cell(row.outcome, tone="active" if row.opened else "quiet"), row.reason)
        for row in found
    )  # fmt: skip
    blocks: list[Any] = [sheet.Say("日付", wrong, "bad")] if wrong else []
    blocks.append(sheet.table(
        f"{era.long(day)}　{request.actor.unit}", ("時刻", "職員", "端末", "対象の宛名番号", "操作", "理由"), rows,
        empty="支援措置対象者の記録を開いた職員はいません。",
    ))  # fmt: skip

    def link(on: date) -> str:
        return f"{reverse('people:openings')}?day={on.isoformat()}"

    return sheet.show(request, sheet.Sheet(
        "支援措置対象者の閲覧の報告", blocks, intro="所属の職員が、理由を入力して開いた記録と、警告で戻った記録の全部です。",
        links=(("前の日", link(day - timedelta(days=1))), ("次の日", link(day + timedelta(days=1)))), paper=True,
    ))  # fmt: skip
