"""Backups: generations, their age, copies elsewhere, drills; recording a copy that arrived at its place."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import backup
from kokuho.core import queries as core
from kokuho.core.models import BackupEvent
from kokuho.core.queries import backups as queries
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Say, Sheet


class OffsiteForm(forms.Form):
    """A copy that lies elsewhere."""

    file_name = forms.ChoiceField(label="世代")
    sha256_there = forms.CharField(label="遠隔地で計算したSHA-256", max_length=64, min_length=64)
    place = forms.CharField(label="保管場所", max_length=120, help_text="国内の離れた場所")
    transport = forms.CharField(label="運び方", max_length=120)
    in_japan = forms.BooleanField(label="日本国内にある", required=False)


@screen("backup.read")
def status(request: StaffRequest) -> HttpResponse:
    """How the backups stand."""
    actor = request.actor
    form = OffsiteForm(request.POST or None)
    found = queries.backup_status(actor)
    form.fields["file_name"].choices = [(e.file_name, e.file_name) for e in found.generations]  # type: ignore[attr-defined]
    if request.method == "POST":
        actor.require("backup.run")
        if form.is_valid():
            try:
                backup.offsite(by=actor, **form.cleaned_data)
            except backup.BackupError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, "遠隔地の写しを登録しました。")
                return HttpResponseRedirect(reverse("backups"))
    events = queries.backup_events(actor, since=request.business_date - timedelta(days=400))
    names = core.staff_names([e.staff_no for e in events])

    def when(event: BackupEvent | None) -> Cell:
        return sheet.act(event.at, f"{'合格' if event.ok else '不合格'}　{event.file_name}") if event else Cell("まだない", tone="bad")

    blocks: list[object] = [Say("警告", warning, "bad") for warning in found.warnings]
    blocks.append(sheet.facts(
        "状況", ("最新の世代", when(found.last)), ("庁内の世代", len(found.generations)), ("遠隔地の写し", when(found.offsite)),
        ("復元訓練", when(found.drill)), span=6,
    ))  # fmt: skip
    if actor.may("backup.run"):
        blocks.append(Ask("遠隔地の写しを登録する", form, [("save", "登録する", False)], span=6))
    blocks.append(sheet.table(
        "記録", ("日時", "種類", "合否", "大きさ（バイト）", "秒", "職員", "ファイル", "場所・相違"),
        [(e.at, e.get_kind_display(), Cell("合格", tone="good") if e.ok else Cell("不合格", tone="bad"), e.size, round(e.seconds),
        names[e.staff_no],
          Cell(e.file_name, code=True), e.evidence.get("place") or "、".join(e.evidence.get("differences", ())[:3])) for e in events],
        note="バックアップは毎日、定時処理が取ります。手で取るときと復元訓練は、バックアップ・復元の担当が運用の手引きの手順で行います。",
    ))  # fmt: skip
    return sheet.show(request, Sheet("バックアップ", blocks, up=(("安全管理", "/control/"),)))
