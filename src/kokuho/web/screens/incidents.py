"""漏えい等の事案: scopes, persons affected, deadlines, what was done."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from unicodedata import normalize

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import era, incidents
from kokuho.core import queries as core
from kokuho.core.clock import JAPAN
from kokuho.core.coded import CodedError
from kokuho.core.models import Incident, IncidentScope, IncidentStep
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Say, Sheet, cell, name
from kokuho.web.screens.fields import EraDate, long_text

UP = (("安全管理", "/control/"), ("事案", "/control/incidents/"))
PERSONS_SHOWN = 500


class Moment(forms.CharField):
    """A day and a time: ``R8.7.1 13:05``; the time may be left out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=30, widget=forms.TextInput(attrs={"placeholder": "R8.7.1 13:05", "autocomplete": "off"}), **options)

    def clean(self, value: Any) -> Any:
        """The moment in Japan."""
        text = normalize("NFKC", super().clean(value)).strip()
        day, _, clock = text.partition(" ")
        try:
            on = era.parse(day)
            at = time.fromisoformat(clock.strip() or "00:00")
        except ValueError as error:
            raise forms.ValidationError("「R8.7.1 13:05」のように入力してください。") from error
        return datetime.combine(on, at, JAPAN)


class IncidentForm(forms.Form):
    """An incident to be entered."""

    title = forms.CharField(label="件名", max_length=120)
    about = long_text("概要")
    known_at = Moment(label="知った日時")
    since = Moment(label="対象の期間（から）")
    until = Moment(label="対象の期間（まで）")
    deliberate = forms.BooleanField(label="不正の目的によるおそれがある", required=False)


class ScopeForm(forms.Form):
    """What the persons affected are found by."""

    kind = forms.ChoiceField(label="手がかり", choices=IncidentScope.KINDS)
    value = forms.CharField(label="値", max_length=60, help_text="職員番号、端末、機能の名前の始まり、抽出の番号、媒体番号、宛名番号")


class StepForm(forms.Form):
    """What was done."""

    kind = forms.ChoiceField(label="内容", choices=IncidentStep.KINDS)
    done_on = EraDate(label="実施日")
    text = long_text("説明", rows=2)
    everybody = forms.BooleanField(label="影響を受けた全員に通知した", required=False, help_text="本人への通知のとき")


class CloseForm(forms.Form):
    """How it ended."""

    conclusion = long_text("結論・再発防止")


@screen("incident.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Incidents, the open ones first."""
    actor, on = request.actor, request.business_date
    rows = []
    for i in incidents.incidents(actor):
        late = [d.title for d in incidents.deadlines(i, on=on) if d.done_on is None and d.late] if i.state == Incident.OPEN else []
        rows.append((
            cell(str(i.pk), reverse("incident", args=[i.pk])), i.title, Cell(i.get_state_display(),
            tone="attention" if i.state == Incident.OPEN else "good"),
            i.known_at, i.since, i.until, Cell("、".join(late) + "の期限経過", tone="bad") if late else "",
        ))  # fmt: skip
    table = sheet.table("事案", ("番号", "件名", "状態", "知った日時", "期間（から）", "期間（まで）", "期限"), rows,
        empty="登録された事案はありません。")
    links = [("事案を登録する", reverse("incident_new"))] if actor.may("incident.manage") else []
    return sheet.show(request, Sheet("事案", [table], up=UP[:1], links=links,
        intro="対応中の事案の期間の操作記録は、終結するまで消去できません。"))


@screen("incident.manage")
def new(request: StaffRequest) -> HttpResponse:
    """Enter an incident."""
    form = IncidentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = incidents.open_(by=request.actor, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "事案を登録しました。対象の期間の操作記録を消去から守ります。")
            return HttpResponseRedirect(reverse("incident", args=[made.pk]))
    return sheet.show(request, Sheet("事案の登録", [Ask("事案", form, [("save", "登録する", False)], span=8)], up=UP))


@screen("incident.read")
def detail(request: StaffRequest, incident_id: int) -> HttpResponse:
    """An incident with its scopes, the persons affected, the deadlines and what was done; made for paper."""
    actor, on = request.actor, request.business_date
    act = request.POST.get("act", "")
    forms_ = {key: form(request.POST if act == key else None) for key, form in (("scope", ScopeForm), ("step", StepForm),
        ("close", CloseForm))}
    try:
        if request.method == "POST" and act in forms_ and forms_[act].is_valid():
            try:
                _do(request, incident_id, act, forms_[act].cleaned_data)
            except CodedError as error:
                forms_[act].add_error(None, str(error))
            else:
                messages.success(request, "記録しました。")
                return HttpResponseRedirect(reverse("incident", args=[incident_id]))
        incident, steps = incidents.incident(actor, incident_id)
        found = incidents.affected(actor, incident_id)
    except Incident.DoesNotExist as error:
        raise Http404 from error
    names = core.staff_names([incident.opened_by, incident.closed_by, *(s for s, _ in found.staff), *(s.staff_no for s in steps)])
    deadlines = incidents.deadlines(incident, on=on)
    blocks: list[Any] = [
        Say(f"{d.title}の期限経過", f"{cell(d.due_on).text} までに報告が必要でした。",
        "bad") for d in deadlines if d.done_on is None and d.late
    ]
    blocks += [
        sheet.facts(
            "事案", ("概要", incident.about), ("知った日時", incident.known_at), ("対象の期間",
            f"{cell(incident.since).text}～{cell(incident.until).text}"),
            ("不正の目的によるおそれ", "ある" if incident.deliberate else "ない"), ("登録",
            sheet.act(incident.opened_at, names[incident.opened_by])),
            ("終結", f"{cell(incident.closed_on).text}　{names[incident.closed_by]}" if incident.closed_by else None), ("結論",
            incident.conclusion), span=6,
        ),
        sheet.facts(
            "報告の数字", ("影響を受けた人", Cell(f"{len(found.persons):,}人")), ("通知した人", Cell(f"{found.notified:,}人")),
            *((d.title, f"期限 {cell(d.due_on).text}　{'報告 ' + cell(d.done_on).text if d.done_on else '未報告'}") for d in deadlines),
            span=6,
            note="期限の日数は規則で確かめて設定します（core/data/conduct.yaml）。",
        ),
        sheet.table("手がかり", ("種類", "値", "人数"), [(s.get_kind_display(), s.value, n) for s, n in found.by_scope], span=6,
                    note="同じ人は合わせて一人と数えます。"),
        sheet.table("操作した職員・機能", ("職員・機能", "記録の数"), [
            *((f"{s}　{names[s]}", n) for s, n in found.staff), *((f, n) for f, n in found.functions)], span=6),
        sheet.table("対応", ("実施日", "内容", "説明", "通知した人", "職員"),
                    [(s.on, s.get_kind_display(), s.text, len(s.persons) or None, names[s.staff_no]) for s in steps]),
        sheet.table("影響を受けた人", ("宛名番号",), [(name("　".join(map(str, found.persons[i:i + 10]))),)
                    for i in range(0, min(len(found.persons), PERSONS_SHOWN), 10)], empty="手がかりを登録すると、記録から調べます。",
                    note=f"先頭の{PERSONS_SHOWN}人まで。全員は記録にあり、通知の登録に使われます。"),
    ]  # fmt: skip
    if incident.state == Incident.OPEN and actor.may("incident.manage"):
        blocks += [
            Ask("手がかりを加える", forms_["scope"], [("scope", "加える", False)], span=4),
            Ask("対応を記録する", forms_["step"], [("step", "記録する", False)], span=4),
            Ask("終結", forms_["close"], [("close", "終結する", True)], span=4, note="登録した本人は終結できません。"),
        ]
    marks = [Cell(incident.get_state_display(), tone="attention" if incident.state == Incident.OPEN else "good")]
    return sheet.show(request, Sheet(f"事案 {incident.pk}: {incident.title}", blocks, up=UP, marks=marks, paper=True))


def _do(request: StaffRequest, incident_id: int, act: str, given: dict[str, Any]) -> None:
    by, on = request.actor, request.business_date
    if act == "scope":
        incidents.add_scope(by=by, incident_id=incident_id, **given)
    elif act == "close":
        incidents.close(by=by, on=on, incident_id=incident_id, **given)
    else:
        told = incidents.affected(by, incident_id).persons if given.pop("everybody") else ()
        incidents.step(by=by, on=on, incident_id=incident_id, persons=told, **given)
