"""安全管理: the rooms in which the office proves how it works, as far as the reader may open them."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse

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
        ("追跡と書面との突合", "audit_sample", "audit.read", "標本の抽出と印刷"),
        ("点検", "inspections", "audit.read", "点検の期限、結果の記録"),
        ("分析と印", "marks", "audit.read", "規則による印と、その判断"),
    )),
)  # fmt: skip


@screen(None)
def index(request: StaffRequest) -> HttpResponse:
    """What the reader may open."""
    blocks = []
    for title, rooms in ROOMS:
        rows = [(cell(label, reverse(route)), about) for label, route, capability, about in rooms if request.actor.may(capability)]
        if rows:
            blocks.append(sheet.table(title, ("画面", "内容"), rows, span=6))
    return sheet.show(request, Sheet("安全管理", blocks or [sheet.table("画面", (), [], empty="この権限で開ける画面はありません。")]))
