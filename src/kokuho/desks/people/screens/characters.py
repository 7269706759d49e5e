"""文字変換表 and what a text becomes on a channel that knows fewer characters."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from kokuho.core import era
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people.queries import characters as queries

REPERTOIRES = (("jisx0208", "JIS第1・第2水準（銀行・旧システム）"), ("jisx0213", "JIS第3・第4水準まで"), ("cp932", "Windows-31J（CP932）"))


class TextForm(forms.Form):
    """A text and the characters that a channel knows."""

    text = forms.CharField(label="文字", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    repertoire = forms.ChoiceField(label="相手の文字の範囲", choices=REPERTOIRES)


@screen("master.read")
def characters(request: StaffRequest) -> HttpResponse:
    """The rules of the city's table, and a text looked at."""
    actor, on = request.actor, request.business_date
    form = TextForm(request.GET if "text" in request.GET else None)
    blocks: list[Any] = [sheet.Ask("変換を確かめる", form, (("", "確かめる", False),), kind="look")]
    with page(actor, "people.characters"):
        if form.is_bound and form.is_valid():
            found = queries.reduced(actor, form.cleaned_data["text"], form.cleaned_data["repertoire"], on=on)
            rows = ((it.original, sheet.Cell(it.points, code=True), it.replacement, it.rule) for it in found.changes)
            state = "すべての文字に対応があります。" if found.complete else "対応のない文字は〓になります。"
            blocks.append(sheet.table(
                f"変換後　{found.text}", ("元の文字", "コードポイント", "変換後", "根拠"), rows,
                empty="置き換わる文字はありません。", note=state,
            ))  # fmt: skip
        rules = queries.rules(actor, request.GET, on=on)
    rules.rows = [
        sheet.row(  # type: ignore[misc]
            it.get_kind_display(), sheet.Cell(it.source, code=True), queries.shown(it.source), sheet.Cell(it.target, code=True),
            queries.shown(it.target), era.short(it.valid.lower),
        )
        for it in rules.rows
    ]
    blocks.append(sheet.Rows(rules, "市の文字変換表は受け取っていません。製品の表で変換します"))  # type: ignore[arg-type]
    kept = actor.may("exchange.read")
    return sheet.show(request, sheet.Sheet(
        "文字変換表", blocks, up=(("共通マスタ", reverse("people:masters")),),
        links=(("置換の記録", reverse("exchange:replacements")),) if kept else (),
        intro="統合マスタから受け取った表（IF-07-1）です。市の表、製品の表の順に使います。氏名そのものは変えません。",
    ))  # fmt: skip
