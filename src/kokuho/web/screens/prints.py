"""帳票: the register of forms, and who printed what when (EXPORT-07)."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse

from kokuho.core import clock
from kokuho.core.access import catalogue
from kokuho.core.clock import fiscal_year
from kokuho.core.printing import forms
from kokuho.core.queries import prints as queries
from kokuho.core.queries.records import detail_words
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Rows, Sheet, name

# What of a record stands in a column of its own.
_OWN = ("copies", "printer")


@screen("audit.read")
def listing(request: StaffRequest) -> HttpResponse:
    """The printings, and the register with the counts of the fiscal year."""
    actor, on = request.actor, request.business_date
    found = queries.prints(actor, request.GET, on=on)
    # Records carry the moment of the clock, which is ahead where the business date stands still.
    until = max(on, clock.now().astimezone(clock.JAPAN).date())
    counts = queries.form_counts(actor, since=date(fiscal_year(on), 4, 1), until=until)
    lines = [
        sheet.row(
            r.at, queries.title(r.function), f"{r.staff_no}　{r.staff_name}", r.terminal, len(r.persons), r.row_count,
            r.detail.get("copies"), r.detail.get("printer", ""), r.reason,
            name("　".join(f"{word} {text}" for word, text in detail_words({k: v for k, v in r.detail.items() if k not in _OWN}))[:120]),
        )
        for r in found.rows
    ]  # fmt: skip
    found.rows = lines  # type: ignore[assignment]
    rights = catalogue()["capabilities"]
    register = sheet.table(
        "帳票の登録簿", ("帳票", "項目", "印刷の権限", "個人番号", "外部委託", "今年度の印刷", "今年度の件数"),
        [(entry["title"], entry["content"], rights.get(entry["capability"], entry["capability"]), "あり" if entry["my_number"] else "なし",
          "あり" if entry["outsourced"] else "なし", *counts.get(code, (0, 0))) for code, entry in forms().items()],
        note="登録のない帳票は印刷できません。画面の印刷は、印刷用の画面を除いて止めています。",
    )  # fmt: skip
    blocks = [Rows(found, "印刷の記録はありません"), register]  # type: ignore[arg-type]
    return sheet.show(request, Sheet("帳票の印刷", blocks, up=(("安全管理", "/control/"),)))
