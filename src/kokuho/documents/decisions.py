"""The notices of an annual levy from the database: the source of a print run, and one notice for the screen.

Workers unpickle `DecisionSource` before Django is set up in them: this module imports no model at the top.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.documents import addressed
from kokuho.documents import decision_facts as facts
from kokuho.documents.checks import NotPrintable, Problem
from kokuho.documents.chunk import PrintItem
from kokuho.documents.decision_facts import IssuedLevy, Target
from kokuho.documents.decision_notice import members_of, notice, sender
from kokuho.documents.fonts import font_set
from kokuho.documents.notice import NoticeData
from kokuho.documents.render import render
from kokuho.documents.reprints import NOTHING, Before
from kokuho.documents.settings import PrintSettings, print_settings
from kokuho.documents.source import DatabaseSource
from kokuho.law.errors import LawError
from kokuho.law.premium.assess import prepare
from kokuho.law.premium.breakdown import Reader
from kokuho.law.premium.ordinance import load_ordinance

KIND = "levy-notice"
BATCH_KIND = "notices"


class NoticeError(CodedError):
    """The notices cannot be made now. `code` is stable, the message says what to do."""


def issued_levy(levy_id: int, *, posted: bool = True, on: date | None = None) -> IssuedLevy:
    """A final levy that is frozen and (`posted`) in the ledger, with the sender of letters of a day (`on`, else the decision's).
    LevyRun.DoesNotExist for an unknown one.

    Raises `NoticeError`: N01 before it is frozen, N02 before 調定 is complete.
    """
    from kokuho.core.models import BatchRun, Municipality
    from kokuho.desks.assessment.models import LevyRun
    from kokuho.desks.collection import actions as ledger
    from kokuho.desks.people.masters import sender
    from kokuho.desks.people.models import Sender

    run = LevyRun.objects.get(pk=levy_id)
    if run.mode != LevyRun.FINAL or run.frozen_at is None or run.trial_id is None:
        raise NoticeError("N01", "確定していない賦課の通知書は作れません。本算定を終えてください。")
    postings = BatchRun.objects.filter(kind=ledger.KIND, parameters__levy=run.pk, state=BatchRun.DONE)
    if posted and not postings.exists():
        raise NoticeError("N02", "調定が終わっていません。電算担当に続きの実行を依頼し、調定を終えてから作ってください。")
    return IssuedLevy(
        run_id=run.pk,
        snapshot_id=run.trial_id,
        municipality=Municipality.objects.get().code,
        fiscal_year=run.fiscal_year,
        decided_on=run.decided_on,
        due_dates=tuple(run.due_dates),
        sender=tuple(sender(Sender.LEVY, on=on or run.decided_on).items()),
    )


@cache
def _reader(municipality: str, fiscal_year: int) -> Reader:
    return Reader(prepare(load_ordinance(municipality, fiscal_year), fiscal_year))


def _notices(levy: IssuedLevy, letter_date: date, wanted: Sequence[Target]) -> tuple[list[NoticeData], set[int]]:
    """The notices of these targets, and the 宛名番号 of everybody whose data they carry.

    Raises `NoticeError` N03 when the ordinance or a national value has changed since the levy.
    """
    decided = facts.decisions(levy, [target.notice_no for target in wanted])
    traces = {number: json.loads(decision.trace) for number, decision in decided.items()}
    persons = {person for trace in traces.values() for person in members_of(trace)}
    persons.update(target.payer_no for target in wanted)
    people = facts.names(levy, sorted(persons))
    reader = _reader(levy.municipality, levy.fiscal_year)
    fonts = font_set(print_settings(levy.municipality))
    made = []
    for target in wanted:
        number = target.notice_no
        try:
            made.append(notice(levy, letter_date, target, decided[number], traces[number], people, reader, fonts))
        except LawError as error:
            raise NoticeError("N03", f"通知書番号 {number:010d}: {error.message}") from error
    return made, persons


@dataclass(frozen=True, kw_only=True)
class DecisionSource(DatabaseSource):
    """The notices of a frozen levy for a print run (`documents.batch.DocumentSource`).

    `numbers` picks some of them; None is all. What was printed `before` is marked 再発行.
    Reading a chunk is recorded with everybody whose data it carries, on behalf
    of the one who ordered the run.
    """

    levy: IssuedLevy
    numbers: tuple[int, ...] | None = None
    before: Before = NOTHING
    reason: str = ""

    def items(self) -> Iterable[PrintItem]:
        """What will be printed, in two queries."""
        from kokuho.desks.people.wards import wards

        self.by.require("notice.print")
        if self.numbers is None:
            found: Iterable[Target] = facts.every_target(self.levy, self.letter_date)
        else:
            found = facts.targets(self.levy, self.letter_date, self.numbers)
        known = wards(self.letter_date)
        return [addressed.item(f"{target.notice_no:010d}", target, sender(self.levy, target), known) for target in found]

    def load(self, numbers: Sequence[str]) -> Sequence[NoticeData]:
        """The notices with these numbers: three queries and one record in the audit."""
        from kokuho.core import printing

        wanted = facts.targets(self.levy, self.letter_date, [int(number) for number in numbers])
        made, persons = _notices(self.levy, self.letter_date, wanted)
        printing.printed(
            self.by, "notices.print", persons=sorted(persons), reason=self.reason, printer=f"一括印刷のファイル {self.batch_id}",
            case={"run": self.batch_id, "levy": self.levy.run_id, "notices": len(made), "first": numbers[0]},
        )
        again = printing.again_on(self.letter_date)
        return [replace(one, mark=again) if one.notice_number in self.before else one for one in made]


def notice_copy(*, by: Actor, decision_id: int) -> bytes:
    """The notice of an issued decision as it is or would be sent, to look at: every page says 控え. Raises as `notice_pdf`."""
    from kokuho.core.reads import seen

    by.require("notice.read")
    made, persons, settings = _single(by, decision_id)
    seen(by, "notice.copy", persons=sorted(persons), detail={"decision": decision_id})
    return render(KIND, replace(made, mark="控え（画面での確認用）"), settings)


def notice_pdf(*, by: Actor, on: date, decision_id: int, reason: str = "") -> bytes:
    """The notice of an issued decision for the counter's printer, dated as it was printed (before any print run: as it was decided).
    One that was printed before, in a run or here, needs a reason and is marked 再発行 of the day `on` (EXPORT-07).

    Raises Decision.DoesNotExist; `Refused` without `notice.reissue`, for protected persons and their households without
    `protected.read`; `PrintError` EXPORT-07-REASON; `NoticeError` N01 and N03; `NotPrintable` with the reasons, P93 for a
    protected payer without a safe 送付先.
    """
    from kokuho.core import printing

    printing.allow(by, "notice.pdf")
    made, persons, settings = _single(by, decision_id)
    mark = printing.mark(notice_printed(by=by, decision_id=decision_id), on=on, reason=reason)
    pdf = render(KIND, replace(made, mark=mark), settings)
    printing.printed(
        by, "notice.pdf", persons=sorted(persons), reason=reason, case={"decision": decision_id, "notice": int(made.notice_number)}
    )
    return pdf


def notice_printed(*, by: Actor, decision_id: int) -> bool:
    """Whether the notice of a decision was printed before, in a run of its levy or by itself. Needs `notice.read`."""
    from kokuho.core import printing
    from kokuho.desks.assessment.models import Decision
    from kokuho.documents.reprints import before

    by.require("notice.read")
    found = Decision.objects.values("run_id", "notice_no", "version", "payer_no").get(pk=decision_id)
    if not found["version"] and f"{found['notice_no']:010d}" in before(BATCH_KIND, levy=found["run_id"]):
        return True
    return printing.was_printed("notice.pdf", found["payer_no"], {"decision": decision_id})


def _single(by: Actor, decision_id: int) -> tuple[NoticeData, set[int], PrintSettings]:
    """The notice of one decision, everybody whose data it carries, and how it is printed."""
    from kokuho.desks.assessment.models import Decision
    from kokuho.desks.people.models import Sender
    from kokuho.documents.dated import settings_on

    run_id, notice_no = Decision.objects.values_list("run_id", "notice_no").get(pk=decision_id)
    levy = issued_levy(run_id, posted=False)
    letter_date = _letter_date(levy)
    levy = issued_levy(run_id, posted=False, on=letter_date)
    (target,) = facts.targets(levy, letter_date, [notice_no])
    if target.pull == "protected":
        by.require("protected.read")
    if not target.deliverable:
        text = "支援措置を受けている方の安全な送付先が登録されていません。送付先を確かめて登録してください。"
        raise NotPrintable([Problem(f"{notice_no:010d}", str(target.payer_no), "P93", text)])
    (made,), persons = _notices(levy, letter_date, [target])
    return made, persons, settings_on(levy.municipality, Sender.LEVY, letter_date)


def _letter_date(levy: IssuedLevy) -> date:
    from kokuho.core.models import BatchRun

    printed = BatchRun.objects.filter(kind=BATCH_KIND, parameters__levy=levy.run_id, state=BatchRun.DONE)
    return printed.order_by("-pk").values_list("business_date", flat=True).first() or levy.decided_on
