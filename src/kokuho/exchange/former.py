"""旧システムから: the issue history of the certificates that the law has ended, as a step of the data migration (AKASHI-04)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kokuho.core import bulk
from kokuho.core.access import Actor
from kokuho.desks.eligibility.actions import former_certificates
from kokuho.exchange.doors import Applied, Door, Trouble, data_batches
from kokuho.exchange.models import InboxFile

LAYOUT = "former-certificates"
# The file's codes in the words of the certificates.
_KIND = {"1": "insured_card", "2": "short_term_card", "3": "qualification_certificate", "4": "senior_card"}
_FORM = {"1": "個人カード", "2": "世帯単位の証"}
_REASON = {"01": "new", "02": "renewal", "03": "lost", "04": "damaged", "05": "items", "06": "ratio", "07": "arrears", "08": "released"}
_METHOD = {"1": "window", "2": "mail"}
_STATE = {"1": "held", "2": "collected", "3": "lost", "4": "ended", "5": "returned"}
_COLLECTED = {"1": "window", "2": "mail", "3": "visit", "9": "other"}
_CAUSE = {"1": "loss", "2": "replaced", "3": "ratio", "9": "other"}


def _stage(decoder: Any, file: InboxFile) -> None:
    def rows() -> Iterator[list[Any]]:
        for batch in data_batches(decoder):
            for row, record in zip(batch.rows, batch.numbers, strict=True):
                said = dict(zip(batch.names, row, strict=True))
                yield [
                    record, said["issue_no"], said["atena_number"], said["household_number"], _KIND[said["kind"]], _FORM[said["form"]],
                    said["symbol"] or "", said["number"], said["branch"] or "", said["name"], said["name_kana"] or "", said["ratio"],
                    said["issued_on"], _REASON.get(said["reason"], "other"), _METHOD[said["method"]], said["office"] or "",
                    said["staff"] or "", said["copies"], said["valid_from"], said["valid_until"], _STATE[said["state"]],
                    said["collected_on"], _COLLECTED.get(said["collected_by"] or "", ""), _CAUSE.get(said["cause"] or "", ""),
                ]  # fmt: skip

    bulk.stage("staged", former_certificates.COLUMNS, rows())
    bulk.analyze("staged")


def _apply(by: Actor, file: InboxFile, staged: None) -> Applied:
    counts, problems = former_certificates.take_former(by=by, on=file.business_date, origin=f"file:{file.pk}")
    troubles = [Trouble(u.record, u.atena_no, u.code, u.message) for u in problems]
    return Applied(file.record_count - len(troubles), counts, troubles)


DOOR = Door("kyusystem", "旧国保システム", (LAYOUT,), _stage, _apply, migration=True)
