"""ENTRY-02, KEEP-01, KEEP-03, LOG-09: whoever decides a kind of approval sees what it is about; nobody else sees it at all."""

from __future__ import annotations

from datetime import date
from typing import Any

from weboffice import DAY, City

PLAN = {"profile": "default", "reason": "文書管理規程", "review_on": date(2027, 4, 1)}


def test_a_retention_plan_is_decided_on_the_screen_by_another_person(city: City, sign_in: Any, hire: Any) -> None:
    from kokuho.core.access import actor_for
    from kokuho.core.retention import orders

    hire("hozon", "records_keeper")
    hire("shonin", "records_approver")
    approval = orders.adopt(by=actor_for("hozon", on=DAY, terminal="t"), **PLAN)  # type: ignore[arg-type]
    address = f"/approvals/{approval.pk}/"
    assert sign_in("kakari").get(address).status_code == 404
    own = sign_in("hozon")
    assert "承認する" not in own.get(address).content.decode() and own.post(address, {"act": "approve"}).status_code == 403
    client = sign_in("shonin")
    assert "保存年限表" in client.get("/approvals/").content.decode()
    page = client.get(address).content.decode()
    assert "文書管理規程" in page and "個人番号" in page and "5年度" in page and "承認する" in page
    assert client.post(address, {"act": "return", "reason": " "}).status_code == 422
    assert client.post(address, {"act": "approve"}).status_code == 302
    plan = orders.in_force()
    assert plan is not None and plan.profile == "default"


def test_a_purge_of_the_record_is_decided_by_the_inspection(city: City, sign_in: Any) -> None:
    from kokuho.core.access import actor_for
    from kokuho.core.actions import approvals
    from kokuho.core.models import Approval

    approval = approvals.propose(
        by=actor_for("densan", on=DAY, terminal="t"), kind="audit.purge", subject="audit-purge:2019-03-31",
        title="2019-03-31までの操作記録の消去", content_hash="b" * 64, summary={"until": "2019-03-31", "rows": 1234},
    )  # fmt: skip
    assert "1,234" in sign_in("kansa").get(f"/approvals/{approval.pk}/").content.decode()
    assert sign_in("kansa").post(f"/approvals/{approval.pk}/", {"act": "approve"}).status_code == 302
    assert Approval.objects.get(pk=approval.pk).decided_by == "kansa"


def test_every_kind_in_the_code_can_be_decided(database_name: str) -> None:
    """A room that proposes an approval of a kind registers who decides it."""
    import re
    from pathlib import Path

    import kokuho
    from kokuho.core import approving
    from kokuho.core.access import catalogue

    for kind in approving.kinds().values():
        holders = [role for role, entry in catalogue()["roles"].items() if kind.capability in entry["may"]]
        assert holders and kind.label
    source = Path(kokuho.__file__).parent
    named = {m for path in source.rglob("*.py") for m in re.findall(r'kind="([a-z.-]+)", subject=', path.read_text("utf-8"))}
    assert named <= set(approving.kinds())
