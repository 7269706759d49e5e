"""Taking in a file of an online application: by an operator, through this one entrance (OUT-03)."""

from __future__ import annotations

import io
from dataclasses import asdict
from datetime import date

from django.db import transaction

from kokuho.core import audit, writing
from kokuho.core.access import Actor
from kokuho.exchange import intake, numberscan, rawstore
from kokuho.exchange.intake import IntakeError
from kokuho.exchange.models import ReceivedApplication


def take_in(*, by: Actor, on: date, reception_no: str, file_name: str, data: bytes) -> ReceivedApplication:
    """Look at a file and keep it sealed: accepted and unmatched, or stopped and in quarantine with the reason.

    Raises `IntakeError` A10 without a 受付番号, A11 when the same file was taken in before; a stopped file is an answer, not an
    error.
    """
    by.require("application.take")
    if not reception_no.strip():
        raise IntakeError("A10", "電子申請の受付番号を入力してください。")
    code = message = ""
    parts: list[intake.Part] = []
    try:
        parts = intake.inspect(file_name, data)
        if numberscan.held_in(io.BytesIO(data)):
            raise IntakeError("A12", "個人番号を求めない申請のファイルに個人番号がありました。")
    except IntakeError as error:
        code, message = error.code, str(error)
    sha, size = rawstore.keep(io.BytesIO(data))
    with transaction.atomic(), writing.acting(by, "application.take"):
        if not code and ReceivedApplication.objects.filter(sha256=sha, state=ReceivedApplication.ACCEPTED).exists():
            raise IntakeError("A11", "同じファイルを既に受け付けています。")
        taken = ReceivedApplication.objects.create(
            reception_no=reception_no.strip()[:40], file_name=file_name[:200], sha256=sha, size=size,
            state=ReceivedApplication.STOPPED if code else ReceivedApplication.ACCEPTED, code=code, message=message,
            parts=[asdict(part) for part in parts], taken_by=by.staff_no, business_date=on,
        )  # fmt: skip
        audit.record(
            by, function="application.take", operation="receive", detail={"application": taken.pk, "sha256": sha, "code": code}
        )  # fmt: skip
    if code:
        rawstore.quarantine(sha)
    return taken
