"""What holds for contractors (VENDOR-01 to -03): the roster, the window, and rights that only an order can give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files

import yaml

from kokuho.core import clock, parameters

# Kinds of terminals that each setting of `vendor.place` permits.
PLACES = {
    "work_terminals": ("work", "room", "management"),
    "machine_room": ("room",),
    "management": ("management",),
    "town_hall": ("desk", "work", "room", "management"),
}


@cache
def never() -> frozenset[str]:
    """Capabilities that no contractor has unless an order names them. Raises ValueError for a name that does not exist."""
    from kokuho.core.access import catalogue

    listed = yaml.safe_load(files("kokuho.core").joinpath("data", "vendors.yaml").read_text("utf-8"))["never"]
    known, found = set(catalogue()["capabilities"]), set()
    for name in listed:
        if name.endswith(".*"):
            found |= {capability for capability in known if capability.startswith(name[:-1])}
        elif name in known:
            found.add(name)
        else:
            raise ValueError(f"vendors.yaml: unknown capability {name}")
    return frozenset(found)


def contractor_problem(worker_no: str, first: date, last: date) -> str:
    """Why a worker may not have an account over a period, as a sentence; empty when the roster permits it."""
    from kokuho.core.models import ContractWorker

    worker = ContractWorker.objects.select_related("contract").filter(worker_no=worker_no, is_active=True).first()
    if worker is None:
        return f"作業従事者番号 {worker_no} は作業従事者名簿にありません。名簿にない人のIDは登録できません。"
    begins = max(worker.valid_from, worker.contract.valid_from)
    ends = min(worker.valid_until, worker.contract.valid_until)
    if first < begins or last > ends:
        return f"IDの期間は、契約と名簿の期間（{begins}〜{ends}）の中にしてください。"
    return standing_problem(worker, first)


def standing_problem(worker: object, on: date) -> str:
    """Why a worker on the roster may not work on a day: period, pledge, training."""
    from kokuho.core.models import ContractWorker

    assert isinstance(worker, ContractWorker)
    if not worker.is_active or not worker.valid_from <= on <= worker.valid_until:
        return "作業従事者名簿の期間ではありません。"
    if not worker.contract.valid_from <= on <= worker.contract.valid_until:
        return "契約の期間ではありません。"
    if worker.pledge_on is None:
        return "誓約書が出ていません。"
    from kokuho.core.clock import months_later

    if worker.trained_on is None or months_later(worker.trained_on, parameters.value("vendor.training_months")) < on:
        return "研修を受けていないか、研修の有効期間が過ぎています。"
    return ""


@dataclass(frozen=True, slots=True)
class Window:
    """The window in which a contractor works now, or why there is none."""

    number: int | None
    capabilities: frozenset[str]
    persons: tuple[int, ...]
    ends: datetime | None
    scope: str
    problem: str


def _no(problem: str) -> Window:
    return Window(None, frozenset(), (), None, "", problem)


def window(worker_no: str, *, on: date, at: datetime | None = None) -> Window:
    """The window of a worker at a moment. An earlier one that is not reported and confirmed closes the way to the next."""
    from kokuho.core.models import ContractWorker, VendorWindow

    now = at or clock.now()
    worker = ContractWorker.objects.select_related("contract").filter(worker_no=worker_no).first()
    if worker is None:
        return _no("作業従事者名簿にありません。")
    if problem := standing_problem(worker, on):
        return _no(problem)
    mine = VendorWindow.objects.filter(workers__contains=[worker_no], starts__lte=now, confirmed_at__isnull=True).order_by("starts")
    rows = list(mine)
    if any(row.ends <= now for row in rows):
        return _no("前の作業の記録と確認が済んでいません。")
    if not rows:
        return _no("承認された作業の時間帯ではありません。")
    row = rows[0]
    return Window(row.pk, frozenset(row.capabilities), tuple(row.persons), row.ends, row.scope, "")
