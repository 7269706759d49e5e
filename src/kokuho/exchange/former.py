"""旧システムから, as steps of the data migration: the issue history of the certificates that the law has ended (AKASHI-04), the
periods of 退職被保険者等 (SHI-15)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kokuho.core import bulk
from kokuho.core.access import Actor
from kokuho.desks.eligibility.actions import former_certificates, former_retired
from kokuho.exchange.doors import Applied, Door, Trouble, data_batches
from kokuho.exchange.models import InboxFile

CERTIFICATES, RETIRED = "former-certificates", "former-retired"
# The file's codes in the words of the certificates.
_KIND = {"1": "insured_card", "2": "short_term_card", "3": "qualification_certificate", "4": "senior_card"}
_FORM = {"1": "個人カード", "2": "世帯単位の証"}
_REASON = {"01": "new", "02": "renewal", "03": "lost", "04": "damaged", "05": "items", "06": "ratio", "07": "arrears", "08": "released"}
_METHOD = {"1": "window", "2": "mail"}
_STATE = {"1": "held", "2": "collected", "3": "lost", "4": "ended", "5": "returned"}
_COLLECTED = {"1": "window", "2": "mail", "3": "visit", "9": "other"}
_CAUSE = {"1": "loss", "2": "replaced", "3": "ratio", "9": "other"}
_ROLE = {"1": "self", "2": "dependent"}


def _said(decoder: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    for batch in data_batches(decoder):
        for row, record in zip(batch.rows, batch.numbers, strict=True):
            yield record, dict(zip(batch.names, row, strict=True))


def _issues(decoder: Any) -> Iterator[list[Any]]:
    for record, said in _said(decoder):
        yield [
            record, said["issue_no"], said["atena_number"], said["household_number"], _KIND[said["kind"]], _FORM[said["form"]],
            said["symbol"] or "", said["number"], said["branch"] or "", said["name"], said["name_kana"] or "", said["ratio"],
            said["issued_on"], _REASON.get(said["reason"], "other"), _METHOD[said["method"]], said["office"] or "",
            said["staff"] or "", said["copies"], said["valid_from"], said["valid_until"], _STATE[said["state"]],
            said["collected_on"], _COLLECTED.get(said["collected_by"] or "", ""), _CAUSE.get(said["cause"] or "", ""),
        ]  # fmt: skip


def _periods(decoder: Any) -> Iterator[list[Any]]:
    for record, said in _said(decoder):
        pension = " ".join(filter(None, (said["pension"], said["pension_number"])))
        yield [
            record, said["atena_number"], said["since"], said["ended_on"], _ROLE[said["role"]], said["why"] or "", said["notified_on"],
            pension,
        ]  # fmt: skip


def _stage(decoder: Any, file: InboxFile) -> None:
    if file.layout == RETIRED:
        bulk.stage("staged", former_retired.COLUMNS, _periods(decoder))
    else:
        bulk.stage("staged", former_certificates.COLUMNS, _issues(decoder))
    bulk.analyze("staged")


def _apply(by: Actor, file: InboxFile, staged: None) -> Applied:
    origin = f"file:{file.pk}"
    if file.layout == RETIRED:
        counts, problems = former_retired.take_retired(by=by, origin=origin)
    else:
        counts, problems = former_certificates.take_former(by=by, on=file.business_date, origin=origin)
    troubles = [Trouble(u.record, u.atena_no, u.code, u.message) for u in problems]
    return Applied(file.record_count - len(troubles), counts, troubles)


DOOR = Door("kyusystem", "旧国保システム", (CERTIFICATES, RETIRED), _stage, _apply, migration=True)
