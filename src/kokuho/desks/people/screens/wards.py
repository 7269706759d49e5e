"""区間異動の一覧."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people.actions import wards as actions
from kokuho.desks.people.queries import wards


@screen("person.read", past=True)
def moves(request: StaffRequest) -> HttpResponse:
    """Moves between 行政区 with who is in charge before and after."""
    actor, on = request.actor, request.business_date
    if request.method == "POST":
        count = actions.find(by=actor, on=on, origin="screen")
        messages.success(request, f"住民記録の履歴と比べました。新しい区間異動は {count:,} 人です。")
        return HttpResponseRedirect(reverse("people:ward_moves"))
    with page(actor, "people.ward_moves"):
        found = wards.ward_moves(actor, request.GET, on=on)

    def row(entry: wards.WardMoveRow) -> list[sheet.Cell]:
        it, who = entry.move, entry.person
        return sheet.row(
            it.moved_on, sheet.name(it.household_no, reverse("household", args=[it.household_no])),
            sheet.Cell(who.name if who else str(it.atena_no), reverse("person", args=[it.atena_no])), it.from_ward, it.to_ward,
            sheet.Cell(entry.before.words if entry.before else "—", fine=True),
            sheet.Cell(entry.after.words if entry.after else "—", fine=True),
        )  # fmt: skip

    found.rows = [row(entry) for entry in found.rows]  # type: ignore[misc]
    blocks = [sheet.Rows(found, "区間異動はありません")]  # type: ignore[arg-type]
    if actor.may("person.work"):
        note = "町名の行政区を直したときなどに、全員の履歴から区間異動を見つけ直します。"
        blocks.append(sheet.Ask("見つけ直す", forms.Form(), (("find", "見つけ直す", False),), note=note))  # type: ignore[arg-type]
    return sheet.show(request, sheet.Sheet(
        "区間異動", blocks,
        intro="市の中で行政区が変わった転居です。資格は変わりません。担当の引継ぎは宛名異動に出ます。",
        links=(("行政区の担当", reverse("people:master", args=["wards"])),) if actor.may("master.read") else (),
    ))  # fmt: skip
