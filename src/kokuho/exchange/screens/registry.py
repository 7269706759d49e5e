"""登録簿: systems that may connect and what may be given to them; both are entered here and confirmed by another person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core import era
from kokuho.core.actions.entries import submit
from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.exchange import queries, registry
from kokuho.exchange.models import ConnectedSystem, ReleaseRule
from kokuho.formats import library


class SystemForm(forms.Form):
    """A system that may connect."""

    code = forms.RegexField(r"^[a-z0-9-]{2,20}$", label="符号", help_text="半角の英小文字・数字。例 shuyaku")
    name = forms.CharField(label="名称", max_length=60)
    owner = forms.CharField(label="所管", max_length=60)
    purpose = forms.CharField(label="目的", max_length=200)
    routes = forms.MultipleChoiceField(label="経路", choices=ConnectedSystem.ROUTES, widget=forms.CheckboxSelectMultiple)
    public_key = forms.RegexField(
        r"^[0-9a-f]{64}$", label="署名の公開鍵", required=False,
        help_text="伝送で届くファイルの署名を確かめるEd25519の鍵（16進64桁）。登録すると、署名のないファイルは受け付けません。",
    )
    valid_from = DayField(label="開始日", help_text="R8.11.20 など")
    valid_until = DayField(label="終了日（その日から使えない）", required=False)
    reason = forms.CharField(label="理由", max_length=200)


class RuleForm(forms.Form):
    """A line of the registry. The layout is chosen before, so that its items can be ticked."""

    duty = forms.CharField(label="提供先の事務", max_length=100)
    kind = forms.ChoiceField(label="区分", choices=ReleaseRule.KINDS)
    items = forms.MultipleChoiceField(label="渡す項目", widget=forms.CheckboxSelectMultiple)
    basis = forms.CharField(label="根拠", max_length=200)
    purpose = forms.CharField(label="目的", max_length=200)
    frequency = forms.CharField(label="周期", max_length=40)
    approval_no = forms.CharField(label="承認番号", max_length=60, help_text="情報資産利用申請などの承認の番号")
    approved_on = DayField(label="承認日")
    release = forms.ChoiceField(label="送信の確認", choices=ReleaseRule.RELEASES)
    protected = forms.ChoiceField(label="支援措置対象者", choices=ReleaseRule.TREATMENTS)
    mark_item = forms.ChoiceField(label="印の項目", required=False)
    hidden_items = forms.MultipleChoiceField(label="空にする項目", required=False, widget=forms.CheckboxSelectMultiple)
    characters = forms.ChoiceField(
        label="文字の範囲", choices=ReleaseRule.CHARACTERS, required=False,
        help_text="提供先の扱えない文字は、文字変換表で置き換えて渡し、置換を記録します。"
    )
    valid_from = DayField(label="開始日", help_text="R8.11.20 など")
    valid_until = DayField(label="終了日（その日から使えない）", required=False)
    reason = forms.CharField(label="理由", max_length=200)

    def __init__(self, layout: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = [(f.name, f"{f.title}{'（必須）' if f.required else ''}") for f in _fields(layout)]
        self.fields["items"].choices = fields  # type: ignore[attr-defined]
        self.fields["mark_item"].choices = [("", "—"), *((f.name, f.title) for f in _fields(layout) if f.type == "flag")]  # type: ignore[attr-defined]
        self.fields["hidden_items"].choices = [(f.name, f.title) for f in _fields(layout) if not f.required]  # type: ignore[attr-defined]


def _fields(layout: str) -> Any:
    return registry.find_layout(layout).records["data"].fields


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """Form values as an entry's payload: days as text, nothing for what is empty."""
    days = {key: value.isoformat() if isinstance(value, date) else value for key, value in given.items()}
    return {key: value for key, value in days.items() if key != "reason" and value not in (None, "")}


def _send(request: StaffRequest, form: forms.Form, kind: str, title: str, payload: dict[str, Any]) -> HttpResponse | None:
    try:
        submit(
            by=request.actor, on=request.business_date, kind=kind, title=title, payload=payload, reason=form.cleaned_data["reason"]
        )
    except CodedError as error:
        form.add_error(None, f"{error.code} {error}")
        return None
    messages.success(request, "入力しました。別の職員の確認を待ちます。")
    return HttpResponseRedirect(reverse("exchange:registry"))


@screen("registry.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Systems and lines, with those no longer in force."""
    actor, on = request.actor, request.business_date
    with page(actor, "exchange.registry"):
        context = {"systems": queries.systems(actor, on=on), "rules": queries.rules(actor, on=on), "layouts": _layouts()}
    return render(request, "exchange/registry.html", context)


def _layouts() -> list[tuple[str, str]]:
    """Layouts that go out, for choosing one."""
    found = {versions[-1].id: versions[-1].title for versions in library().values() if versions[-1].direction != "in"}
    return sorted(found.items(), key=lambda pair: pair[1])


@screen("registry.read")
def rule(request: StaffRequest, rule_id: int) -> HttpResponse:
    """One line with its items."""
    try:
        row = queries.rule(request.actor, rule_id, on=request.business_date)
    except ReleaseRule.DoesNotExist as error:
        raise Http404 from error
    return render(request, "exchange/rule.html", {"row": row})


@screen("registry.enter")
def new_system(request: StaffRequest) -> HttpResponse:
    """Enter a system, or a new version of one (`?from=` its code)."""
    former = registry.system_on(request.GET.get("from", ""), request.business_date)
    initial = {} if former is None else {n: getattr(former, n) for n in ("code", "name", "owner", "purpose", "routes", "public_key")}
    form = SystemForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        payload = _plain(form.cleaned_data)
        if answer := _send(request, form, registry.SYSTEM, f"接続先 {payload['name']}", payload):
            return answer
    context = {"form": form, "title": "接続先を登録する"}
    return render(request, "exchange/registry_form.html", context, status=422 if form.errors else 200)


_CARRIED = (
    "duty", "kind", "items", "basis", "purpose", "frequency", "approval_no", "release", "protected", "mark_item", "hidden_items",
    "characters",
)  # fmt: skip


@screen("registry.enter")
def new_rule(request: StaffRequest) -> HttpResponse:
    """Enter a line for `?system=…&layout=…`; what is in force is filled in."""
    system, layout = request.GET.get("system", ""), request.GET.get("layout", "")
    receiver = registry.system_on(system, request.business_date)
    if receiver is None or layout not in dict(_layouts()):
        messages.error(request, "提供先とレイアウトを選んでください。")
        return HttpResponseRedirect(reverse("exchange:registry"))
    former = ReleaseRule.objects.filter(
        superseded_at__isnull=True, system=system, layout=layout, valid__contains=request.business_date
    ).first()
    initial: dict[str, Any] = {"items": [f.name for f in _fields(layout) if f.required]}
    if former is not None:
        initial = {name: getattr(former, name) for name in _CARRIED}
        initial["approved_on"] = era.short(former.approved_on)
    form = RuleForm(layout, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        payload = _plain(form.cleaned_data)
        payload |= {"system": system, "layout": layout, "carries_number": registry.NUMBER in payload["items"]}
        title = f"提供 {receiver.name} {dict(_layouts())[layout]}"
        if answer := _send(request, form, registry.RULE, title, payload):
            return answer
    context = {"form": form, "title": f"{receiver.name} への提供を登録する", "subtitle": dict(_layouts())[layout]}
    return render(request, "exchange/registry_form.html", context, status=422 if form.errors else 200)
