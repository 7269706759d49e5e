"""Helpers of commands: who calls, on which business date, and a line of progress on the terminal."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from collections.abc import Callable
from datetime import date

from kokuho.core import clock, manage, territory, writing


def parser(prog: str, description: str) -> argparse.ArgumentParser:
    """A parser with the options that every command of the office has."""
    made = argparse.ArgumentParser(prog=prog, description=description)
    made.add_argument("--by", metavar="STAFF_NO", help="職員番号（操作者）")
    made.add_argument("--on", metavar="DATE", type=date.fromisoformat, help="処理日（既定は今日）")
    return made


def actor(staff_no: str | None, on: date | None):  # type: ignore[no-untyped-def]
    """The actor of a command, with the machine as the terminal. Exits with status 2 when no one is named."""
    manage.setup()
    from kokuho.core.access import Refused, actor_for

    if not staff_no:
        print("職員番号を --by で指定してください。", file=sys.stderr)
        raise SystemExit(2)
    try:
        found = actor_for(staff_no, on=on or clock.business_date(), terminal=f"cmd:{socket.gethostname()}"[:60])
    except Refused:
        print(f"職員番号 {staff_no} は登録されていないか、利用期間外です。", file=sys.stderr)
        raise SystemExit(1) from None
    territory.become(found)
    writing.become(writing.Writer.of(found, os.environ.get("PGAPPNAME", "kokuho")))
    return found


def told(work: Callable[[], int], *also: type[Exception]) -> int:
    """A command's work: its exit status, or 1 when it cannot be done, with the code and the reason on standard error.

    `also`: errors with a `code` that come from below this floor (`LawError`).
    """
    from kokuho.core.access import Refused
    from kokuho.core.coded import CodedError

    expected: tuple[type[Exception], ...] = (CodedError, Refused, *also)
    try:
        return work()
    except expected as error:
        print(f"{getattr(error, 'code', '')} {error}", file=sys.stderr)
        return 1


class Bar:
    """`label  45% (12/27) 3.2秒` on standard error: redrawn on a terminal, at every tenth otherwise."""

    def __init__(self) -> None:
        self._label = ""
        self._started = 0.0
        self._shown = -1

    def __call__(self, label: str, done: int, total: int) -> None:
        """Show how far a piece of work is."""
        if label != self._label:
            self._label, self._started, self._shown = label, time.monotonic(), -1
        percent = done * 100 // total if total else 100
        tty = sys.stderr.isatty()
        if percent == self._shown or (not tty and percent // 10 == self._shown // 10 and percent != 100):
            return
        self._shown = percent
        text = f"{label}  {percent:3d}% ({done}/{total}) {time.monotonic() - self._started:.1f}秒"
        end = "\r" if tty and percent < 100 else "\n"
        print(text, end=end, file=sys.stderr, flush=True)
