"""Protection of terminals and servers as reported, and the conditions of cloud hosting (NET-05, NET-07)."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import netplan, protection
from kokuho.core.coded import CodedError
from kokuho.core.models import ProtectionReport
from kokuho.core.queries import protection as queries
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Rows, Say, Sheet
from kokuho.web.screens.fields import EraDate

UP = (("安全管理", "/control/"), ("機器の対策・設置の条件", "/control/protection/"))
KINDS = dict(ProtectionReport.KINDS)


class ReportForm(forms.Form):
    """The state of one machine, seen by a person."""

    host = forms.CharField(label="機器（端末ID・サーバー名）", max_length=60)
    reported_on = EraDate(label="確かめた日")
    source = forms.CharField(label="出所", max_length=120, help_text="確かめた者・管理ソフトの名前")
    pattern_on = EraDate(label="対策ソフトの定義の日", required=False)
    patched_on = EraDate(label="更新プログラムの適用日", required=False)

    def __init__(self, *args: object, kind: str, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.fields["fulfilled"] = forms.MultipleChoiceField(
            label="満たしている項目", required=False, choices=list(protection.items(kind).items()), widget=forms.CheckboxSelectMultiple
        )


class ListForm(forms.Form):
    """A list of machines from a management tool."""

    source = forms.CharField(label="出所", max_length=120)
    file = forms.FileField(label="一覧（CSV）", help_text="host, kind, reported_on, pattern_on, patched_on と項目の列（満たすとき1）")


class HostingForm(forms.Form):
    """A condition of hosting: of the cloud, and of the volumes everywhere."""

    topic = forms.ChoiceField(label="条件", choices=lambda: list(protection.topics().items()))
    value = forms.CharField(label="内容", max_length=200, help_text="地域のときは、基盤が示す地域の名前")
    holds = forms.BooleanField(label="満たしている", required=False)
    evidence = forms.CharField(label="証跡（証明書番号等）", max_length=200, required=False)
    valid_until = EraDate(label="有効期限", required=False)


@screen("conduct.read")
def index(request: StaffRequest) -> HttpResponse:
    """Machines with what is wrong, unknown ones, the conditions of the cloud."""
    actor, on = request.actor, request.business_date
    found, others = queries.machines(actor, request.GET, on=on), queries.other_machines(actor, on=on)
    strange = protection.strangers(on - timedelta(days=31))
    found.rows = [sheet.row(*_machine(one)) for one in found.rows]  # type: ignore[misc]
    blocks: list[object] = [
        sheet.table("サーバー・その他の機器", [column.label for column in queries.MACHINE_COLUMNS], map(_machine, others),
                    empty="申告がありません。"),
        Rows(found, "条件に合う端末はありません"),  # type: ignore[arg-type]
    ]  # fmt: skip
    if strange:
        rows = [(name,) for name in strange[:50]]
        blocks.append(sheet.table("登録のない端末からのログインの試み（31日）", ("示された端末",), rows, span=6))
    blocks.append(_network())
    if protection.on_premises():
        blocks.append(Say("クラウドの条件", "庁内・データセンターに自ら設置しているため、該当しません（設定 net.hosting）。"))
    blocks.append(sheet.table(
        "設置の条件の申告", ("条件", "内容", "証跡", "有効期限", ""),
        [(c.title, c.fact and c.fact.value, c.fact and c.fact.evidence, c.fact and c.fact.valid_until,
          Cell(c.problem, tone="bad") if c.problem else Cell(c.warning or "良", tone="attention" if c.warning else "good"))
         for c in protection.hosting(actor, on=on)],
    ))  # fmt: skip
    links = []
    if actor.may("conduct.write"):
        links = [(f"{words}の状況を登録する", reverse("protection_new", args=[kind])) for kind, words in KINDS.items()]
        links.append(("一覧を取り込む", reverse("protection_list")))
        links.append(("設置の条件を登録する", reverse("hosting_new")))
    return sheet.show(request, Sheet("機器の対策・設置の条件", blocks, up=UP[:1], links=links))


def _machine(machine: protection.Machine) -> tuple[object, ...]:
    told = machine.report
    words = Cell("、".join(machine.problems), tone="bad") if machine.problems else Cell("良", tone="good")
    days = (told.reported_on, told.source, told.pattern_on, told.patched_on) if told else (None,) * 4
    return (machine.host, KINDS[machine.kind], *days, words)


def _network() -> Say:
    """Open sockets of this machine beside the network plan (NET-02)."""
    now = netplan.standing()
    if wrong := [*(f"読めない行「{line}」" for line in now.unread), *map(str, now.beyond)]:
        return Say("通信計画", f"計画（安全管理の設定「通信計画」）にない待受け・接続があります: {'、'.join(wrong[:10])}", tone="bad")
    return Say("通信計画", f"開いている待受け・接続{len(now.ends)}か所は、計画（安全管理の設定「通信計画」）のとおりです。", tone="good")


@screen("conduct.write")
def new(request: StaffRequest, kind: str) -> HttpResponse:
    """Enter the state of one machine."""
    form = ReportForm(request.POST or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            protection.report(by=request.actor, on=request.business_date, kind=kind, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "登録しました。")
            return HttpResponseRedirect(reverse("protection"))
    title = f"{KINDS.get(kind, '機器')}の対策状況の登録"
    return sheet.show(request, Sheet(title, [Ask("対策状況", form, [("save", "登録する", False)], span=8)], up=UP))


@screen("conduct.write")
def take(request: StaffRequest) -> HttpResponse:
    """Take a list of machines."""
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            count = protection.take_list(
                by=request.actor, on=request.business_date, data=form.cleaned_data["file"].read(), source=form.cleaned_data["source"]
            )
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{count:,}台の状況を取り込みました。")
            return HttpResponseRedirect(reverse("protection"))
    ask = Ask("一覧", form, [("save", "取り込む", False)], span=8, files=True)
    return sheet.show(request, Sheet("対策状況の一覧の取込み", [ask], up=UP))


@screen("conduct.write")
def hosting(request: StaffRequest) -> HttpResponse:
    """Enter a condition of cloud hosting."""
    form = HostingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            protection.declare(by=request.actor, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "登録しました。")
            return HttpResponseRedirect(reverse("protection"))
    return sheet.show(request, Sheet("設置の条件の登録", [Ask("条件", form, [("save", "登録する", False)], span=8)], up=UP))
