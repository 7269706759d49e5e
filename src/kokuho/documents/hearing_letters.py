"""事前通知 of 特別療養費 with 弁明の機会, for a print run: to the 納付義務者, protected households apart (AKASHI-12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from kokuho.core import era
from kokuho.documents import addressed, addressing
from kokuho.documents.chunk import PrintItem
from kokuho.documents.decision_facts import Target
from kokuho.documents.office_letter import LetterData
from kokuho.documents.settings import office
from kokuho.documents.source import DatabaseSource

if TYPE_CHECKING:
    from kokuho.desks.eligibility.models import HearingNotice

KIND = "office-letter"
BATCH_KIND = "hearing-letters"
# The notice goes to the 納付義務者, whatever 世帯主 the household has had since.
_TO_THE_PAYER = "true"


def reached(households: Sequence[int], on: date) -> dict[int, bool]:
    """Candidates by 世帯番号: whether a letter of a day would go out. It does not to a protected payer without a safe 送付先, where the
    mail is stopped, and to one who died or is gone."""
    found = addressing.targets(
        "SELECT household_no AS id, payer_no AS atena_no, household_no FROM eligibility_arrearshousehold"
        " WHERE household_no = ANY(%(households)s)",
        _TO_THE_PAYER, on, {"households": list(households)},
    )  # fmt: skip
    return {target.decision_id: target.deliverable and not target.hold and target.pull != "mail_stopped" for target in found}


@dataclass(frozen=True, kw_only=True)
class HearingLetterSource(DatabaseSource):
    """The letters of 事前通知, for a print run (`documents.batch.DocumentSource`). Those whom another run notified are marked 再発行."""

    notices: tuple[int, ...]
    reason: str = ""

    def items(self) -> Iterable[PrintItem]:
        """What will be printed."""
        from kokuho.core.queries import municipality
        from kokuho.desks.people.wards import wards

        self.by.require("eligibility.letter")
        known = wards(self.letter_date)
        of = office(municipality().code)
        return [addressed.item(code(target.notice_no), target, of, known) for target in self._targets(self.notices)]

    def load(self, numbers: Sequence[str]) -> Sequence[LetterData]:
        """The letters with these numbers, and one record in the audit."""
        from kokuho.core import printing
        from kokuho.desks.eligibility.models import HearingNotice
        from kokuho.documents.office_letters import insured_numbers, printed_names

        printing.allow(self.by, "eligibility.hearing_letters")
        ids = [int(number[1:]) for number in numbers]
        rows = {row.pk: row for row in HearingNotice.objects.filter(pk__in=ids)}
        targets = {target.notice_no: target for target in self._targets(ids)}
        names = printed_names(sorted({row.payer_no for row in rows.values()}), self.letter_date)
        numbered = insured_numbers([row.household_no for row in rows.values()])
        printing.printed(
            self.by, "eligibility.hearing_letters", reason=self.reason, printer=f"一括印刷のファイル {self.batch_id}",
            persons=sorted({row.payer_no for row in rows.values()}),
            case={"run": self.batch_id, "letters": len(targets), "first": numbers[0]},
        )  # fmt: skip
        again = printing.again_on(self.letter_date)
        made = [
            (row, _letter(targets[number], row, names[row.payer_no], numbered.get(row.household_no, "—")))
            for number, row in sorted(rows.items())
        ]
        return [letter if row.run_id == self.batch_id else replace(letter, mark=again) for row, letter in made]

    def _targets(self, ids: Sequence[int]) -> Iterator[Target]:
        return addressing.targets(
            "SELECT id, payer_no AS atena_no, household_no FROM eligibility_hearingnotice WHERE id = ANY(%(ids)s)",
            _TO_THE_PAYER, self.letter_date, {"ids": list(ids)},
        )  # fmt: skip


def code(number: int) -> str:
    """文書番号 of a 事前通知."""
    return f"H{number:09d}"


def _letter(target: Target, notice: HearingNotice, name: str, number: str) -> LetterData:
    """Dated as issued, also when it is printed again."""
    from kokuho.desks.eligibility import papers
    from kokuho.documents.office_letters import letter_to, levy_word

    settings, levy = papers.settings(), levy_word()
    months = settings.arrears_months
    span = f"{months // 12}年" if months % 12 == 0 else f"{months}か月"
    spared = {"compulsory": "義務教育を終えるまでのお子さん", "high_school": "18歳に達した後の最初の3月31日までのお子さん"}
    until = era.long(notice.hearing_until)
    facts = [
        ("納付義務者", name, True), ("記号番号", number, False),
        ("予定している変更", "療養の給付等に代えて、特別療養費を支給すること", False),
        ("根拠となる規定", "国民健康保険法第54条の3第1項", False),
        ("理由となる事実", f"納期限から{span}を過ぎても納められていない{levy}があること", False),
        ("その額", f"{notice.overdue:,}円（最も古い納期限 {era.long(notice.oldest_due)}）", False),
        ("納期限を過ぎた額の合計", f"{notice.arrears:,}円（{notice.terms}期分、{era.long(notice.counted_on)}現在）", False),
        ("弁明書の提出期限", until, False),
    ]  # fmt: skip
    words = (("levy", levy), ("span", span), ("due", until), ("spared", spared[settings.child_exception]), ("code", code(notice.pk)))
    return letter_to(target, code(notice.pk), "hearing", notice.payer_no, notice.notified_on, name, facts, words)
