"""Letters of 年齢到達 from a run of age events, for a print run: 75歳 (後期への移行), 70歳 (負担割合), 65歳 and 40歳 (介護分の終わり
and 始まり), 就学 (割合・均等割の軽減), 18歳年度末 (子ども・子育て支援金分の均等割)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from kokuho.core import era
from kokuho.documents import addressed, addressing
from kokuho.documents.chunk import PrintItem
from kokuho.documents.decision_facts import Target
from kokuho.documents.office_letter import LetterData
from kokuho.documents.reprints import NOTHING, Before
from kokuho.documents.settings import office
from kokuho.documents.source import DatabaseSource

KIND = "office-letter"
BATCH_KIND = "age-letters"
# Kinds of age event that a letter goes with; the settings of the desk (`age_letters`) choose among them.
LETTERS = {
    "elderly": "age_75", "senior": "age_70", "care_first_from": "age_65", "care_second_from": "age_40", "school": "age_6",
    "child_end": "age_18",
}  # fmt: skip

_FACTS = """
SELECT r.id, r.kind, r.atena_no, r.birth_date, r.effective,
       CASE WHEN p.alias_name <> '' THEN p.alias_name ELSE p.name END,
       coalesce((SELECT b.symbol || '・' || b.number || CASE WHEN b.branch = '' THEN '' ELSE '-' || b.branch END
                   FROM eligibility_insuredbranch b WHERE b.atena_no = r.atena_no AND b.superseded_at IS NULL
                  ORDER BY b.valid @> (r.effective - 1) DESC, lower(b.valid) DESC LIMIT 1), '—'),
       CASE WHEN t.alias_name <> '' THEN t.alias_name ELSE t.name END
  FROM eligibility_ageeventrow r
  JOIN unnest(%(ids)s::bigint[], %(to)s::bigint[]) AS a (id, to_no) ON a.id = r.id
  CROSS JOIN LATERAL (SELECT * FROM people_person p WHERE p.atena_no = r.atena_no AND p.superseded_at IS NULL
                       ORDER BY p.valid @> %(on)s DESC, lower(p.valid) DESC LIMIT 1) p
  CROSS JOIN LATERAL (SELECT * FROM people_person t WHERE t.atena_no = a.to_no AND t.superseded_at IS NULL
                       ORDER BY t.valid @> %(on)s DESC, lower(t.valid) DESC LIMIT 1) t
"""


class _Fact(NamedTuple):
    id: int
    kind: str
    atena_no: int
    birth: date
    effective: date
    name: str
    number: str
    to_name: str


def wanted(settings: Sequence[str]) -> list[str]:
    """The kinds of event that the municipality writes about. Raises ValueError for a name that is none."""
    if strange := set(settings) - set(LETTERS):
        raise ValueError(f"年齢到達の通知の設定に知らない名前があります: {', '.join(sorted(strange))}")
    return [kind for kind in LETTERS if kind in settings]


@dataclass(frozen=True, kw_only=True)
class AgeLetterSource(DatabaseSource):
    """The letters of a run of age events, for a print run (`documents.batch.DocumentSource`)."""

    run_id: int
    kinds: tuple[str, ...]
    before: Before = NOTHING
    reason: str = ""

    def items(self) -> Iterable[PrintItem]:
        """What will be printed, in two queries."""
        from kokuho.core.queries import municipality
        from kokuho.desks.people.wards import wards

        self.by.require("eligibility.letter")
        known = wards(self.letter_date)
        of = office(municipality().code)
        return [addressed.item(_code(target.notice_no), target, of, known) for target in self._targets()]

    def load(self, numbers: Sequence[str]) -> Sequence[LetterData]:
        """The letters with these numbers: two queries and one record in the audit."""
        from django.db import connection

        from kokuho.core import printing

        printing.allow(self.by, "eligibility.age_letters")
        targets = {target.notice_no: target for target in self._targets([int(number[1:]) for number in numbers])}
        with connection.cursor() as cursor:
            cursor.execute(
                _FACTS, {"ids": list(targets), "to": [t.payer_no for t in targets.values()], "on": self.letter_date}
            )
            facts = [_Fact._make(row) for row in cursor.fetchall()]
        printing.printed(
            self.by, "eligibility.age_letters", reason=self.reason, printer=f"一括印刷のファイル {self.batch_id}",
            persons=sorted({fact.atena_no for fact in facts} | {target.payer_no for target in targets.values()}),
            case={"run": self.batch_id, "letters": len(facts), "first": numbers[0]},
        )  # fmt: skip
        made = [_letter(targets[fact.id], fact, self.letter_date) for fact in sorted(facts, key=lambda fact: fact.id)]
        again = printing.again_on(self.letter_date)
        return [replace(letter, mark=again) if letter.code in self.before else letter for letter in made]

    def _targets(self, ids: Sequence[int] | None = None) -> Iterator[Target]:
        which = "true" if ids is None else "id = ANY(%(ids)s)"
        return addressing.targets(
            f"""SELECT id, atena_no, household_no, kind FROM eligibility_ageeventrow
                 WHERE run_id = %(run)s AND state <> 'skipped' AND kind = ANY(%(kinds)s) AND {which}""",
            "c.kind = 'elderly'",  # at 75 the person will be insured alone; the other letters are for the 世帯主, who owes the levy
            self.letter_date, {"run": self.run_id, "kinds": list(self.kinds), "ids": ids},
        )  # fmt: skip


def _code(number: int) -> str:
    return f"N{number:09d}"


def _letter(target: Target, fact: _Fact, on: date) -> LetterData:
    from kokuho.documents.office_letters import letter_to, levy_word

    facts, words = _content(fact)
    words.append(("levy", levy_word()))
    return letter_to(target, _code(fact.id), LETTERS[fact.kind], fact.atena_no, on, fact.to_name, facts, tuple(words))


def _content(fact: _Fact) -> tuple[list[tuple[str, str, bool]], list[tuple[str, str]]]:
    """The table of the letter, and the words of its text. `effective` is the first day under the new rule."""
    day, before = fact.effective, fact.effective - timedelta(days=1)
    facts = [("対象の方", fact.name, True), ("生年月日", era.long(fact.birth), False), ("記号・番号-枝番", fact.number, False)]
    if fact.kind == "elderly":
        facts.append(("後期高齢者医療の被保険者になる日", era.long(day), False))
    elif fact.kind == "senior":
        facts.append(("割合が変わる日", era.long(day), False))
    elif fact.kind == "care_second_from":
        facts.append(("介護分がかかる最初の月", era.month(day), False))
    elif fact.kind == "school":
        facts += [("割合が3割になる日", era.long(day), False), ("均等割の軽減の最後の月", era.month(before), False)]
    elif fact.kind == "child_end":
        facts.append(("子ども・子育て支援金分の均等割がかかる最初の月", era.month(day), False))
    else:
        facts += [("介護分がかかる最後の月", era.month(before), False), ("介護保険料がかかる最初の月", era.month(day), False)]
    return facts, [("day", era.long(day)), ("last", era.month(before)), ("month", era.month(day))]

