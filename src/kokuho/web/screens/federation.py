"""Ordering the reports to 国保情報集約システム and to 団体内統合宛名: the action writes the order, a worker of the queue carries it out."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.exchange import registration
from kokuho.exchange.federation import report
from kokuho.jobs import queue
from kokuho.web import ordering


@screen("exchange.prepare")
@require_POST
def order(request: StaffRequest) -> HttpResponse:
    """Order a report of the differences."""
    return ordering.hand(
        request, lambda: report.order(by=request.actor, on=request.business_date), queue.start_federation, "報告の作成",
        lambda run: reverse("batch", args=[run.pk]), reverse("exchange:federation"),
    )  # fmt: skip


@screen("exchange.prepare")
@require_POST
def order_registration(request: StaffRequest) -> HttpResponse:
    """Order the registration of what differs with 団体内統合宛名."""
    return ordering.hand(
        request, lambda: registration.order(by=request.actor, on=request.business_date), queue.start_registration, "宛名情報の登録の作成",
        lambda run: reverse("batch", args=[run.pk]), reverse("exchange:addressees"),
    )  # fmt: skip
