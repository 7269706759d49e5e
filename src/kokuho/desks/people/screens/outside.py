"""住登外者・法人・真正性の確認."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField, NumberField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people import queries
from kokuho.desks.people.actions import outside as actions
from kokuho.desks.people.models import AuthenticityCheck, Corporation, Person
from kokuho.desks.people.municipalities import HELP
from kokuho.desks.people.screens import opening

QUIET = {"autocomplete": "off"}


def _text(label: str, length: int = 200, required: bool = True, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=required, help_text=help_text, widget=forms.TextInput(attrs=QUIET)
    )


class PersonForm(forms.Form):
    """A person outside the register."""

    name = _text("氏名", 200)
    name_kana = _text("カナ", 200)
    birth_date = DayField(label="生年月日", help_text="S55.5.5 の形")
    sex = forms.ChoiceField(label="性別", choices=tuple(Person.SEX.items()))
    postal_code = forms.RegexField(
        r"^\d{7}$", label="郵便番号", help_text="7桁の数字", widget=forms.TextInput(attrs=QUIET)
    )
    municipality = _text(
        "市区町村", 60, required=False, help_text=f"{HELP}。登録の始まりの日の表で確かめ、住所の市区町村名を補います"
    )
    address = _text("住所", 200, help_text="市区町村を入力したときは、その後から")
    building = _text("方書", 100, required=False)
    household_no = NumberField(
        label="世帯番号", required=False, help_text="市内の世帯の人として扱うとき（擬制世帯主の転出など）"
    )
    why = forms.ChoiceField(label="登録する理由", choices=actions.WHY)
    since = DayField(label="いつから")
    reason = _text("根拠となる書類・届出", 200)
    anyway = forms.BooleanField(label="カナと生年月日の同じ人がいるが、別人と確かめた", required=False)


class CorporationForm(forms.Form):
    """A corporation or an office that the desks deal with."""

    kind = forms.TypedChoiceField(label="種別", choices=Corporation.KINDS, coerce=int)
    corporate_number = forms.RegexField(
        r"^\d{13}$",
        label="法人番号",
        required=False,
        help_text="13桁。ないときは空欄",
        widget=forms.TextInput(attrs=QUIET),
    )
    name = _text("名称", 200)
    name_kana = _text("名称カナ", 200)
    representative = _text("代表者", 100, required=False)
    postal_code = forms.RegexField(
        r"^\d{7}$", label="郵便番号", required=False, help_text="7桁の数字", widget=forms.TextInput(attrs=QUIET)
    )
    address = _text("所在地", 200, help_text="都道府県から")
    building = _text("方書", 100, required=False)
    phone = _text("電話番号", 20, required=False)
    since = DayField(label="いつから")
    reason = _text("根拠となる書類・届出", 200)


class CheckForm(forms.Form):
    """What the terminal of the basic resident registration network said."""

    checked_on = DayField(label="確認日")
    result = forms.ChoiceField(label="結果", choices=AuthenticityCheck.RESULTS)
    differing = forms.MultipleChoiceField(
        label="一致しない項目", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(word, word) for word in ("氏名", "生年月日", "性別", "住所", "個人番号")],
    )  # fmt: skip
    note = _text("備考", 200, required=False)


def _entered(request: StaffRequest, entry: Any, url: str) -> HttpResponse:
    waits = entry.state == entry.PENDING
    messages.success(request, "入力しました。別の職員の確認を待ちます。" if waits else "登録しました。")
    return HttpResponseRedirect(url)


def _asked(
    request: StaffRequest, form: forms.Form, title: str, enter: Any, done: str, **page_options: Any
) -> HttpResponse:
    """A page with one form; `enter(values, reason)` submits the entry."""
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data}
        reason = values.pop("reason", "")
        try:
            entry = enter(values, reason)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            return _entered(request, entry, done)
    blocks = [sheet.Ask("入力", form, (("enter", "入力する", False),), span=8), *page_options.pop("blocks", ())]
    return sheet.show(request, sheet.Sheet(title, blocks, **page_options))


@screen("person.change")
def new_person(request: StaffRequest) -> HttpResponse:
    """Enter a new 住登外者."""
    actor, on = request.actor, request.business_date
    form = PersonForm(request.POST or None, initial={"since": on})

    def enter(values: dict[str, Any], reason: str) -> Any:
        anyway = values.pop("anyway")
        return actions.enter_person(by=actor, on=on, values=values, reason=reason, anyway=anyway)

    return _asked(
        request, form, "住登外者の登録", enter, reverse("entries"),
        intro="住民記録にない人（住所地特例の人、相続人、転出した擬制世帯主など）に、この市の番号を付けて登録します。",
    )  # fmt: skip


@screen("person.change")
def change_person(request: StaffRequest, atena_no: int) -> HttpResponse:
    """Enter what changed about a 住登外者."""
    actor, on = request.actor, request.business_date
    if not queries.is_outside(atena_no):
        raise Http404
    if alert := opening.alert(request, queries.person_protection(actor, atena_no)):
        return alert
    with page(actor, "people.outside", person=atena_no):
        now = queries.person_history(actor, atena_no, on=on)[0]
    initial = {
        "name": now.name, "name_kana": now.kana, "birth_date": now.birth_date, "address": now.address, "postal_code": now.postal_code,
        "household_no": now.household_no, "since": on,
    }  # fmt: skip
    form = PersonForm(request.POST or None, initial=initial)
    form.fields.pop("anyway")
    return _asked(
        request, form, "住登外者の変更",
        lambda values, reason: actions.enter_person(by=actor, on=on, values=values, atena_no=atena_no, reason=reason),
        reverse("person", args=[atena_no]), intro=f"{now.name}　宛名番号 {atena_no}",
        up=(("個人", reverse("person", args=[atena_no])),),
    )  # fmt: skip


@screen("person.change", past=True)
def authenticity(request: StaffRequest, atena_no: int) -> HttpResponse:
    """The 真正性の確認 of a 住登外者: what was found before, and a new result."""
    actor, on = request.actor, request.business_date
    if not queries.is_outside(atena_no):
        raise Http404
    if alert := opening.alert(request, queries.person_protection(actor, atena_no)):
        return alert
    with page(actor, "people.authenticity", person=atena_no):
        now = queries.person_history(actor, atena_no, on=on)[0]
        before = queries.checks(actor, atena_no)
    table = sheet.table(
        "これまでの確認", ("確認日", "職員", "結果", "一致しない項目", "備考"),
        ((row.checked_on, row.checked_name, sheet.Cell(row.result, tone="good" if row.agrees else "attention"), row.differing, row.note)
         for row in before),
        empty="確認の記録はありません。個人番号は「未確認」として扱います。", span=12,
    )  # fmt: skip
    return _asked(
        request, CheckForm(request.POST or None, initial={"checked_on": on}), "真正性の確認",
        lambda values, reason: actions.enter_check(by=actor, on=on, atena_no=atena_no, values=values, reason="住基ネットの端末で確認"),
        reverse("people:authenticity", args=[atena_no]), blocks=[table],
        intro=f"{now.name}　宛名番号 {atena_no}　住基ネットの統合端末で確かめた結果を記録します。",
        up=(("個人", reverse("person", args=[atena_no])),),
    )  # fmt: skip


@screen("person.search", past=True)
def corporations(request: StaffRequest) -> HttpResponse:
    """The list of corporations."""
    with page(request.actor, "people.corporations"):
        found = queries.corporations(request.actor, request.GET, on=request.business_date)
    rows = [
        sheet.row(
            sheet.name(row.atena_no), row.get_kind_display(), sheet.Cell(row.name, reverse("people:corporation", args=[row.atena_no])),
            sheet.name(row.corporate_number), row.representative, f"{row.address} {row.building}".strip(), row.phone,
        )
        for row in found.rows
    ]  # fmt: skip
    found.rows = rows  # type: ignore[assignment]
    links = []
    if request.actor.may("person.change"):
        links = [
            ("法人を登録する", reverse("people:corporation_new")), ("住登外者を登録する", reverse("people:outside_new"))
        ]  # fmt: skip
    return sheet.show(request, sheet.Sheet(
        "法人・関係機関", [sheet.Rows(found, "登録された法人はありません")],  # type: ignore[arg-type]
        intro="事業所・施設・保険者・金融機関・弁護士など。納税管理人や送付先の相手としても使います。", links=links,
    ))  # fmt: skip


@screen("person.change")
def new_corporation(request: StaffRequest) -> HttpResponse:
    """Enter a new corporation."""
    actor, on = request.actor, request.business_date
    return _asked(
        request, CorporationForm(request.POST or None, initial={"since": on}), "法人・関係機関の登録",
        lambda values, reason: actions.enter_corporation(by=actor, on=on, values=values, reason=reason),
        reverse("people:corporations"), up=(("法人・関係機関", reverse("people:corporations")),),
    )  # fmt: skip


@screen("person.change", past=True)
def corporation(request: StaffRequest, atena_no: int) -> HttpResponse:
    """A corporation with its history; enter what changed."""
    actor, on = request.actor, request.business_date
    with page(actor, "people.corporation", number=atena_no):
        try:
            rows = queries.corporation(actor, atena_no)
        except Corporation.DoesNotExist as error:
            raise Http404 from error
    now = rows[0]
    table = sheet.table(
        "履歴", ("いつから", "名称", "代表者", "所在地", "法人番号"),
        ((row.valid.lower, row.name, row.representative, row.address, sheet.name(row.corporate_number)) for row in rows),
        span=12,
    )  # fmt: skip
    initial = {**{name: getattr(now, name) for name in CorporationForm.base_fields if hasattr(now, name)}, "since": on}
    return _asked(
        request, CorporationForm(request.POST or None, initial=initial), now.name,
        lambda values, reason: actions.enter_corporation(by=actor, on=on, values=values, atena_no=atena_no, reason=reason),
        reverse("people:corporation", args=[atena_no]), intro=f"宛名番号 {atena_no}　変わったことを入力します。", blocks=[table],
        up=(("法人・関係機関", reverse("people:corporations")),),
        links=(("送付先・連絡先・口座など", reverse("people:registered", args=[atena_no])),),
    )  # fmt: skip
