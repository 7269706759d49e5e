"""共通マスタ: towns, facilities, banks, senders; each list with its days, each change from a day on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import era
from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people.actions import masters as actions
from kokuho.desks.people.masters import MASTERS, Master
from kokuho.desks.people.queries.masters import master_rows
from kokuho.desks.people.screens.forms import field_of


def _master(slug: str) -> Master:
    try:
        return MASTERS[slug]
    except KeyError as error:
        raise Http404 from error


@screen("master.read", past=True)
def overview(request: StaffRequest) -> HttpResponse:
    """The masters."""
    rows = [(sheet.Cell(master.label, reverse("people:master", args=[slug])), master.note) for slug, master in MASTERS.items()]
    return sheet.show(request, sheet.Sheet("共通マスタ", [sheet.table("一覧", ("マスタ", "内容"), rows)]))


@screen("master.read", past=True)
def listing(request: StaffRequest, slug: str) -> HttpResponse:
    """The rows of one master."""
    master, on = _master(slug), request.business_date
    with page(request.actor, "people.master", master=slug):
        found = master_rows(request.actor, slug, request.GET, on=on)
    may = request.actor.may("master.change")

    def row(it: Any) -> list[sheet.Cell]:
        last = era.short(it.valid.upper - timedelta(days=1)) if it.valid.upper else ""
        link = sheet.Cell("変更", f"{reverse('people:master_new', args=[slug])}?code={it.code}") if may else ""
        code = sheet.name(master.code.words(it.code) if master.code.kind == "choice" else f"{it.code:07d}" if slug == "banks" else it.code)
        items = [sheet.Cell(column.words(getattr(it, column.name)) or "—") for column in master.columns]
        return sheet.row(code, *items, f"{era.short(it.valid.lower)} – {last}", link)

    found.rows = [row(it) for it in found.rows]
    links = ((f"{master.label}を登録する", reverse("people:master_new", args=[slug])),) if may else ()
    return sheet.show(request, sheet.Sheet(
        master.label, [sheet.Rows(found, "登録はありません")], intro=master.note, links=links,
        up=(("共通マスタ", reverse("people:masters")),),
    ))  # fmt: skip


class MasterForm(forms.Form):
    """Items of a master's row, its days, and why."""

    def __init__(self, master: Master, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in (master.code, *master.columns):
            self.fields[column.name] = field_of(column)
        self.fields["since"] = DayField(label="いつから")
        self.fields["last"] = DayField(label="いつまで", required=False, help_text="この日を含みます。空欄は期限なし")
        self.fields["reason"] = forms.CharField(
            label="根拠", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
        )


@screen("master.change")
def enter(request: StaffRequest, slug: str) -> HttpResponse:
    """Enter a row of a master; with `?code=` what is registered now is filled in."""
    master, actor, on = _master(slug), request.actor, request.business_date
    initial: dict[str, Any] = {"since": on}
    asked = request.GET.get("code", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 16:
        held = master.model._base_manager.filter(superseded_at__isnull=True, code=int(asked), valid__contains=on).first()
        initial |= {"code": int(asked)}
        if held is not None:
            initial |= {column.name: getattr(held, column.name) for column in master.columns}
    form = MasterForm(master, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data}
        own = {key: values.pop(key) for key in ("code", "since", "last", "reason")}
        try:
            entry = actions.enter(by=actor, on=on, slug=slug, values=values, **own)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "入力しました。別の職員の確認を待ちます。" if entry.state == entry.PENDING else "登録しました。")
            return HttpResponseRedirect(reverse("people:master", args=[slug]))
    ask = sheet.Ask("入力", form, (("enter", "入力する", False),), span=8)
    up = (("共通マスタ", reverse("people:masters")), (master.label, reverse("people:master", args=[slug])))
    return sheet.show(request, sheet.Sheet(f"{master.label}の登録", [ask], intro=master.note, up=up))
