"""The same work stands in the queue once: ordered again while it waits or runs, its first job is the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.db


def test_the_second_order_of_the_same_work_is_the_first_job(committed_db: str, office: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    from kokuho.jobs import queue

    by: Any = office("川口市").operator
    monkeypatch.setenv("KOKUHO_BUSINESS_DATE", "2026-07-01")

    def state(job: int, status: str) -> None:
        ProcrastinateJob._base_manager.filter(pk=job).update(status=status)

    first = queue.start_levy(7, by=by)
    assert not first.again
    assert queue.start_levy(7, by=by) == queue.Handed(first.job, again=True)
    other = queue.start_levy(8, by=by)
    assert not other.again and other.job != first.job
    state(first.job, "doing")
    assert queue.start_levy(7, by=by) == queue.Handed(first.job, again=True), "also while it is being done"
    state(first.job, "succeeded")
    assert not queue.start_levy(7, by=by).again
    planned = queue.start_scheduled("x", queue.clock.business_date())
    assert queue.start_scheduled("x", queue.clock.business_date()) == queue.Handed(planned.job, again=True)
    assert ProcrastinateJob.objects.filter(status__in=("todo", "doing")).count() == 3


def test_a_form_pressed_again_says_which_job_it_is(database_name: str) -> None:
    from django.contrib.messages import get_messages
    from django.contrib.messages.storage.cookie import CookieStorage
    from django.test import RequestFactory

    from kokuho.jobs.queue import Handed
    from kokuho.web import ordering

    request: Any = RequestFactory().post("/")
    request._messages = CookieStorage(request)
    ordering.say(request, Handed(4, again=False), "受け付けました。")
    ordering.say(request, Handed(4, again=True), "受け付けました。")
    said = [(message.level_tag, str(message)) for message in get_messages(request)]
    assert said[0] == ("success", "受け付けました。")
    assert said[1][0] == "info" and "受付番号 4" in said[1][1]
