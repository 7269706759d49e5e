"""定時処理: what runs by itself, when, and what came of it; another time, or now."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core import queries as core
from kokuho.core import schedule
from kokuho.core.actions import schedule as actions
from kokuho.core.coded import CodedError
from kokuho.core.models import ScheduledRun
from kokuho.core.queries import schedule as queries
from kokuho.core.reads import page
from kokuho.core.schedule import Planned
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Say, Sheet
from kokuho.jobs import nightly, queue  # noqa: F401 -- nightly registers the works
from kokuho.web import ordering

TONES = {ScheduledRun.DONE: "good", ScheduledRun.FAILED: "bad", ScheduledRun.RUNNING: "active"}
UP = (("バッチ", "/batches/"),)


class TimeForm(forms.Form):
    """When a work runs, and whether."""

    at = forms.TimeField(label="開始時刻", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}), help_text="日本時間")
    active = forms.BooleanField(label="実行する", required=False)
    reason = forms.CharField(label="変更の理由", max_length=200)


@screen("batch.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Every work with its time and last result, and the runs of the last weeks."""
    actor = request.actor
    with page(actor, "schedule"):
        found = queries.scheduled(actor)
        runs = queries.scheduled_runs(actor)
    names = core.staff_names([run.ordered_by for run in runs])
    labels = {code: work.label for code, work in schedule.works().items()}
    failed = [item.work.label for item in found if item.last and item.last.state == ScheduledRun.FAILED]
    blocks: list[object] = []
    if failed:
        blocks.append(Say("異常終了", f"{'、'.join(failed)}が異常終了しています。件名を開いて理由を確かめてください。", "bad"))
    blocks.append(sheet.table(
        "定時処理", ("時刻", "件名", "最後の処理日", "状態", "終了", "結果"), [_row(item) for item in found],
        note="ワーカーが5分ごとに時刻を確かめて始めます。一つの処理日に一度だけ行い、途中で止まったものは続きから行います。",
    ))  # fmt: skip
    blocks.append(sheet.table(
        "これまでの実行", ("処理日", "件名", "状態", "開始", "終了", "回数", "実行者", "メッセージ"),
        [(run.business_date, labels.get(run.code, run.code), Cell(run.get_state_display(), tone=TONES[run.state]), run.started_at,
          run.ended_at, run.attempts, names.get(run.ordered_by, run.ordered_by), run.message) for run in runs],
        empty="まだ実行されていません。",
    ))  # fmt: skip
    return sheet.show(request, Sheet("定時処理", blocks, intro="毎日、時刻になると自動で行う処理。", up=UP))


def _row(item: Planned) -> tuple[object, ...]:
    last = item.last
    return (
        Cell(f"{item.at:%H:%M}") if item.active else Cell("止めている", tone="attention"),
        Cell(item.work.label, reverse("scheduled", args=[item.work.code])), last.business_date if last else "",
        Cell(last.get_state_display(), tone=TONES[last.state]) if last else Cell("未実行", tone="quiet"),
        last.ended_at if last else "", item.said or (last.message if last else ""),
    )  # fmt: skip


@screen("batch.read")
def detail(request: StaffRequest, code: str) -> HttpResponse:
    """One work: what it does, its time, its last result; changing the time."""
    actor = request.actor
    with page(actor, "schedule.work", work=code):
        item = next((item for item in queries.scheduled(actor) if item.work.code == code), None)
    if item is None:
        raise Http404
    form = TimeForm(request.POST or None, initial={"at": item.at, "active": item.active})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.change_time(
                by=actor, on=request.business_date, code=code, at=given["at"], active=given["active"], reason=given["reason"]
            )
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "時刻を変えました。次の回から変わります。")
            return HttpResponseRedirect(reverse("scheduled", args=[code]))
    last, work = item.last, item.work
    blocks: list[object] = []
    if last and last.state == ScheduledRun.FAILED:
        blocks.append(Say("異常終了", last.message, "bad"))
    blocks.append(sheet.facts(
        "内容", ("すること", work.help), ("時刻", Cell(f"{item.at:%H:%M}") if item.active else Cell("止めている", tone="attention")),
        ("最後の処理日", last.business_date if last else None),
        ("状態", Cell(last.get_state_display(), tone=TONES[last.state]) if last else None),
        ("結果", Cell(item.said or "—", reverse(work.link) if work.link and item.said else "")), ("終了", last.ended_at if last else None),
        span=6,
    ))  # fmt: skip
    if actor.may("batch.schedule"):
        blocks.append(Ask("時刻を変える", form, [("save", "変える", False)], span=6))
    if actor.may("batch.start"):
        start = reverse("scheduled_start", args=[code])
        blocks.append(Ask("時刻の外で実行する", forms.Form(), [("start", "今すぐ実行する", False)], action=start, span=6,
                          note="今日の処理日で実行します。今日の分が済んでいるときは何もしません。"))  # fmt: skip
    return sheet.show(request, Sheet(work.label, blocks, up=(*UP, ("定時処理", reverse("schedule")))))


@screen("batch.start")
@require_POST
def start(request: StaffRequest, code: str) -> HttpResponse:
    """Let a worker do it now."""
    if code not in schedule.works():
        raise Http404
    handed = queue.start_scheduled(code, request.business_date, by=request.actor)
    ordering.say(request, handed, "実行を受け付けました。終わると結果が出ます。")
    return HttpResponseRedirect(reverse("scheduled", args=[code]))
