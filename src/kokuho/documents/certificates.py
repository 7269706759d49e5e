"""Issued certificates from the database: the source of a print run, and single ones for the counter.

Workers unpickle `CertificateSource` before Django is set up in them: this module imports no model at the top.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from kokuho.core.access import Actor
from kokuho.documents import addressed, addressing
from kokuho.documents.certificate import CertificateData
from kokuho.documents.checks import NotPrintable, Problem
from kokuho.documents.chunk import PrintItem
from kokuho.documents.decision_facts import Target
from kokuho.documents.render import render_together
from kokuho.documents.settings import office
from kokuho.documents.source import DatabaseSource

KIND = "certificate"
BATCH_KIND = "certificates"


class Issued(NamedTuple):
    """A certificate as it was issued, and who in the household its form is about."""

    id: int
    kind: str
    atena_no: int
    household_no: int
    symbol: str
    number: str
    branch: str
    issued_on: date
    method: str
    valid_from: date | None
    valid_until: date | None
    name: str
    kana: str
    real_name: str
    sex_on_back: bool
    printed: str  # JSON
    to_name: str  # of the addressee in the register


_ISSUED = """
SELECT DISTINCT ON (c.id) c.id, c.kind, c.atena_no, c.household_no, c.symbol, c.number, c.branch, c.issued_on, c.method,
       c.valid_from, c.valid_until, c.name, c.kana, c.real_name, c.sex_on_back, c.printed,
       coalesce({to}, c.name)
  FROM eligibility_certificate c
  JOIN unnest(%(ids)s::bigint[], %(to)s::bigint[]) AS a (id, to_no) ON a.id = c.id
  LEFT JOIN people_person t ON t.atena_no = a.to_no AND t.superseded_at IS NULL
 ORDER BY c.id, t.valid @> %(on)s DESC NULLS LAST, lower(t.valid) DESC
"""

_SENIORS = """
SELECT c.id, {name}, p.birth_date
  FROM eligibility_certificate c
  JOIN people_person p ON p.household_no = c.household_no AND p.superseded_at IS NULL AND p.valid @> %(on)s
  JOIN eligibility_insuredperiod e ON e.atena_no = p.atena_no AND e.superseded_at IS NULL AND e.valid @> %(on)s
 WHERE c.id = ANY(%(ids)s) AND c.kind = 'receipts_form' AND p.birth_date <= %(until)s
 ORDER BY c.id, p.is_head DESC, p.birth_date
"""


def _targets(on: date, *, ids: Sequence[int] | None = None, run_id: int | None = None) -> Iterator[Target]:
    which = "run_id = %(run)s" if ids is None else "id = ANY(%(ids)s)"
    return addressing.targets(
        f"SELECT id, atena_no, household_no FROM eligibility_certificate WHERE {which}",
        "c.atena_no IN (SELECT atena_no FROM redirect)",  # a person with an own 送付先 gets the paper there
        on, {"ids": list(ids or ()), "run": run_id},
    )  # fmt: skip


def _issued(targets: Sequence[Target], on: date) -> tuple[dict[int, Issued], dict[int, list[tuple[str, date]]]]:
    from django.db import connection

    from kokuho.desks.people import names
    from kokuho.law.eligibility.ages import senior_born_until
    from kokuho.law.eligibility.months import Month

    ids, to = [target.notice_no for target in targets], [target.payer_no for target in targets]
    seniors: dict[int, list[tuple[str, date]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ISSUED.format(to=names.printed("t", names.ELIGIBILITY)), {"ids": ids, "to": to, "on": on})
        rows = [Issued._make(row) for row in cursor.fetchall()]
        if any(row.kind == "receipts_form" for row in rows):
            seniors_of = _SENIORS.format(name=names.printed("p", names.ELIGIBILITY))
            cursor.execute(seniors_of, {"ids": ids, "on": on, "until": senior_born_until(Month.of(on))})
            for number, name, birth in cursor.fetchall():
                seniors.setdefault(number, []).append((name, birth))
    return {row.id: row for row in rows}, seniors


def _office(target: Target) -> Any:
    import re

    from kokuho.core.queries import municipality

    ward = re.match(r"[^0-9０-９]{1,4}?区", target.to.town or "")
    return office(municipality().code, ward.group() if ward else "")


def _layout(kind: str) -> str:
    from kokuho.desks.eligibility import papers

    paper = papers.types()[kind]
    if kind.startswith("confirmation") and papers.settings().confirmation_form == "sheet":
        return "sheet"
    return paper.layout


def documents(targets: Sequence[Target], on: date, *, mark: str = "") -> tuple[list[CertificateData], set[int]]:
    """The documents of these certificates, and everybody whose data they carry."""
    issued, seniors = _issued(targets, on)
    made = []
    for target in targets:
        row = issued[target.notice_no]
        of = _office(target)
        destination = addressed.destination(target, of, row.to_name) if row.method == "mail" else None
        made.append(
            CertificateData(
                code=f"{row.id:010d}", kind=row.kind, layout=_layout(row.kind), atena_number=str(row.atena_no),
                issued_on=row.issued_on, office=of, symbol=row.symbol, number=row.number, branch=row.branch, name=row.name,
                kana=row.kana, real_name=row.real_name, valid_from=row.valid_from, valid_until=row.valid_until,
                printed=json.loads(row.printed), destination=destination, sex_on_back=row.sex_on_back, mark=mark,
                persons=tuple(seniors.get(row.id, ())), pull=target.pull,
            )
        )  # fmt: skip
    return made, {row.atena_no for row in issued.values()} | {target.payer_no for target in targets}


@dataclass(frozen=True, kw_only=True)
class CertificateSource(DatabaseSource):
    """The certificates of a run or of a list, for a print run (`documents.batch.DocumentSource`)."""

    run_id: int | None = None
    ids: tuple[int, ...] | None = None
    reason: str = ""

    def items(self) -> Iterable[PrintItem]:
        """What will be printed, in two queries."""
        from kokuho.desks.people.wards import wards

        self.by.require("certificate.print")
        known = wards(self.letter_date)
        return [
            addressed.item(f"{target.notice_no:010d}", target, _office(target), known)
            for target in _targets(self.letter_date, ids=self.ids, run_id=self.run_id)
        ]

    def load(self, numbers: Sequence[str]) -> Sequence[CertificateData]:
        """The certificates with these numbers: two queries and one record in the audit."""
        from kokuho.core import printing
        from kokuho.desks.eligibility.actions.certificates import printed_among

        wanted = list(_targets(self.letter_date, ids=[int(number) for number in numbers]))
        made, persons = documents(wanted, self.letter_date)
        printing.printed(
            self.by, "certificates.print", persons=sorted(persons), reason=self.reason, printer=f"一括印刷のファイル {self.batch_id}",
            case={"run": self.batch_id, "certificates": len(made), "first": numbers[0]},
        )
        before, again = printed_among([target.notice_no for target in wanted]), printing.again_on(self.letter_date)
        return [
            replace(paper, mark=again) if target.notice_no in before else paper for paper, target in zip(made, wanted, strict=True)
        ]


def certificate_pdf(*, by: Actor, on: date, certificate_id: int, reason: str = "") -> bytes:
    """The PDF of one issued certificate for the counter's printer (see `certificates_pdf`)."""
    return certificates_pdf(by=by, on=on, certificate_ids=[certificate_id], reason=reason)


def certificates_pdf(*, by: Actor, on: date, certificate_ids: Sequence[int], reason: str = "") -> bytes:
    """The PDF of a few issued certificates for the counter's printer, from the values as issued. A second printing needs a reason
    and is marked 再発行 with its day (EXPORT-07).

    Raises `Refused` without `certificate.print`, and without `protected.read` for protected persons and their households;
    Certificate.DoesNotExist; `CertificateError` CRT23; `NotPrintable`, P93 for a protected person's letter without a safe 送付先.
    """
    from kokuho.core import printing
    from kokuho.core.queries import municipality
    from kokuho.desks.eligibility.actions.certificates import record_print
    from kokuho.desks.eligibility.models import Certificate
    from kokuho.desks.people.models import Sender
    from kokuho.documents.dated import settings_on

    printing.allow(by, "certificate.pdf")
    targets = list(_targets(on, ids=list(certificate_ids)))
    if not targets or len(targets) != len(set(certificate_ids)):
        raise Certificate.DoesNotExist(certificate_ids)
    if any(target.pull == "protected" for target in targets):
        by.require("protected.read")
    made, persons = documents(targets, on)
    text = "支援措置を受けている方の安全な送付先が登録されていません。窓口で渡すか、送付先を登録してください。"
    problems = [
        Problem(paper.code, paper.atena_number, "P93", text)
        for paper, target in zip(made, targets, strict=True)
        if paper.destination is not None and not target.deliverable
    ]
    if problems:
        raise NotPrintable(problems)
    before = record_print(by=by, on=on, certificate_ids=certificate_ids, reason=reason)
    again = printing.again_on(on)
    made = [replace(paper, mark=again) if target.notice_no in before else paper for paper, target in zip(made, targets, strict=True)]
    pdf = render_together(KIND, made, settings_on(municipality().code, Sender.ELIGIBILITY, on))
    printing.printed(
        by, "certificate.pdf", persons=sorted(persons), reason=reason, case={"certificates": list(certificate_ids)}
    )
    return pdf
