"""電子媒体管理簿: the media, what was written on them and what became of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import media as actions
from kokuho.core import queries as core
from kokuho.core.coded import CodedError
from kokuho.core.models import Medium, MediumLine
from kokuho.core.queries import extracts as queries
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Rows, Sheet, cell, name

TONES = {Medium.USABLE: "good", Medium.LOST: "bad", Medium.DESTROYED: "quiet"}
UP = (("電子媒体管理簿", "/media/"),)


class MediumForm(forms.Form):
    """A medium to enter in the book."""

    code = forms.CharField(label="媒体番号", max_length=20)
    kind = forms.ChoiceField(label="種類", choices=Medium.KINDS)
    serial = forms.CharField(label="製造番号等", max_length=60)
    place = forms.CharField(label="保管場所", max_length=60)
    keeper = forms.CharField(label="保管責任者（職員番号）", max_length=20)
    reason = forms.CharField(label="用途", max_length=200)


class NoteForm(forms.Form):
    """A line of the book."""

    kind = forms.ChoiceField(label="出来事", choices=[c for c in MediumLine.KINDS if c[0] not in (MediumLine.REGISTER, MediumLine.WRITE)])
    counterpart = forms.CharField(label="相手", max_length=120, required=False, help_text="引渡し・返却のとき")
    text = forms.CharField(label="方法・状況", max_length=200, required=False, help_text="消去・廃棄の方法、紛失の状況")


def _content(medium: Medium) -> Cell:
    """What is on a medium now. The events were read with the list."""
    events = sorted(medium.lines.all(), key=lambda e: e.pk)
    written = [e for e in events if e.kind == MediumLine.WRITE]
    if not written or any(e.kind == MediumLine.ERASE and e.pk > written[-1].pk for e in events):
        return Cell("なし")
    return Cell(f"抽出 {written[-1].extract_id}（{cell(written[-1].due_on).text} までに消去）", tone="attention")


@screen("media.read")
def listing(request: StaffRequest) -> HttpResponse:
    """The book, and what should be erased and is not."""
    late = queries.media_overdue(request.actor, on=request.business_date)
    found = queries.media_list(request.actor, request.GET)
    rows = []
    for m in found.rows:
        last = max(m.lines.all(), key=lambda e: e.pk, default=None)
        rows.append(sheet.row(
            cell(m.code, reverse("medium", args=[m.code])), m.get_kind_display(), m.serial, m.place, m.keeper,
            Cell(m.get_state_display(), tone=TONES[m.state]), _content(m),
            f"{cell(last.at).text}　{last.get_kind_display()}" if last else None,
        ))  # fmt: skip
    found.rows = rows  # type: ignore[assignment]
    blocks: list[Any] = []
    if late:
        blocks.append(sheet.table(
            "消去が確認されていない媒体", ("媒体", "抽出", "書込み", "期限", "提供先"),
            [(cell(e.medium.code, reverse("medium", args=[e.medium.code])), cell(f"抽出 {e.extract_id}",
            reverse("extract", args=[e.extract_id])),
              e.at, Cell(cell(e.due_on).text, tone="bad"), e.counterpart) for e in late],
            note="消去を確認するまで、この媒体には書き込めません。",
        ))  # fmt: skip
    blocks.append(Rows(found, "媒体は登録されていません"))  # type: ignore[arg-type]
    links = [("媒体を登録する", reverse("medium_new"))] if request.actor.may("media.manage") else []
    return sheet.show(request, Sheet("電子媒体管理簿", blocks, links=links,
        intro="登録して標識を付けた媒体にだけ、暗号化したファイルを書き込みます。"))


@screen("media.manage")
def new(request: StaffRequest) -> HttpResponse:
    """Enter a medium."""
    form = MediumForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.register(by=request.actor, on=request.business_date, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"媒体 {made.code} を登録しました。媒体に標識を付けてください（手順は運用の手引き）。")
            return HttpResponseRedirect(reverse("medium", args=[made.code]))
    return sheet.show(request, Sheet("媒体の登録", [Ask("媒体", form, [("save", "登録する", False)], span=7)], up=UP))


@screen("media.read")
def detail(request: StaffRequest, code: str) -> HttpResponse:
    """A medium with its lines; who keeps the book enters new ones."""
    actor = request.actor
    form = NoteForm(request.POST or None)
    if request.method == "POST":
        actor.require("media.manage")
        if form.is_valid():
            try:
                actions.note(by=actor, on=request.business_date, code=code, **form.cleaned_data)
            except CodedError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, "記入しました。")
                return HttpResponseRedirect(reverse("medium", args=[code]))
    try:
        medium, events = queries.medium(actor, code)
    except Medium.DoesNotExist as error:
        raise Http404 from error
    names = core.staff_names([*(e.staff_no for e in events), medium.keeper, medium.registered_by])
    blocks: list[Any] = [
        sheet.facts(
            "媒体", ("種類", medium.get_kind_display()), ("製造番号等", medium.serial), ("保管場所", medium.place),
            ("保管責任者", names[medium.keeper]), ("用途", medium.reason), ("登録",
            f"{cell(medium.registered_on).text}　{names[medium.registered_by]}"),
            ("内容", _content(medium)), span=6,
        )
    ]  # fmt: skip
    if actor.may("media.manage") and medium.state != Medium.DESTROYED:
        blocks.append(Ask("記入", form, [("note", "記入する", False)], span=6, note="消去の確認は、書き込んだ本人にはできません。"))
    blocks.append(sheet.table(
        "記入の履歴", ("日時", "出来事", "職員", "抽出", "件数", "相手", "期限", "方法・備考", "SHA-256"),
        [(e.at, e.get_kind_display(), names[e.staff_no], name(e.extract_id), e.row_count, e.counterpart, e.due_on, e.note,
          Cell(e.sha256[:16] or "—", code=True)) for e in events],
    ))  # fmt: skip
    marks = [Cell(medium.get_state_display(), tone=TONES[medium.state])]
    return sheet.show(request, Sheet(f"媒体 {medium.code}", blocks, up=UP, marks=marks))
