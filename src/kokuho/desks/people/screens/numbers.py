"""個人番号の登録 at the counter, its confirmation, and the 確認リスト. No page shows a number: it is typed, compared, and gone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from kokuho.core import vault_proposals
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.coded import CodedError
from kokuho.core.models import Entry
from kokuho.core.queries import entries as core
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.entry_words import WordForm, identity_words
from kokuho.core.screens.guard import screen
from kokuho.core.screens.identity import IdentityForm, PaperForm
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Rows, Say, Sheet
from kokuho.desks.people import queries
from kokuho.desks.people.actions import numbers as actions
from kokuho.desks.people.models import NumberDoubt
from kokuho.desks.people.screens import opening

_ORIGINS = {"counter": "窓口の入力", "review": "番号のない被保険者の調べ", "file": "受信ファイル", "entry": "入力"}
_TONES = {"same": "good", "variant": "good", "different": "bad", "blank": "attention", "hidden": "attention"}


def _number(label: str = "個人番号", **options: Any) -> forms.CharField:
    attrs = {"autocomplete": "off", "inputmode": "numeric"}
    return forms.CharField(label=label, max_length=12, min_length=12, widget=forms.PasswordInput(attrs=attrs), **options)


class NumberForm(PaperForm, IdentityForm):
    """The number and the four items of the paper, and the record of the identity check."""

    number = _number(help_text="画面に残りません。照合の後は、もう一度入力します。")
    source = forms.ChoiceField(label="個人番号を確かめた書類", choices=actions.SOURCES)
    field_order = ("number", "source", "name", "sex", "birth_date", "address", "decision")


class MatchForm(WordForm):
    """The second person's typing of the same number."""

    number = _number("書類の個人番号", required=False, help_text="確認するときは、書類を見て入力してください。")
    field_order = ("number", "reason")


class DecideForm(forms.Form):
    """How a case is decided, and what was found out."""

    outcome = forms.ChoiceField(label="決定", widget=forms.RadioSelect)
    reason = forms.CharField(label="確かめたこと", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


@screen("mynumber.enter")
@sensitive_post_parameters("number")
def enter(request: StaffRequest, atena_no: int) -> HttpResponse:
    """Type number and four items; see every difference; save, or put the conflict on the list."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, queries.person_protection(actor, atena_no)):
        return alert
    form = NumberForm(request.POST or None)
    blocks: list[Any] = []
    buttons = [("compare", "照合する", False), ("save", "登録を入力する", False)]
    with page(actor, "people.number", person=atena_no):
        person = queries.persons(actor, [atena_no], on=on).get(atena_no)
        if person is None:
            raise Http404
        state = queries.number_states(actor, [atena_no])[atena_no]
    if request.method == "POST" and form.is_valid():
        typed, act = form.cleaned_data, request.POST.get("act", "")
        try:
            if act == "list":
                actions.list_conflict(by=actor, on=on, atena_no=atena_no, number=typed["number"])
                messages.success(request, "確認リストに載せました。二人で決めるまで、個人番号は変わりません。")
                return HttpResponseRedirect(reverse("mynumber_review"))
            if act == "save":
                actions.enter(
                    by=actor, on=on, atena_no=atena_no, number=typed["number"], typed=form.paper(), source=typed["source"],
                    decision=typed["decision"], identity=form.identity(),
                )  # fmt: skip
                messages.success(request, "入力しました。別の職員の確認を待ちます。")
                return HttpResponseRedirect(reverse("person", args=[atena_no]))
        except CodedError as error:
            form.add_error("decision" if error.code == "ENTRY-04" else None, str(error))
        try:
            compared, items = actions.compare(by=actor, on=on, atena_no=atena_no, number=typed["number"], typed=form.paper())
        except CodedError as error:
            form.add_error("number", str(error))
        else:
            if compared.state in (vault_proposals.CHANGED, vault_proposals.SHARED):
                buttons.append(("list", "確認リストに載せる", True))
            blocks += _comparison(compared, items)
    blocks.append(Ask("登録する内容", form, buttons, span=8, note="照合だけでは何も登録しません。個人番号は記録にも残りません。"))
    return sheet.show(request, Sheet(
        "個人番号の登録", blocks, intro=f"{person.name}　宛名番号 {atena_no}　個人番号：{state}",
        up=(("個人", reverse("person", args=[atena_no])),),
    ))  # fmt: skip


def _comparison(compared: vault_proposals.Compared, items: list[queries.FourItem]) -> list[Any]:
    other = f"（宛名番号 {compared.other_no}）" if compared.other_no else ""
    rows: list[tuple[Any, ...]] = [("個人番号", "（入力した番号）", "—", Cell(
        f"{compared.words}{other}", tone="good" if compared.state in (vault_proposals.SAME, vault_proposals.NEW) else "bad"
    ))]  # fmt: skip
    rows += [(item.label, item.typed, item.registered, Cell(item.words, tone=_TONES[item.state])) for item in items]
    differs = compared.state in (vault_proposals.CHANGED, vault_proposals.SHARED) or not all(item.agrees for item in items)
    said = Say("違いがあります", "まだ何も登録していません。書類と人を確かめてください。", "attention") if differs else Say(
        "違いはありません", "まだ何も登録していません。登録するには、個人番号をもう一度入力してください。"
    )
    return [said, sheet.table("照合の結果", ("項目", "書類", "登録", "結果"), rows)]


def _origin(text: str) -> str:
    kind, _, number = text.partition(":")
    return f"{_ORIGINS.get(kind, kind)} {number}".strip()


@screen("mynumber.review")
@sensitive_post_parameters("number")
def entry(request: StaffRequest, entry_id: int) -> HttpResponse:
    """An entered number, for the second person: what was shown to the first, and the number typed once more."""
    actor, on = request.actor, request.business_date
    form = MatchForm(request.POST or None)
    try:
        concerned = core.entry_persons(actor, entry_id)
        if alert := opening.alert(request, queries.person_protection(actor, *concerned)):
            return alert
        with page(actor, "people.number_entry", entry=entry_id):
            row, _, lines = core.entry(actor, entry_id, on=on)
            person = queries.persons(actor, concerned, on=on)[concerned[0]]
    except Entry.DoesNotExist as error:
        raise Http404 from error
    if row.entry.kind != actions.NUMBER:
        raise Http404
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, row.entry, form.cleaned_data)
        except CodedError as error:
            form.add_error("number" if error.code.startswith("MYNUM") else None, str(error))
        else:
            return HttpResponseRedirect(reverse("entries"))
    blocks: list[Any] = [
        sheet.facts("入力", ("氏名", person.name), ("宛名番号", sheet.name(concerned[0])), ("入力", sheet.act(row.entry.entered_at,
            row.entered_name)), ("状態", row.entry.get_state_display()), *identity_words(row.entry.evidence), span=5),
        sheet.table("照合の記録", ("項目", "前", "後", "備考"), [(li.label, li.before, li.after, li.note) for li in lines], span=7),
    ]  # fmt: skip
    if row.decidable:
        buttons = [("confirm", "一致を確かめて登録する", False), ("return", "差し戻す", True)]
        blocks.append(Ask("確認", form, buttons, span=7, note="入力された番号は表示しません。書類から入力した番号との一致で確かめます。"))
    elif row.own and row.entry.state == Entry.PENDING:
        blocks.append(Ask("取下げ", WordForm(request.POST or None), [("withdraw", "取り下げる", True)], span=7))
    return sheet.show(request, Sheet("個人番号の登録の確認", blocks, up=(("確認待ち", reverse("entries")),)))


def _decide(request: StaffRequest, found: Entry, given: dict[str, Any]) -> None:
    actor, on, act = request.actor, request.business_date, request.POST.get("act", "")
    if act == "confirm":
        if not vault_proposals.match(actor, found.payload["proposal"], given["number"] or ""):
            raise actions.NumberError("MYNUM-05-MATCH", "入力された個人番号と一致しません。書類を確かめ、誤りであれば差し戻してください。")
        pending.confirm(by=actor, on=on, entry_id=found.pk, decision=given["reason"])
        messages.success(request, "登録しました。")
    elif act == "return":
        pending.return_(by=actor, on=on, entry_id=found.pk, reason=given["reason"])
        messages.success(request, "差し戻しました。")
    elif act == "withdraw":
        pending.withdraw(by=actor, on=on, entry_id=found.pk, reason=given["reason"])
        messages.success(request, "取り下げました。")
    else:
        raise pending.EntryError("ENTRY-ACT", "画面のボタンから操作してください。")


@screen("mynumber.review")
def doubts(request: StaffRequest) -> HttpResponse:
    """確認リスト: cases that two persons decide."""
    actor = request.actor
    with page(actor, "people.number_doubts"):
        found = queries.number_doubts(actor, request.GET)
    rows = [
        sheet.row(
            Cell(str(row.pk), reverse("people:number_doubt", args=[row.pk])), sheet.name(row.atena_no),
            f"{row.code}　{row.get_code_display()}", sheet.name(row.other_no), _origin(row.origin), row.found_on,
            Cell(row.get_state_display(), tone="attention" if row.state == NumberDoubt.OPEN else "good"),
        )
        for row in found.rows
    ]  # fmt: skip
    found.rows = rows  # type: ignore[assignment]
    return sheet.show(request, Sheet(
        "個人番号の確認リスト", [Rows(found, "確認するものはありません")],  # type: ignore[arg-type]
        intro="個人番号がない人、登録と違う番号が届いた人、他の人の番号が届いた人と、団体内統合宛名番号の食い違う人です。"
              "二人で決めるまで番号は変わらず、国保連合会への報告と統合宛名への登録に載りません。",
        up=(("安全管理", "/control/"),), links=(("番号のない被保険者を調べる", reverse("mynumber_look")),),
    ))  # fmt: skip


def _offer(found: NumberDoubt, shown: bool) -> list[tuple[str, Any]]:
    """The 団体内統合宛名番号 that was not linked, to those who may see such numbers."""
    if found.code not in NumberDoubt.OFFERS:
        return []
    number = sheet.name(found.offered) if shown else actions.INTEGRATED_HIDDEN
    return [("届いた団体内統合宛名番号", number), ("付番年月日", found.offered_from)]


def _integrated(actor: Actor, concerned: list[int]) -> dict[int, str]:
    """The 団体内統合宛名番号 in force of these persons, to those who may see such numbers."""
    if not actor.may("mynumber.integrated"):
        return dict.fromkeys(concerned, actions.INTEGRATED_HIDDEN)
    held = {row.atena_no: row.number for row in queries.integrated_numbers(actor, concerned) if row.valid.upper is None}
    return {atena: held.get(atena, "未登録") for atena in concerned}


@screen("mynumber.review")
def doubt(request: StaffRequest, doubt_id: int) -> HttpResponse:
    """One case with the persons it concerns, and how it shall be decided."""
    actor, on = request.actor, request.business_date
    try:
        found = queries.number_doubt(actor, doubt_id)
    except NumberDoubt.DoesNotExist as error:
        raise Http404 from error
    concerned = [n for n in (found.atena_no, found.other_no) if n]
    if alert := opening.alert(request, queries.person_protection(actor, *concerned)):
        return alert
    form = DecideForm(request.POST or None)
    form.fields["outcome"].choices = actions.outcomes(found)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide(by=actor, on=on, doubt_id=doubt_id, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "決定を入力しました。別の職員の確認を待ちます。")
            return HttpResponseRedirect(reverse("mynumber_review"))
    offer = found.code in NumberDoubt.OFFERS
    with page(actor, "people.number_doubt", doubt=doubt_id):
        known = queries.persons(actor, concerned, on=on)
        states = _integrated(actor, concerned) if offer else queries.number_states(actor, concerned)
        waiting = core.entries_of(actor, [found.atena_no])
    link = actor.may("person.read")
    persons = [
        (sheet.name(n, reverse("person", args=[n]) if link else ""), known[n].name if n in known else "",
         known[n].birth_date if n in known else "", known[n].address if n in known else "", states[n])
        for n in concerned
    ]  # fmt: skip
    pending_here = [row for row in waiting if row.entry.kind == actions.DOUBT and row.entry.payload.get("doubt") == doubt_id]
    blocks: list[Any] = [
        sheet.facts("件", ("理由", f"{found.code}　{found.get_code_display()}"), ("出所", _origin(found.origin)),
                    ("見付けた日", found.found_on), *_offer(found, actor.may("mynumber.integrated")),
                    ("状態", found.get_state_display()), ("決定", dict(actions.OUTCOMES[found.code]).get(found.outcome)),
                    ("決定日", found.settled_on), span=4),
        sheet.table("関わる人", ("宛名番号", "氏名", "生年月日", "住所", "団体内統合宛名番号" if offer else "個人番号"), persons, span=8),
    ]  # fmt: skip
    if pending_here:
        blocks.append(sheet.table("確認を待つ決定", ("件名", "入力"), [
            (Cell(row.entry.title, row.url), sheet.act(row.entry.entered_at, row.entered_name)) for row in pending_here
        ]))  # fmt: skip
    elif found.state == NumberDoubt.OPEN and actor.may("mynumber.enter"):
        said = "入力した人と別の職員が確認したときに決まります。"
        blocks.append(Ask("決定を入力する", form, [("decide", "入力する", False)], span=8, note=said))
    return sheet.show(request, Sheet(
        f"{'団体内統合宛名番号' if offer else '個人番号'}の確認 {found.pk}", blocks, up=(("確認リスト", reverse("mynumber_review")),),
    ))  # fmt: skip
