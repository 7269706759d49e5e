"""取得・喪失の事由: our codes and names. The federation's own table is mapped at its door."""

from __future__ import annotations

ACQUISITION = {
    "101": "県外転入", "102": "国外転入", "103": "県内転入", "104": "社保離脱", "105": "扶養削除", "106": "任継終了",
    "107": "共済離脱", "108": "出生", "109": "生保廃止", "110": "生保停止", "111": "国保組合離脱", "112": "後期障害認定撤回",
    "113": "職権回復", "116": "帰化・在留資格取得", "118": "世帯変更", "119": "その他（住民票の記載による）",
}  # fmt: skip
LOSS = {
    "201": "転出", "204": "社保加入", "207": "国保組合加入", "208": "死亡", "209": "生保開始", "210": "後期高齢者医療へ移行",
    "212": "職権消除", "216": "その他",
}  # fmt: skip
# nhi_lost_reason of the register's file -> our code.
FROM_REGISTER = {"01": "201", "02": "204", "03": "208", "04": "209", "05": "210", "06": "207", "07": "216"}

# Losses whose day is the event's own day (国民健康保険法第8条第2項); every other loss is the day after the event.
SAME_DAY = frozenset({"207", "209"})
# Losses whose month of levy ends by the day of the event, not by the day of loss: 法第6条第1号〜第8号 (条例参考例の文言).
COUNTED_BY_EVENT = frozenset({"204", "210"})


def label(code: str) -> str:
    """The Japanese name of a reason; the code itself when it is not ours."""
    return ACQUISITION.get(code) or LOSS.get(code) or code
