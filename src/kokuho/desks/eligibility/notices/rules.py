"""What must hold before a notice is taken: who, when, on which papers. Each refusal has a code and says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kokuho.core import era
from kokuho.core.models import Municipality
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.models import BELIEVED, ElderlyPeriod, InsuredPeriod
from kokuho.desks.eligibility.notices.kinds import NoticeReason, notice_reasons, place_label
from kokuho.desks.eligibility.notices.payload import FOUR, MATCH, Notice
from kokuho.desks.eligibility.plan import NoticeError, outcomes
from kokuho.desks.eligibility.settings import OfficeSettings
from kokuho.desks.people import municipalities
from kokuho.desks.people.models import Person
from kokuho.law.eligibility.ages import birthday
from kokuho.law.eligibility.households import may_change_head
from kokuho.law.eligibility.notification import DuplicateFinding, ex_officio_loss
from kokuho.law.eligibility.reasons import ReasonKind
from kokuho.law.eligibility.settings import ex_officio_settings

BIRTH, WITHDRAWN, DUPLICATE, HEAD = "108", "112", "213", "306"
INTO, INTO_WITHIN, OUT, OUT_WITHIN = "101", "103", "201", "203"
HEAD_CONDITIONS = {
    "agrees": "擬制世帯主が同意している", "no_arrears": "世帯に滞納がない", "trusted": "納付と届出の義務を果たすと認められる",
}  # fmt: skip


def check(notice: Notice, settings: OfficeSettings, *, on: date) -> None:
    """Raises `NoticeError`: E05 a day that cannot be, E11 not a member of the household, E12 no such reason, E13 no papers, E14
    differing 4情報 without a decision, E15 latter-stage elderly, E16 conditions of 職権喪失, E18 nobody chosen, E22 conditions of
    国保世帯主, E23 certificates that cannot be issued with it, E26 a municipality that cannot be; and those of `plan.outcomes`."""
    if not notice.persons:
        raise NoticeError("E18", "異動する人を選んでください。")
    if not notice.code:
        if not notice.cancels:
            raise NoticeError("E12", "異動事由を選んでください。")
        outcomes(notice.drafts(), settings, on=on)
        return
    entry = notice_reasons().get(notice.code)
    if entry is None:
        raise NoticeError("E12", f"異動事由 {notice.code} はありません。")
    if notice.event_on is None:
        raise NoticeError("E05", f"{entry.day}を入力してください。")
    _check_papers(notice, entry)
    rows = _members(notice, notice.event_on)
    if entry.kind is ReasonKind.ACQUISITION:
        _check_acquisition(notice, rows, notice.event_on)
    if notice.place:
        _check_place(notice, notice.event_on)
    if notice.issue:
        _check_issue(notice, entry, on)
    if notice.code == HEAD:
        _check_head(notice, rows, notice.event_on)
    if notice.code == DUPLICATE:
        _check_duplicate(notice, on)
    outcomes(notice.drafts(), settings, on=on)


def _check_papers(notice: Notice, entry: NoticeReason) -> None:
    known = {code for code, _ in entry.documents}
    if not notice.documents or set(notice.documents) - known:
        raise NoticeError("E13", "確かめた書類を1つ以上選んでください。")
    # 職権 has no paper to compare with the register.
    missing = set() if notice.ex_officio else set(notice.persons) - set(notice.four)
    if set(notice.four.values()) - set(FOUR) or set(notice.four) - set(notice.persons) or missing:
        raise NoticeError("E14", "届書の4情報（氏名・生年月日・性別・住所）と住民記録の照合の結果を、一人ずつ選んでください。")
    if any(result != MATCH for result in notice.four.values()) and not notice.four_note.strip():
        raise NoticeError("E14", "4情報が住民記録と違う人がいます。どう判断して受け付けるかを書いてください。")


def _members(notice: Notice, event_on: date) -> Mapping[int, Person]:
    """The register's rows of those concerned, as of the event, all of this household."""
    rows: dict[int, Person] = {}
    for row in Person.objects.filter(BELIEVED, atena_no__in=notice.persons, household_no=notice.household_no):
        held = rows.get(row.atena_no)
        if held is None or row.valid.lower <= event_on < (row.valid.upper or date.max) or held.valid.lower < row.valid.lower:
            rows[row.atena_no] = row
    if missing := set(notice.persons) - set(rows):
        if not Person.objects.filter(BELIEVED, atena_no__in=missing).exists():
            raise NoticeError("E06", f"宛名番号 {min(missing)} の人は宛名にいません。住民異動届か住登外の登録を先に済ませてください。")
        raise NoticeError(
            "E11",
            f"宛名番号 {min(missing)} の人は、住民記録ではこの世帯の世帯員ではありません。世帯を選び直すか、住民異動届を先に"
            "済ませてください。",
        )
    return rows


def _check_acquisition(notice: Notice, rows: Mapping[int, Person], event_on: date) -> None:
    if notice.code == BIRTH and (other := next((r for r in rows.values() if r.birth_date != event_on), None)):
        raise NoticeError(
            "E05", f"出生の異動日は生年月日です。{other.printed_name}の生年月日は {era.short(other.birth_date)} です。"
        )  # fmt: skip
    for row in rows.values():
        if birthday(row.birth_date, 75) <= event_on:
            raise NoticeError("E15", f"{row.printed_name}は75歳以上です。国保ではなく後期高齢者医療の届出になります。")
    moved = ElderlyPeriod.objects.filter(BELIEVED, atena_no__in=notice.persons, valid__contains=event_on)
    if notice.code != WITHDRAWN and (held := moved.first()):
        raise NoticeError(
            "E15",
            f"{rows[held.atena_no].printed_name}はこの日に後期高齢者医療の被保険者です。撤回の届出があるときは「障害認定の撤回」を選びます。",
        )


def _check_place(notice: Notice, event_on: date) -> None:
    label = place_label(notice.code)
    if not label:
        raise NoticeError("E26", "この事由では、前住所地・転出先を入力しません。")
    if problem := municipalities.municipality_problem(notice.place, on=event_on):
        raise NoticeError("E26", f"{label}: {problem}")
    own = Municipality.objects.get().code
    words = municipalities.words(notice.place, on=event_on)
    if notice.place == own:
        raise NoticeError("E26", f"{label}がこの市（{words}）になっています。市内の転居は「転居による世帯の異動」です。")
    inside = notice.place[:2] == own[:2]
    if notice.code in (INTO_WITHIN, OUT_WITHIN) and not inside:
        raise NoticeError("E26", f"{words}は県外です。県外の転入・転出の事由を選んでください。")
    if notice.code in (INTO, OUT) and inside:
        raise NoticeError("E26", f"{words}は県内です。県内の転入・転出の事由を選んでください。")


def _check_issue(notice: Notice, entry: NoticeReason, on: date) -> None:
    if entry.kind is not ReasonKind.ACQUISITION or notice.issue not in papers.words("methods"):
        raise NoticeError("E23", "証をあわせて交付できるのは取得の届出だけです。交付の方法を選び直してください。")
    if notice.event_on is not None and notice.event_on > on:
        raise NoticeError("E23", "異動日が先のときは、証をあわせて交付できません。「交付しない」を選び、その日以後に交付してください。")
    papers.insurer()


def _check_head(notice: Notice, rows: Mapping[int, Person], event_on: date) -> None:
    if len(notice.persons) != 1:
        raise NoticeError("E22", "国保の世帯主にする人を1人だけ選んでください。")
    [row] = rows.values()
    insured = InsuredPeriod.objects.filter(BELIEVED, atena_no=row.atena_no, valid__contains=event_on).exists()
    head = Person.objects.filter(BELIEVED, household_no=notice.household_no, is_head=True, valid__contains=event_on).first()
    if row.is_head or head is None:
        raise NoticeError("E22", "住民票の世帯主は、国保の世帯主として別に届け出ることはありません。")
    if InsuredPeriod.objects.filter(BELIEVED, atena_no=head.atena_no, valid__contains=event_on).exists():
        raise NoticeError("E22", "住民票の世帯主が国保の被保険者です。擬制世帯主の世帯だけが国保の世帯主を変えられます。")
    if not may_change_head(
        nominal_head_agrees=bool(notice.head.get("agrees")), new_head_insured=insured,
        arrears=not notice.head.get("no_arrears"), trusted_to_pay=bool(notice.head.get("trusted")),
    ):  # fmt: skip
        wanted = "・".join(label for key, label in HEAD_CONDITIONS.items() if not notice.head.get(key))
        raise NoticeError("E22", f"国保の世帯主を変える要件が足りません（{wanted or '届け出る人が被保険者でない'}）。")


def _check_duplicate(notice: Notice, on: date) -> None:
    assert notice.event_on is not None
    settings = ex_officio_settings(on)
    for atena_no in notice.persons:
        period = InsuredPeriod.objects.filter(BELIEVED, atena_no=atena_no, valid__contains=notice.event_on).first()
        finding = DuplicateFinding(
            period.acquired_on if period else date.max, notice.event_on, notice.notices_seen, notice.other_continues,
            notice.informed_on,
        )  # fmt: skip
        found = ex_officio_loss(finding, on, settings)
        if not found.allowed:
            raise NoticeError("E16", f"職権喪失の要件が足りません: {'、'.join(found.missing)}。")
