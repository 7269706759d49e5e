"""照会: the list, a new one, one with its answers beside the person's data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.identity import PaperForm
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Rows, Say, Sheet
from kokuho.desks.people import queries
from kokuho.desks.people.actions import inquiries as actions
from kokuho.desks.people.models import Inquiry, InquiryAnswer
from kokuho.desks.people.screens import opening

TONES = {"sent": "active", "doubtful": "bad", "answered": "good", "closed": "quiet"}
QUIET = {"autocomplete": "off"}


def _text(label: str, length: int, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=required, help_text=help_text, widget=forms.TextInput(attrs=QUIET)
    )  # fmt: skip


class InquiryForm(forms.Form):
    """An inquiry: to whom, for what, which of the kind's items."""

    receiver = _text("照会先", 60, "部署まで。例：○○市 税務課長")
    postal_code = forms.RegexField(r"^\d{7}$", label="郵便番号", help_text="7桁の数字", widget=forms.TextInput(attrs=QUIET))
    receiver_place = _text("所在地", 100, "都道府県から")
    items = forms.MultipleChoiceField(label="回答を求める項目", widget=forms.CheckboxSelectMultiple)
    purpose = _text("照会の理由", 200)
    due_on = DayField(label="回答の期限", required=False, help_text="空欄のときは種類ごとの日数")


@screen("inquiry.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """Inquiries, newest first."""
    actor, on = request.actor, request.business_date
    with page(actor, "people.inquiries"):
        found = queries.inquiries(actor, request.GET, on=on)
    kinds = actions.inquiry_kinds()
    rows = [
        sheet.row(
            Cell(row.number, reverse("people:inquiry", args=[row.pk])), kinds[row.kind]["label"], sheet.name(row.atena_no), row.receiver,
            row.printed_on, Cell(sheet.cell(row.due_on).text, tone="bad" if row.due_on < on and row.state in ("sent", "doubtful") else ""),
            row.reminded_on, Cell(row.get_state_display(), tone=TONES[row.state]),
        )
        for row in found.rows
    ]  # fmt: skip
    found.rows = rows  # type: ignore[assignment]
    return sheet.show(request, Sheet(
        "照会", [Rows(found, "照会はありません")],  # type: ignore[arg-type]
        intro="他の市町村・保険者などへの照会です。決裁を終えたものだけが載り、照会文書を印刷できます。照会は個人の画面から入力します。",
    ))  # fmt: skip


@screen("inquiry.enter")
def new(request: StaffRequest, atena_no: int, kind: str = "") -> HttpResponse:
    """Enter an inquiry about a person, for a second person to decide."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, queries.person_protection(actor, atena_no)):
        return alert
    with page(actor, "people.inquiry_new", person=atena_no):
        person = queries.persons(actor, [atena_no], on=on).get(atena_no)
    kinds = actions.inquiry_kinds()
    if person is None or (kind and kind not in kinds):
        raise Http404
    up = (("個人", reverse("person", args=[atena_no])), ("照会", reverse("people:inquiries")))
    intro = f"{person.name}　宛名番号 {atena_no}"
    if not kind:
        rows = [
            (Cell(entry["label"], reverse("people:inquiry_new", args=[atena_no, code])), entry["basis"], "、".join(entry["items"].values()))
            for code, entry in kinds.items()
        ]  # fmt: skip
        choose = sheet.table("種類を選ぶ", ("種類", "根拠", "求められる項目"), rows)
        return sheet.show(request, Sheet("照会の種類", [choose], intro=intro, up=up))
    form = InquiryForm(request.POST or None)
    form.fields["items"].choices = list(kinds[kind]["items"].items())  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.enter(by=actor, on=on, kind=kind, atena_no=atena_no, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "入力しました。決裁されると、照会文書を印刷できます。")
            return HttpResponseRedirect(reverse("entry", args=[made.pk]))
    said = "照会文書には、宛名番号・氏名・生年月日・住所・性別と、選んだ項目だけを載せます。"
    ask = Ask("照会の内容", form, [("enter", "決裁に回す", False)], span=8, note=said)
    return sheet.show(request, Sheet(kinds[kind]["label"], [ask], intro=intro, up=up))


def _answer_form(found: Inquiry) -> type[forms.Form]:
    items = actions.inquiry_kinds()[found.kind]["items"]
    fields: dict[str, Any] = {"received_on": DayField(label="回答の受付日")}
    fields |= {f"value_{item}": _text(f"回答　{items[item]}", 100, required=False) for item in found.items}
    made = type("AnswerForm", (PaperForm,), fields)
    del made.base_fields["decision"]  # type: ignore[attr-defined]
    return made


class CloseForm(forms.Form):
    """How it ended."""

    result = _text("問い合わせた結果", 200)


@screen("inquiry.read", past=True)
def detail(request: StaffRequest, inquiry_id: int) -> HttpResponse:
    """One inquiry: what was asked, the person's data and each answer side by side, the next step."""
    actor, on = request.actor, request.business_date
    try:
        found, _ = queries.inquiry(actor, inquiry_id)
    except Inquiry.DoesNotExist as error:
        raise Http404 from error
    if alert := opening.alert(request, queries.person_protection(actor, found.atena_no)):
        return alert
    act = request.POST.get("act", "")
    answer = _answer_form(found)(request.POST if act == "answer" else None, initial={"received_on": on})
    closing = CloseForm(request.POST if act == "close" else None)
    form = answer if act == "answer" else closing
    if request.method == "POST" and form.is_valid():
        try:
            if act == "answer":
                _answer(request, found, answer)
            else:
                actions.close(by=actor, on=on, inquiry_id=inquiry_id, result=form.cleaned_data["result"])
                messages.success(request, "終了しました。")
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("people:inquiry", args=[inquiry_id]))
    with page(actor, "people.inquiry", inquiry=inquiry_id):
        found, answers = queries.inquiry(actor, inquiry_id)
        person = queries.persons(actor, [found.atena_no], on=on)[found.atena_no]
    blocks = _blocks(found, answers, person)
    if found.state in (Inquiry.SENT, Inquiry.DOUBTFUL) and actor.may("inquiry.enter"):
        blocks.append(Ask("回答を入力する", answer, [("answer", "照合して記録する", False)], span=7))
        blocks.append(Ask("終了する", closing, [("close", "終了する", True)], span=5))
        post = reverse("inquiry_letter", args=[inquiry_id])
        buttons = [("letter", "印刷する", False), ("reminder", "督促を印刷する", False)]
        blocks.append(Ask("照会文書", forms.Form(), buttons, action=post, span=5))
    return sheet.show(request, Sheet(
        f"照会 {found.number}", blocks, up=(("照会", reverse("people:inquiries")), ("個人", reverse("person", args=[found.atena_no]))),
        marks=[Cell(found.get_state_display(), tone=TONES[found.state])],
    ))  # fmt: skip


def _answer(request: StaffRequest, found: Inquiry, answer: Any) -> None:
    """Record an answer and say whether it may be used."""
    given = answer.cleaned_data
    made = actions.answer(
        by=request.actor, on=request.business_date, inquiry_id=found.pk, received_on=given["received_on"], four=answer.paper(),
        values={item: given[f"value_{item}"] for item in found.items},
    )  # fmt: skip
    if made.agrees:
        messages.success(request, "回答を記録しました。")
    else:
        messages.error(request, "回答の4情報が本人と合いません。回答は用いず、問い合わせとして残しました。")


def _blocks(found: Inquiry, answers: Sequence[InquiryAnswer], person: queries.PersonView) -> list[Any]:
    """What was asked, the person's data, and each answer beside them."""
    kind = actions.inquiry_kinds()[found.kind]
    blocks: list[Any] = []
    if found.state == Inquiry.DOUBTFUL:
        blocks.append(Say("問い合わせ", "回答の4情報が本人と合いません。照会先に問い合わせ、結果を入力してください。", "bad"))
    blocks += [
        sheet.facts("照会", ("種類", kind["label"]), ("照会先", f"{found.receiver}　{found.receiver_place}"), ("理由", found.purpose),
                    ("求めた項目", [kind["items"][item] for item in found.items]), ("決裁日", found.decided_on),
                    ("印刷日", found.printed_on), ("回答の期限", found.due_on),
                    ("督促日", found.reminded_on), ("終了の結果", found.result), span=6),
        sheet.facts("登録されている本人", ("氏名", person.name), ("性別", person.sex), ("生年月日", person.birth_date), ("住所",
            person.address), ("宛名番号", sheet.name(found.atena_no)), span=6),
    ]  # fmt: skip
    for made in answers:
        rows: list[tuple[Any, ...]] = [
            (label, typed, Cell(words, tone="bad" if words == "不一致" else "")) for label, typed, words in made.four
        ]  # fmt: skip
        rows += [(kind["items"].get(item, item), value, "") for item, value in made.values.items()]
        title = f"回答（{sheet.cell(made.received_on).text}受付）" + ("" if made.agrees else "　用いていません")
        blocks.append(sheet.table(title, ("項目", "回答", "照合"), rows))
    return blocks
