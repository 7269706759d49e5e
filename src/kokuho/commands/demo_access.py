"""What the demonstration shows of rights, settings and contractors: each applied for by one person and approved by another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

# 団体コード → the published assessment that the city's settings follow.
PROFILES = {"151009": "000", "112038": "001", "122076": "002", "401307": "003", "141500": "004"}


def fill(*, head: Any, admin: Any, officer: Any, on: date, password: str) -> None:
    """Settings of the city's own profile, a terminal, a contract with a worker and an account, and one application that waits."""
    from kokuho.core.actions import accounts, entries, parameters, vendors
    from kokuho.core.actions.staff import register
    from kokuho.core.models import Contract, Municipality

    if Contract.objects.exists():
        return
    end = date(on.year + 1, 3, 31)
    profile = PROFILES.get(Municipality.objects.get().code, "default")
    parameters.adopt_at_opening(profile=profile, applied_by="kanri", approved_by="joho", reason="研修用の開設")
    line = parameters.request(
        by=admin, on=on, changes={"fed.route": "line"}, reason="研修用: 国保連合会の代わりは専用線の先にある"
    )
    entries.confirm(by=officer, on=on, entry_id=line.pk)
    period: dict[str, Any] = {"valid_from": date(on.year, 4, 1).isoformat(), "valid_until": end.isoformat()}
    terminal = accounts.apply_for(
        by=admin, on=on, kind=accounts.TERMINAL, title="端末の登録: T-0101-01", reason="窓口の端末", code="T-0101-01", place="1階 窓口1番",
        unit="0101", sort="desk", network="", certificate="", **period,
    )  # fmt: skip
    entries.confirm(by=officer, on=on, entry_id=terminal.pk)
    vendors.register_contract(
        by=head, number="R8-電算-12", company="架空情報サービス株式会社", subject="国保システムの保守",
        valid_from=date(on.year, 4, 1), valid_until=end, statement_on=date(on.year, 4, 1), inspect_by=on + timedelta(days=90),
    )  # fmt: skip
    worker = vendors.request_worker(
        by=head, on=on, reason="作業従事者名簿の提出", worker_no="W-001", name="委託 次郎", contract="R8-電算-12", level=0,
        pledge_on=period["valid_from"], trained_on=period["valid_from"], **period,
    )  # fmt: skip
    entries.confirm(by=officer, on=on, entry_id=worker.pk)
    register(
        staff_no="itaku", person_no="W-001", name="委託 次郎", name_kana="イタク ジロウ", unit_code="0901", unit_name="情報政策課",
        password=password, roles=("operation",), applied_by="jinji", approved_by="bucho", on=date(on.year, 4, 1), valid_until=end,
        reason="研修用の登録", account_class="contractor",
    )  # fmt: skip
    accounts.apply_for(
        by=head, on=on, kind=accounts.GRANT, title="権限の付与: shuno", reason="繁忙期の応援", staff_no="shuno", roles=["assessment"],
        valid_from=on.isoformat(), valid_until=(on + timedelta(days=62)).isoformat(),
    )  # fmt: skip
