"""統合宛名・住登外: what the systems of 宛名情報 were told, who is left out, whose number has not come. The registration itself is
ordered in `web.screens.federation`, which may hand it to a worker."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Cell
from kokuho.desks.people.queries import PersonView
from kokuho.exchange import outside_requests, queries, registry


def shown(person: PersonView | None) -> Cell:
    """A person as a cell that leads to their page; the name of a protected person only where it may be seen."""
    return sheet.cell("") if person is None else Cell(person.name, reverse("person", args=[person.atena_no]))


@screen("exchange.read")
def overview(request: StaffRequest) -> HttpResponse:
    """How the work stands with each receiver; who waits for an answer; who is left out."""
    actor, on = request.actor, request.business_date
    with page(actor, "exchange.addressees"):
        states = queries.addressee_states(actor)
        held = queries.addressees_held(actor, request.GET, on=on) if actor.may("person.read") else None
        waiting = queries.unanswered(actor, on=on) if actor.may("person.read") else []
        names = registry.system_names()
    review = reverse("mynumber_review") if actor.may("mynumber.review") else ""
    blocks: list[Any] = [sheet.table(
        "状況", ("提供先", "送った時点", "その後の宛名の異動", "回答待ち", "保留", "番号の食い違い"),
        [(Cell(state.title, f"{reverse('exchange:outbox')}?system={state.system}"), state.told_until or "まだ送っていません",
          state.changes, state.waiting, state.held,
          Cell(f"{state.doubted:,}", review, "attention" if state.doubted else "", numeric=True)) for state in states],
        note="宛名の異動は、毎日の定時処理と下のボタンで調べ、前に送った内容と違う人だけを送ります。",
    )]  # fmt: skip
    if actor.may("exchange.prepare") and actor.may("mynumber.report"):
        blocks.append(sheet.Ask(
            "団体内統合宛名への登録・変更", forms.Form(), (("", "差分の登録を作る", False),), action=reverse("atena_registration"), span=6,
            note="作ったファイルは、別の職員の確認の後に引き渡します。個人番号は作成のときに保管庫から取り出し、送信ファイルのほかに残しません。",
        ))  # fmt: skip
    if actor.may("exchange.prepare"):
        blocks.append(sheet.Ask(
            "住登外管理への登録・変更依頼", forms.Form(), (("", "差分の依頼を作る", False),),
            action=reverse("exchange:outside_requests"), span=6,
            note="ここで登録・変更した住登外者を依頼します。付けられた番号が届くと、ここで付けた番号と名寄せします。個人番号は載せません。",
        ))  # fmt: skip
    if waiting:
        blocks.append(sheet.table(
            "回答の届いていない人", ("氏名", "宛名番号", "提供先", "送信番号"),
            [(shown(person), sheet.name(atena), receiver, Cell(str(file), reverse("exchange:outbox_file", args=[file])))
             for atena, person, receiver, file in waiting],
            note="提供先ごとに、送信の古い順に100人まで。",
        ))  # fmt: skip
    if held is not None:
        rows = [
            sheet.row(row.issue.found_on, names.get(row.issue.system, row.issue.system), Cell(row.issue.code, code=True),
                      shown(row.person), sheet.name(row.issue.atena_no), row.issue.message, row.issue.closed_on)
            for row in held.rows
        ]  # fmt: skip
        held.rows = rows  # type: ignore[assignment]
        blocks.append(sheet.Rows(held, "保留している人はいません"))  # type: ignore[arg-type]
    return sheet.show(request, sheet.Sheet(
        "統合宛名・住登外", blocks, intro="宛名の登録・変更を統合宛名・住登外管理のシステムに知らせ、返ってきた番号を確かめます。",
        links=(("送信ファイル", reverse("exchange:outbox")), ("受信ファイル", reverse("exchange:inbox"))),
    ))  # fmt: skip


@screen("exchange.prepare")
@require_POST
def request_outside(request: StaffRequest) -> HttpResponse:
    """Prepare the requests about persons outside the register who were registered or changed here."""
    try:
        file = outside_requests.prepare(by=request.actor, on=request.business_date)
    except CodedError as error:
        messages.error(request, f"{error.code} {error}")
    else:
        if file is not None:
            messages.success(request, f"送信ファイルを作りました（送信番号 {file.pk}）。別の職員の確認を待ちます。")
            return HttpResponseRedirect(reverse("exchange:outbox_file", args=[file.pk]))
        messages.success(request, "前に依頼してから、登録・変更した住登外者はいません。")
    return HttpResponseRedirect(reverse("exchange:addressees"))
