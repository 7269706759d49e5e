"""Home: what waits for this person, with counts, and what ran last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kokuho.core import clock, counting
from kokuho.core import queries as core
from kokuho.core.access import Actor
from kokuho.core.clock import fiscal_year
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import levy
from kokuho.desks.eligibility import queries as eligibility
from kokuho.desks.people import queries as people
from kokuho.exchange import queries as exchange
from kokuho.web.screens import control


@dataclass(frozen=True, slots=True)
class WorkList:
    """A work list of mine: how many wait, and what is urgent about them."""

    title: str
    count: int | QuerySet[Any]  # rows are counted together with those of the other lists
    unit: str
    url: str
    note: str
    late: Q | None = None  # those past their day: the note says how many


@screen(None)
def home(request: StaffRequest) -> HttpResponse:
    """Only lists that the reader's roles permit."""
    actor, on = request.actor, request.business_date
    lists: list[WorkList] = []
    runs: list[core.Progress] = []
    due: list[eligibility.CandidateRow] = []
    stage = None
    with page(actor, "home"):
        if actor.may("eligibility.read"):
            lists += _eligibility(eligibility.work_counts(actor, on=on))
            if actor.may("person.read"):
                due = eligibility.candidates_due(actor, on=on)
        if actor.may("person.work"):
            open_tasks = people.tasks_waiting(actor)
            lists.append(WorkList("宛名異動", open_tasks, "件", reverse("people:changes"), "送付先・口座・支援措置などの変更の後始末"))
        if actor.may("protected.read"):
            renewals = people.renewals_due(actor, on=on)
            address = f"{reverse('people:protections')}?due=due"
            lists.append(WorkList("支援措置の更新", renewals, "件", address, "終わりの30日前から、延長か解除をするまで"))
        lists += _exchange(actor, on)
        if core.confirms(actor):
            entered = core.entries_waiting(actor)
            address = f"{reverse('entries')}?whose=to_confirm"
            lists.append(WorkList("確認待ち", entered, "件", address, "同僚が入力した届出・登録の確認", core.late_entry(on=on)))
        if core.decides(actor):
            waiting = core.approvals_waiting(actor)
            lists.append(WorkList("承認待ち", waiting, "件", reverse("approvals"), "自分が決裁するもの"))
        lists += [WorkList(title, count, "件", url, note) for title, count, url, note in control.waiting(actor, on)]
        if actor.may("levy.read"):
            stage = levy.stage(actor, fiscal_year(on))
        if actor.may("batch.read"):
            runs = core.latest_runs(actor)
        lists = _counted(lists)
    # Whose day is not the work of a desk still needs a way in.
    rooms = control.rooms(actor) if stage is None else []
    context = {"lists": lists, "due": due, "runs": runs, "levy": stage, "stage_words": STAGES, "rooms": rooms}
    return render(request, "web/home.html", context)


def _counted(lists: list[WorkList]) -> list[WorkList]:
    """Every list with its number; what is still rows is counted by one statement."""
    asked = [(work.count, work.late) for work in lists if isinstance(work.count, QuerySet)]
    numbers = iter(counting.with_part(*asked))
    found = []
    for work in lists:
        count, late = next(numbers) if isinstance(work.count, QuerySet) else (work.count, 0)
        note = f"うち期限を過ぎたもの {late:,}件" if late else work.note
        found.append(replace(work, count=count, note=note))
    return found


def _eligibility(work: eligibility.WorkCounts) -> list[WorkList]:
    """The lists of the eligibility desk."""
    late = f"うち期限を過ぎたもの {work.overdue:,}件" if work.overdue else "住民記録から届いた異動の確認"
    fresh = f"うち担当のいないもの {work.fresh:,}件" if work.fresh else "毎夜の点検で見つかった食い違い"
    review = f"うち期限を過ぎたもの {work.late:,}件" if work.late else "60日以内に確認・更新するもの"
    near = f"{reverse('eligibility:statuses')}?stand=near"
    return [
        WorkList("異動整理", work.candidates, "件", reverse("eligibility:candidates"), late),
        WorkList("異動差異", work.differences, "件", reverse("eligibility:differences"), fresh),
        WorkList("特例の確認・更新", work.reviews, "件", near, review),
        WorkList("他保険との突合", work.findings, "件", reverse("eligibility:findings"), "届出の勧奨と結果の入力"),
        WorkList("在留期間の満了", work.residence, "人", reverse("eligibility:residences"), "60日以内。証の期限と資格の確認"),
    ]


def _exchange(actor: Actor, on: date) -> list[WorkList]:
    """What came from the neighbours, what did not, and what waits to go out to them."""
    lists: list[WorkList] = []
    if actor.may("exchange.read"):
        work, late = exchange.open_work(actor, on=on)
        lists.append(WorkList("連携の要処理", work, "件", reverse("exchange:work"), "反映できなかった記録", late))
        silent = exchange.late_neighbours(actor, at=clock.now())
        note = f"期限を過ぎても届かないもの: {'、'.join(silent)}" if silent else "期限内に届いています"
        lists.append(WorkList("住民記録・税の到着", len(silent), "件", reverse("exchange:inbox"), note))
        absent = exchange.missing(actor, at=clock.now())
        note = f"周期を過ぎても届かないもの: {'、'.join(one.title for one in absent)}" if absent else "周期どおりに届いています"
        lists.append(WorkList("国保連合会からの到着", len(absent), "件", reverse("exchange:inbox"), note))
        refused = exchange.refused_files(actor, since=on - timedelta(days=30))
        address = f"{reverse('exchange:inbox')}?state=refused"
        lists.append(WorkList("受付を拒否したファイル", refused, "件", address, "この30日。送付元に再送を依頼"))
        outbox = reverse("exchange:outbox")
        if actor.may("exchange.release"):
            made = exchange.to_release(actor)
            lists.append(WorkList("送信ファイルの確認待ち", made, "件", f"{outbox}?state=prepared", "別の職員が作成したもの"))
        if actor.may("exchange.send"):
            ready = exchange.leaving(actor)
            lists.append(WorkList("送信待ちのファイル", ready, "件", f"{outbox}?state=released", "確認が済み、引渡しを待つもの"))
    return lists


STAGES = (
    "まだ始まっていません",
    "試算を実行しています",
    "点検表の確認待ち",
    "承認待ち",
    "承認済み・本算定待ち",
    "本算定を実行しています",
    "本算定が終わりました",
)
