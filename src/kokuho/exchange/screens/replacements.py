"""文字の置換の記録: what became of the characters that a receiver does not know."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse

from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Cell
from kokuho.exchange import queries
from kokuho.exchange.reduction import MISSING


@screen("exchange.read")
def replacements(request: StaffRequest) -> HttpResponse:
    """Every replaced character, by file or by person."""
    actor = request.actor
    with page(actor, "exchange.replacements"):
        found = queries.replacements(actor, request.GET, on=request.business_date)
    rows = []
    for it in found.rows:
        one = it.row
        person = Cell(it.person.name, reverse("person", args=[one.atena_no])) if it.person else sheet.cell("")
        said = ("（表示しません）", "", "") if it.hidden else (one.original, Cell(one.points, code=True), one.replacement)
        rows.append(sheet.row(
            Cell(str(one.file_id), reverse("exchange:outbox_file", args=[one.file_id])), person, sheet.name(one.atena_no), it.item,
            one.position, *said, Cell(one.rule, tone="attention" if one.rule == MISSING else ""),
        ))  # fmt: skip
    found.rows = rows  # type: ignore[assignment]
    links = [("文字変換表", reverse("people:characters"))] if actor.may("master.read") else []
    return sheet.show(request, sheet.Sheet(
        "文字の置換の記録", [sheet.Rows(found, "置き換えた文字はありません")],  # type: ignore[arg-type]
        intro="提供先の扱えない文字を、送信ファイルでどの文字に置き換えたかの記録です。宛名の氏名・住所そのものは変えません。",
        up=(("送信ファイル", reverse("exchange:outbox")),), links=links,
    ))  # fmt: skip
