"""名寄せ: the candidates, joining two numbers, separating them again."""

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
from kokuho.core.screens.fields import NumberField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people import queries
from kokuho.desks.people.actions import joining as actions
from kokuho.desks.people.queries import PersonView
from kokuho.desks.people.screens import opening


class JoinForm(forms.Form):
    """Which numbers are one person, and how that was made sure."""

    old_no = NumberField(label="旧番号（使わなくなる番号）")
    new_no = NumberField(label="新番号（今後使う番号）")
    reason = forms.CharField(
        label="同じ人と確かめた方法", max_length=200, help_text="本籍・4情報・本人への確認など",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class SeparateForm(forms.Form):
    """Why the two are different people after all."""

    reason = forms.CharField(
        label="別の人と分かった理由", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def _cells(person: PersonView) -> tuple[Any, ...]:
    place = "支援措置のため表示しません" if person.address_hidden else person.address or person.moved_to_address
    return (
        sheet.Cell(f"{person.name}（{person.kana}）", reverse("person", args=[person.atena_no])), sheet.name(person.atena_no),
        person.state_label, person.sex, person.birth_date, place,
    )  # fmt: skip


@screen("person.change")
def candidates(request: StaffRequest) -> HttpResponse:
    """Pairs of numbers that may be one person."""
    actor = request.actor
    with page(actor, "people.joins"):
        found = queries.join_candidates(actor, on=request.business_date)
    rows = []
    for pair in found.pairs:
        link = f"{reverse('people:join')}?old={pair.older.atena_no}&new={pair.newer.atena_no}"
        agree = "、".join(
            ["カナ・生年月日", *(["性別"] if pair.same_sex else []), *(["住所"] if pair.same_place else [])]
        )
        old, new = _cells(pair.older), _cells(pair.newer)
        compare = sheet.Cell("比べる", link) if actor.may("person.change") else ""
        rows.append((old[0], old[1], old[2], new[0], new[1], new[2], old[4], agree, compare))
    title = f"候補 {len(rows)}組" if found.counted <= len(rows) else f"候補 {found.counted:,}組のうち確からしい {len(rows)}組"
    table = sheet.table(
        title, ("旧番号の人", "宛名番号", "状態", "新番号の人", "宛名番号", "状態", "生年月日", "一致する項目", ""), rows,
        empty="候補はありません。" if found.counted_at else "まだ一度も数えていません。",
    )  # fmt: skip
    told = f"{sheet.cell(found.counted_at).text} に全件を調べた結果です。" if found.counted_at else ""
    again = sheet.Ask(
        "候補を数え直す", forms.Form(), (("count", "数え直す", False),), reverse("people:joins_count"),
        note=f"{told}毎夜、数え直します。"
    )
    return sheet.show(request, sheet.Sheet(
        "名寄せ", [table, again] if actor.may("person.change") else [table],
        links=(("番号を指定して名寄せする", reverse("people:join")),) if actor.may("person.change") else (),
        intro="カナと生年月日が同じで、一方が現住でない番号の組です。同じ人と確かめてから名寄せします。自動では名寄せしません。",
    ))  # fmt: skip


@screen("person.change")
@require_POST
def count(request: StaffRequest) -> HttpResponse:
    """Look through the whole register now."""
    run = actions.count_candidates(by=request.actor, on=request.business_date)
    messages.success(request, f"数え直しました。候補 {run.results['found']:,}組")
    return HttpResponseRedirect(reverse("people:joins"))


@screen("person.change")
def join(request: StaffRequest) -> HttpResponse:
    """Two numbers side by side, and entering that they are one person."""
    actor, on = request.actor, request.business_date
    asked = {name: request.GET.get(key, "") for name, key in (("old_no", "old"), ("new_no", "new"))}
    numbers = [int(text) for text in asked.values() if text.isascii() and text.isdigit() and len(text) < 16]
    if numbers and (alert := opening.alert(request, queries.person_protection(actor, *numbers))):
        return alert
    form = JoinForm(request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        try:
            entry = actions.enter_join(by=actor, on=on, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                "入力しました。別の職員の確認を待ちます。" if entry.state == entry.PENDING else "名寄せしました。",
            )
            return HttpResponseRedirect(reverse("people:joins"))
    blocks: list[Any] = []
    if numbers:
        with page(actor, "people.join", numbers=numbers):
            found = queries.persons(actor, numbers, on=on)
        blocks.append(sheet.table(
            "比べる", ("氏名", "宛名番号", "状態", "性別", "生年月日", "住所"),
            (_cells(found[number]) for number in numbers if number in found),
        ))  # fmt: skip
    blocks.append(sheet.Ask("名寄せ", form, (("enter", "入力する", False),), span=8))
    return sheet.show(request, sheet.Sheet(
        "番号の名寄せ", blocks, up=(("名寄せ", reverse("people:joins")),),
        intro="旧番号の記録は書き換えません。確認の後は、旧番号で探しても新番号の人が開き、両方の記録が見えます。後で解消できます。",
    ))  # fmt: skip


@screen("person.change")
def separate(request: StaffRequest, atena_no: int) -> HttpResponse:
    """Enter that a joined number is another person after all. `atena_no` is the old number."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, queries.person_protection(actor, atena_no)):
        return alert
    current, _ = queries.numbers_of(atena_no, on=on)
    form = SeparateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            entry = actions.enter_separation(by=actor, on=on, old_no=atena_no, reason=form.cleaned_data["reason"])
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                "入力しました。別の職員の確認を待ちます。" if entry.state == entry.PENDING else "解消しました。",
            )
            return HttpResponseRedirect(reverse("person", args=[current]))
    about = sheet.facts("名寄せ", ("旧番号", sheet.name(atena_no)), ("新番号", sheet.name(current)), span=6)
    ask = sheet.Ask("解消する", form, (("enter", "入力する", True),), span=6)
    return sheet.show(request, sheet.Sheet(
        "名寄せの解消", [about, ask], up=(("個人", reverse("person", args=[current])),),
        intro="確認の後は、二つの番号が別の人に戻ります。",
    ))  # fmt: skip
