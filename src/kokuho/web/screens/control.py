"""安全管理: the rooms in which the office proves how it works, as far as the reader may open them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse

from kokuho.core import clock, conduct, incidents, inspection
from kokuho.core.access import Actor
from kokuho.core.queries import accounts, backups, extracts, orders
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Sheet, cell

# (title, route, capability, what it is for)
ROOMS = (
    ("取出しと媒体", (
        ("抽出", "extracts", "extract.read", "ファイルでの取出しの依頼・承認・一度だけの実行"),
        ("電子媒体管理簿", "media", "media.read", "登録媒体、書込み・引渡し・返却・消去の確認"),
    )),
    ("作業", (
        ("作業指示", "orders", "order.read", "処理の依頼・承認・実行・結果の確認、指示のない実行"),
        ("運用日誌", "journal", "order.read", "一日の実行・件数・記事"),
    )),
    ("操作記録", (
        ("記録の検索", "audit", "audit.read", "日・職員・端末・宛名番号・機能による検索"),
        ("書込みの記録", "writes", "audit.read", "行を書き換えた文。変更の前後へ"),
        ("帳票の印刷", "prints", "audit.read", "帳票の登録簿、印刷の記録"),
        ("追跡と書面との突合", "audit_sample", "audit.read", "標本の抽出と印刷"),
        ("点検", "inspections", "audit.read", "点検の期限、結果の記録"),
        ("分析と印", "marks", "audit.read", "規則による印と、その判断"),
    )),
    ("個人番号", (
        ("確認リスト", "mynumber_review", "mynumber.review", "番号のない人、登録と違う番号・他の人の番号が届いた人。二人で決める"),
        ("個人番号による検索", "mynumber_find", "mynumber.search", "完全一致だけ"),
    )),
    ("保存", (
        ("保存年限・消去", "keep", "keep.read", "保存年限表、保留、消去の指示と記録"),
        ("バックアップ", "backups", "backup.read", "世代、遠隔地の写し、復元訓練"),
    )),
    ("運用の確認", (
        ("点検・研修・確認", "conduct", "conduct.read", "自己点検・監査・研修・施設等の確認の期限と登録"),
        ("機器の対策・設置の条件", "protection", "conduct.read", "端末・サーバー・国保総合PCの対策の申告、クラウドの条件"),
        ("期間の証跡", "evidence_pack", "conduct.read", "期間の件数を記録から数えて印刷"),
        ("事案", "incidents", "incident.read", "漏えい等の事案、影響を受けた人、期限"),
        ("開示等の請求", "disclosures", "disclosure.read", "開示・訂正・利用停止"),
    )),
)  # fmt: skip


def rooms(actor: Actor) -> list[tuple[str, str, str]]:
    """(title, address, what it is for) of every room that the reader may open."""
    found = ((label, reverse(route), about) for _, group in ROOMS for label, route, capability, about in group if actor.may(capability))
    return list(found)


@screen(None)
def index(request: StaffRequest) -> HttpResponse:
    """What the reader may open."""
    blocks = []
    for title, rooms in ROOMS:
        rows = [(cell(label, reverse(route)), about) for label, route, capability, about in rooms if request.actor.may(capability)]
        if rows:
            blocks.append(sheet.table(title, ("画面", "内容"), rows, span=6))
    return sheet.show(request, Sheet("安全管理", blocks or [sheet.table("画面", (), [], empty="この権限で開ける画面はありません。")]))


def waiting(actor: Actor, on: date) -> list[tuple[str, int | QuerySet[Any], str, str]]:
    """For the home page: (title, how many or the rows to count, address, note) of what is late or waits in these rooms, as far as the
    reader may see it."""
    found: list[tuple[str, int | QuerySet[Any], str, str]] = []
    if actor.may("media.read"):
        late = len(extracts.media_overdue(actor, on=on))
        found.append(("消去未確認の媒体", late, reverse("media"), "期限までに消去が確認されていないもの"))
    if actor.may("audit.inspect"):
        plan = inspection.schedule(actor, on=on)
        note = "点検の期限を過ぎています" if plan.overdue else f"点検の期限 {cell(plan.due_on).text}"
        found.append(("操作記録の印・点検", plan.open_marks + plan.overdue, reverse("inspections"), note))
    if actor.may("rights.review") or actor.may("rights.approve"):
        state = accounts.review_state(actor, on=on)
        unchecked = accounts.changes_to_check(actor, until=max(on, clock.now().astimezone(clock.JAPAN).date()))
        note = "再点検の期限を過ぎています" if state.overdue else f"権限の変更のあった日。再点検の期限 {cell(state.due_on).text}"
        found.append(("権限の再点検", len(unchecked) + state.overdue, reverse("access"), note))
    if actor.may("account.manage"):
        late = sum(late for _, late in accounts.open_tasks(actor, on=on))
        found.append(("端末アカウントの停止", late, reverse("access"), "異動・退職から期限を過ぎても確かめていないもの"))
    if actor.may("order.approve"):
        ran = orders.results_waiting(actor)
        found.append(("作業結果の確認", ran, f"{reverse('orders')}?state=run", "作業指示による実行の結果"))
    if actor.may("backup.read"):
        status = backups.backup_status(actor)
        found.append(("バックアップの警告", len(status.warnings), reverse("backups"),
            status.warnings[0] if status.warnings else "異常なし"))
    if actor.may("conduct.write"):
        late = sum(d.overdue for d in conduct.schedule(actor, on=on))
        found.append(("期限を過ぎた点検・確認", late, reverse("conduct"), "自己点検・監査・施設等の確認"))
    if actor.may("incident.manage"):
        found.append(("対応中の事案", incidents.open_incidents(actor), reverse("incidents"), "報告の期限を確かめてください"))
    return found
