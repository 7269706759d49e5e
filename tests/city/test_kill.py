"""Killed anywhere, the work goes on to the same rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.db, pytest.mark.city]
DAY = date(2026, 7, 1)
ROWS = ("id", "notice_no", "household_no", "payer_no", "reduction", "reduction_income", "total", "components", "instalments", "trace")


def command(*words: str) -> subprocess.Popen[bytes]:
    """`kokuho …` as its own process group, so that workers are killed with it."""
    return subprocess.Popen(
        [sys.executable, "-m", "kokuho.cli", *words], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ},
    )  # fmt: skip


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_between_chunks(batch_id: int, *words: str) -> tuple[int, int]:
    """Start a command and kill it when some chunks are done and others are not. Returns (done, all)."""
    from kokuho.core.models import BatchChunk

    process = command(*words)
    deadline = time.monotonic() + 300
    total = BatchChunk.objects.filter(run_id=batch_id).count()
    while time.monotonic() < deadline:
        done = BatchChunk.objects.filter(run_id=batch_id, done_at__isnull=False).count()
        if done or process.poll() is not None:
            break
    kill(process)
    return BatchChunk.objects.filter(run_id=batch_id, done_at__isnull=False).count(), total


def rows(model: Any) -> list[tuple]:
    return list(model.objects.order_by("id").values_list(*ROWS))


def test_a_killed_levy_resumes_to_identical_rows(
    committed_db: str, town: Callable, office: Callable, deliver: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.core.models import BatchRun
    from kokuho.desks.assessment.actions import levy
    from kokuho.desks.assessment.models import Decision, TrialDecision
    from kokuho.desks.collection import actions as ledger
    from kokuho.desks.collection.models import Posting
    from kokuho.jobs import levy as job

    monkeypatch.setattr(levy, "CHUNK", 5)
    monkeypatch.setattr(ledger, "CHUNK", 5)
    staff = office("川口市")
    deliver(staff, town("川口市", 600))
    undisturbed = job.run(levy.order_trial(by=staff.assessor, on=DAY, fiscal_year=2026).pk, by=staff.assessor)
    expected = rows(TrialDecision)
    assert len(expected) > 400

    again = levy.order_trial(by=staff.assessor, on=DAY, fiscal_year=2026)
    done, total = kill_between_chunks(again.batch_id, "levy", "--by", "as", "resume", "--processes", "1")
    assert 0 < done < total
    again = job.run(again.pk, by=staff.assessor)
    assert rows(TrialDecision) == expected
    assert again.result_hash == undisturbed.result_hash

    approval = levy.propose_approval(by=staff.assessor, run_id=again.pk)
    levy.decide_approval(by=staff.approver, approval_id=approval.pk, approve=True)
    final = levy.order_final(by=staff.assessor, on=DAY, trial_id=again.pk)
    done, total = kill_between_chunks(final.batch_id, "levy", "--by", "as", "resume", "--processes", "2")
    assert 0 < done < total
    levy.execute(final)
    assert rows(Decision) == expected

    final.refresh_from_db()
    posting = ledger.order_take_over(by=staff.assessor, levy=final)
    done, total = kill_between_chunks(posting.pk, "levy", "--by", "as", "resume", "--processes", "1")
    assert 0 < done < total
    job.run(final.pk, by=staff.assessor)
    assert BatchRun.objects.get(pk=posting.pk).state == BatchRun.DONE
    amounts = {(p.decision_id, p.term): p.amount for p in Posting.objects.all()}
    assert amounts == {(r[0], n): a for r in expected for n, a in enumerate(r[8], 1) if a}


def test_a_killed_door_resumes_to_the_same_state(committed_db: str, town: Callable, office: Callable) -> None:
    from kokuho.desks.eligibility.models import InsuredPeriod
    from kokuho.desks.people.models import Person
    from kokuho.exchange import doors
    from kokuho.exchange.models import InboxFile

    staff = office("川口市")
    path: Path = town("川口市", 600) / "juki-full.csv"
    for delay in (0.35, 0.6, 0.8, 1.0):
        process = command("exchange", "--by", "op", "receive", str(path))
        time.sleep(delay)
        kill(process)
        file = InboxFile.objects.first()
        # Either nothing of the content is there, or all of it.
        assert Person.objects.exists() == (file is not None and file.state == InboxFile.APPLIED)
    for file_id in doors.unfinished():
        doors.resume(by=staff.operator, file_id=file_id)
    if not InboxFile.objects.exists():
        doors.receive_path(by=staff.operator, on=DAY, path=path)
    file = InboxFile.objects.get()
    assert file.state == InboxFile.APPLIED
    assert file.counts["added"] == file.record_count
    assert Person.objects.filter(superseded_at__isnull=True).values("atena_no").distinct().count() == file.record_count
    assert InsuredPeriod.objects.count() == file.counts["insured"]
