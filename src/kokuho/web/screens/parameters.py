"""安全管理の設定: values, profiles, history, drift; asking for a change, which another person approves (OPS-07)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core import access, parameters
from kokuho.core.actions import parameters as actions
from kokuho.core.coded import CodedError
from kokuho.core.parameters import Definition
from kokuho.core.queries import parameters as queries
from kokuho.core.reads import page
from kokuho.core.screens.forms import ReasonForm
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest


@screen("parameter.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Every parameter by group; with a profile, what that says beside it."""
    profiles = parameters.raw()["profiles"]
    profile = request.GET.get("profile", "")
    profile = profile if profile in profiles else ""
    with page(request.actor, "parameters"):
        state = queries.parameter_state(request.actor)
        rows = queries.parameter_rows(request.actor, profile=profile)
    titles = parameters.raw()["groups"]
    groups = [(titles[key], list(found)) for key, found in groupby(rows, key=lambda row: row.definition.group)]
    context = {
        "groups": groups, "state": state, "profile": profile, "profiles": profiles.items(),
        "profile_name": profiles.get(state.profile, state.profile), "form": ReasonForm(auto_id="restore_%s"),
    }  # fmt: skip
    return render(request, "web/parameters.html", context)


@screen("parameter.read")
def changes(request: StaffRequest) -> HttpResponse:
    """What was changed, by whom, approved by whom, why."""
    return render(request, "web/parameter_changes.html", {"list": queries.parameter_changes(request.actor, request.GET)})


class ChangeForm(forms.Form):
    """The wanted value of one parameter, and why."""

    reason = forms.CharField(label="変更の理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, definition: Definition, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definition = definition
        self.fields["value"] = _field(definition)
        if definition.key.startswith("auth.factors."):
            self.fields["exception"] = forms.CharField(
                label="例外の決裁の番号", max_length=60, required=False,
                help_text="種類の異なる二つの手段にならない組合せを認めるときだけ入力します。例外として点検の対象になります。",
            )  # fmt: skip
        self.order_fields(["value", "exception", "reason"])

    def clean_value(self) -> Any:
        """The value as it would be stored."""
        try:
            return self.definition.parse(self.cleaned_data["value"])
        except CodedError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


def _field(entry: Definition) -> forms.Field:
    help_text = entry.help
    if entry.kind == "int":
        help_text = f"{entry.minimum:,}から{entry.maximum:,}{entry.unit}。{'空欄は職員と同じ。' if entry.base else ''}{help_text}"
        return forms.CharField(label=f"{entry.label}（{entry.unit}）", required=not entry.base, help_text=help_text)
    if entry.kind == "flag":
        return forms.ChoiceField(label=entry.label, choices=(("true", "する"), ("false", "しない")), help_text=help_text)
    if entry.kind == "choice":
        return forms.ChoiceField(label=entry.label, choices=list(entry.options().items()), help_text=help_text)
    if entry.kind == "choices":
        return forms.MultipleChoiceField(
            label=entry.label, choices=list(entry.options().items()), required=False, help_text=help_text,
            widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip
    if entry.kind == "table":
        ticks = [(tick.field, tick.label) for row in _matrix(parameters.table({})) for tick in row.ticks if tick.offered]
        return forms.MultipleChoiceField(label=entry.label, choices=ticks, required=False, help_text=help_text)
    widget = forms.Textarea(attrs={"rows": 6}) if entry.kind == "text" else forms.TextInput()
    return forms.CharField(label=entry.label, widget=widget, help_text=help_text, required=entry.kind != "text")


def _initial(entry: Definition) -> dict[str, Any]:
    value = parameters.current().value(entry.key)
    if entry.kind == "flag":
        value = "true" if value else "false"
    elif entry.kind == "table":
        value = [f"{duty}{parameters.TICKED}{item}" for duty, listed in parameters.table(value).items() for item in listed]
    return {"value": value}


@dataclass(frozen=True, slots=True)
class Tick:
    """A field of the table of 事務 and 情報項目. `offered`: 個人番号 is not for a 事務 outside 番号法第9条. `product`: ticked in the
    table of the product."""

    field: str
    label: str
    offered: bool
    product: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class TickRow:
    """A 情報項目 with a field for each 事務."""

    words: str
    ticks: list[Tick]


def _matrix(ticked: Mapping[str, Collection[str]]) -> list[TickRow]:
    product = parameters.table({})
    return [
        TickRow(words, [
            Tick(
                f"{duty}{parameters.TICKED}{item}", f"{words}（{duty}）", item != "mynumber" or bool(entry.get("my_number")),
                item in product[duty], item in ticked.get(duty, ()),
            )
            for duty, entry in access.duties().items()
        ])
        for item, words in access.items().items()
    ]  # fmt: skip


def _as_ticked(fields: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field in fields:
        duty, _, item = field.partition(parameters.TICKED)
        found.setdefault(duty, []).append(item)
    return found


@screen("parameter.request")
def change(request: StaffRequest, key: str) -> HttpResponse:
    """Ask for another value of one parameter."""
    entry = parameters.catalogue().get(key)
    if entry is None or entry.elsewhere:
        raise Http404
    form = ChangeForm(entry, request.POST or None, initial=_initial(entry))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.request(
                by=request.actor, on=request.business_date, changes={key: form.cleaned_data["value"]},
                reason=form.cleaned_data["reason"], exception=form.cleaned_data.get("exception", ""),
            )  # fmt: skip
        except CodedError as error:
            form.add_error("exception" if error.code == "PARAM-FACTORS" else "value", str(error))
        else:
            messages.success(request, "変更を申請しました。別の職員が承認すると効力が生じます。")
            return HttpResponseRedirect(reverse("entry", args=[made.pk]))
    facts = [
        ("項目", entry.key), ("根拠となる措置", entry.control), ("今の値", entry.shown(parameters.current().value(key))),
        ("製品の既定", entry.shown(entry.default)),
    ]  # fmt: skip
    context = {
        "form": form, "title": f"設定の変更: {entry.label}", "facts": facts, "submit": "変更を申請する", "back": reverse("parameters"),
        "back_label": "安全管理の設定",
        "follows": "別の職員が承認すると、次の操作から新しい値になります。前後の値・理由・二人の職員が記録に残ります。",
    }  # fmt: skip
    if entry.kind == "table":
        context |= {"duties": list(access.duties()), "rows": _matrix(_as_ticked(form["value"].value() or ())), "bound": form["value"]}
    template = "web/parameter_table.html" if entry.kind == "table" else "web/form_page.html"
    return render(request, template, context, status=422 if form.errors else 200)


class ProfileForm(ReasonForm):
    """Which profile, and why."""

    profile = forms.ChoiceField(label="型")
    field_order = ("profile", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = [(code, text) for code, text in parameters.raw()["profiles"].items()]  # type: ignore[attr-defined]


@screen("parameter.request")
def profile(request: StaffRequest) -> HttpResponse:
    """Ask for the values of a published profile, all at once."""
    form = ProfileForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.request_profile(by=request.actor, on=request.business_date, **form.cleaned_data)
        except CodedError as error:
            form.add_error("profile", str(error))
        else:
            messages.success(request, "型の採用を申請しました。別の職員が承認すると効力が生じます。")
            return HttpResponseRedirect(reverse("entry", args=[made.pk]))
    context = {
        "form": form, "title": "設定の型の採用", "submit": "申請する", "back": reverse("parameters"), "back_label": "安全管理の設定",
        "follows": "型と違う項目だけが変わります。申請の前に、一覧で型の値と見比べてください。",
    }  # fmt: skip
    return render(request, "web/form_page.html", context, status=422 if form.errors else 200)


@screen("parameter.request")
@require_POST
def restore(request: StaffRequest) -> HttpResponse:
    """Put values that were changed behind the approval back to the approved ones."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            count = actions.restore(by=request.actor, reason=form.cleaned_data["reason"])
        except CodedError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{count}項目を承認された値に戻しました。")
    else:
        messages.error(request, "理由を入力してください。")
    return HttpResponseRedirect(reverse("parameters"))
