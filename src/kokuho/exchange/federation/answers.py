"""What the federation sends back: the prefecture's dates, member IDs, 継続世帯. Matched first, applied when a person confirms."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, writing
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import Municipality
from kokuho.exchange.doors import Applied, Trouble
from kokuho.exchange.models import FederationAnswer, InboxFile


class AnswerError(CodedError):
    """The records cannot be applied as asked; nothing was changed. `code` is stable."""


# Why a record does not match: code, condition over staged `s` and the person's latest stay `e`, sentence.
_DATES = (
    ("S20", "e.atena_no IS NULL", "宛名番号の資格がありません。"),
    ("S24", "s.lost_on < s.acquired_on", "県内の資格喪失年月日が取得年月日より前です。"),
    ("S21", "s.acquired_on > e.applied_from", "県内の資格取得年月日が、当市の適用開始年月日より後です。"),
    ("S22", "s.lost_on IS NOT NULL AND e.lost_on IS NULL AND e.applied_until IS NULL",
     "集約システムでは喪失していますが、当市では適用中です。"),
    ("S23", "s.lost_on IS NULL AND e.lost_on IS NOT NULL", "当市では喪失していますが、集約システムでは喪失していません。"),
    ("S26", "s.lost_on IS NOT NULL AND e.lost_on IS NOT NULL AND s.lost_on < e.applied_until",
     "県内の資格喪失年月日が、当市の適用終了年月日より前です。"),
    ("S25", "EXISTS (SELECT 1 FROM eligibility_memberid m WHERE m.member_id = s.member_id AND m.superseded_at IS NULL "
            "AND m.atena_no <> s.atena_no)", "この市町村被保険者IDは別の人のものです。"),
)  # fmt: skip
_IDS = (
    ("S20", "e.atena_no IS NULL", "宛名番号の資格がありません。"),
    ("S25", "EXISTS (SELECT 1 FROM eligibility_memberid m WHERE m.member_id = s.member_id AND m.superseded_at IS NULL "
            "AND m.atena_no <> s.atena_no)", "この市町村被保険者IDは別の人のものです。"),
    ("S27", "(SELECT count(*) FROM staged t WHERE t.member_id = s.member_id) > 1",
     "同じ市町村被保険者IDがファイルの中に二度あります。"),
)  # fmt: skip
_ASK = "国保連合会に確かめ、結果を記録してください。"


def _mismatches(cursor: Any, rules: tuple[tuple[str, str, str], ...]) -> list[Trouble]:
    """Records that do not match; `matched` holds the others afterwards."""
    code = " ".join(f"WHEN {condition} THEN '{code}'" for code, condition, _ in rules)
    cursor.execute(
        f"""
        CREATE TEMP TABLE matched ON COMMIT DROP AS
        SELECT s.*, CASE {code} ELSE '' END AS code FROM staged s
          LEFT JOIN (SELECT DISTINCT ON (atena_no) atena_no, lower(valid) AS applied_from, upper(valid) AS applied_until, lost_on
                       FROM eligibility_insuredperiod WHERE superseded_at IS NULL AND atena_no IN (SELECT atena_no FROM staged)
                      ORDER BY atena_no, lower(valid) DESC) e ON e.atena_no = s.atena_no
        """
    )
    cursor.execute("SELECT record, atena_no, code FROM matched WHERE code <> '' ORDER BY record")
    sentences = {code: sentence for code, _, sentence in rules}
    return [Trouble(record, atena, code, sentences[code] + _ASK) for record, atena, code in cursor.fetchall()]


def apply_dates(by: Actor, file: InboxFile) -> Applied:
    """国保資格取得喪失年月日連携 (IF-19-3): those that match wait for confirmation."""
    with connection.cursor() as cursor:
        troubles = _mismatches(cursor, _DATES)
        cursor.execute(
            """
            INSERT INTO exchange_federationanswer (file_id, record, kind, atena_no, member_id, prefecture_id, acquired_on, lost_on,
                                                   judgement, told_at, state)
            SELECT %s, record, 'dates', atena_no, member_id, '', acquired_on, lost_on, judgement,
                   told_at AT TIME ZONE 'Asia/Tokyo', 'ready' FROM matched WHERE code = '' ORDER BY record
            """,
            (file.pk,),
        )
        ready = cursor.rowcount
    return Applied(ready, {"ready": ready, "mismatched": len(troubles)}, troubles)


def apply_ids(by: Actor, file: InboxFile) -> Applied:
    """市町村被保険者ID連携 (IF-19-4): those that match wait for confirmation."""
    with connection.cursor() as cursor:
        troubles = _mismatches(cursor, _IDS)
        cursor.execute(
            """
            INSERT INTO exchange_federationanswer (file_id, record, kind, atena_no, member_id, prefecture_id, judgement, state)
            SELECT %s, record, 'member', atena_no, member_id, prefecture_id, '', 'ready' FROM matched WHERE code = '' ORDER BY record
            """,
            (file.pk,),
        )
        ready = cursor.rowcount
    return Applied(ready, {"ready": ready, "mismatched": len(troubles)}, troubles)


def confirm(*, by: Actor, on: date, file_id: int) -> dict[str, int]:
    """A person has looked at what matched: the records of a file become facts, all in one transaction (FED-04).

    The dates stand beside 適用開始・適用終了 and replace nothing of them; an ID belongs to the stay of its time. Raises
    `AnswerError`: FED20 when nothing waits, FED21 when a stay changed since the match (the whole file is matched again).
    """
    by.require("eligibility.confirm")
    with transaction.atomic(), writing.acting(by, "federation.confirm"):
        file = InboxFile.objects.select_for_update().get(pk=file_id)
        kinds = set(
            FederationAnswer.objects.filter(file=file, state=FederationAnswer.READY).values_list("kind", flat=True)
        )
        if not kinds:
            raise AnswerError("FED20", "確認を待っている記録はありません。")
        with connection.cursor() as cursor:
            _still_matching(cursor, file)
            counts = _dates(cursor, by, file) if FederationAnswer.DATES in kinds else _ids(cursor, by, file)
        done = FederationAnswer.objects.filter(file=file, state=FederationAnswer.READY).update(state=FederationAnswer.APPLIED)
        audit.record(
            by, function="federation.confirm", operation="approve", row_count=done,
            detail={"file": file.pk, "on": on.isoformat(), **counts},
        )  # fmt: skip
    return {"confirmed": done, **counts}


def _still_matching(cursor: Any, file: InboxFile) -> None:
    cursor.execute(
        """
        SELECT count(*) FROM exchange_federationanswer a WHERE a.file_id = %s AND a.state = 'ready' AND EXISTS
               (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = a.atena_no AND e.recorded_at > %s)
        """,
        (file.pk, file.finished_at),
    )
    (changed,) = cursor.fetchone()
    if changed:
        raise AnswerError(
            "FED21", f"受け付けた後に資格が変わった人が {changed}人います。変わった内容の報告の後に届くファイルで確認してください。"
        )


_WAITING = "SELECT * FROM exchange_federationanswer WHERE file_id = %(file)s AND state = 'ready'"


def _dates(cursor: Any, by: Actor, file: InboxFile) -> dict[str, int]:
    values = {"file": file.pk, "by": by.staff_no, "origin": f"file:{file.pk}"}
    same = "p.acquired_on = a.acquired_on AND p.lost_on IS NOT DISTINCT FROM a.lost_on AND p.judgement = a.judgement"
    cursor.execute(
        f"""
        UPDATE eligibility_prefecturestay p SET superseded_at = now() FROM ({_WAITING}) a
         WHERE p.atena_no = a.atena_no AND p.superseded_at IS NULL AND NOT ({same})
           AND (p.acquired_on = a.acquired_on OR p.valid && daterange(a.acquired_on, a.lost_on))
        """,
        values,
    )
    corrected = cursor.rowcount
    cursor.execute(
        f"""
        INSERT INTO eligibility_prefecturestay (atena_no, acquired_on, lost_on, judgement, told_at, valid, recorded_by, origin)
        SELECT a.atena_no, a.acquired_on, a.lost_on, a.judgement, a.told_at, daterange(a.acquired_on, a.lost_on), %(by)s, %(origin)s
          FROM ({_WAITING}) a
         WHERE NOT EXISTS (SELECT 1 FROM eligibility_prefecturestay p WHERE p.atena_no = a.atena_no AND p.superseded_at IS NULL AND {same})
         ORDER BY hashint8(a.atena_no)
        """,
        values,
    )
    return {"added": cursor.rowcount, "corrected": corrected}


def _ids(cursor: Any, by: Actor, file: InboxFile) -> dict[str, int]:
    values = {"file": file.pk, "by": by.staff_no, "origin": f"file:{file.pk}"}
    with_stay = f"""
        SELECT a.atena_no, a.member_id, a.prefecture_id, lower(e.valid) AS stay_from FROM ({_WAITING}) a
          CROSS JOIN LATERAL (SELECT valid FROM eligibility_insuredperiod e WHERE e.atena_no = a.atena_no AND e.superseded_at IS NULL
                               ORDER BY lower(e.valid) DESC LIMIT 1) e
    """
    same = "m.member_id = a.member_id AND m.prefecture_id = a.prefecture_id"
    cursor.execute(
        f"""
        UPDATE eligibility_memberid m SET superseded_at = now() FROM ({with_stay}) a
         WHERE m.atena_no = a.atena_no AND m.stay_from = a.stay_from AND m.superseded_at IS NULL AND NOT ({same})
        """,
        values,
    )
    corrected = cursor.rowcount
    cursor.execute(
        f"""
        INSERT INTO eligibility_memberid (atena_no, stay_from, member_id, prefecture_id, recorded_by, origin)
        SELECT a.atena_no, a.stay_from, a.member_id, a.prefecture_id, %(by)s, %(origin)s FROM ({with_stay}) a
         WHERE NOT EXISTS (SELECT 1 FROM eligibility_memberid m WHERE m.atena_no = a.atena_no AND m.stay_from = a.stay_from
                              AND m.superseded_at IS NULL)
        """,
        values,
    )
    return {"added": cursor.rowcount, "corrected": corrected}


def apply_candidates(by: Actor, file: InboxFile) -> Applied:
    """継続候補世帯リスト (IF-19-7): kept until their result comes. S31 another prefecture's business, S32 unknown household."""
    own = Municipality.objects.get().code
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.record, CASE WHEN %(own)s NOT IN (from_municipality, to_municipality) THEN 'S31'
                   WHEN EXISTS (SELECT 1 FROM exchange_continuationcandidate c WHERE c.list_number = s.list_number) THEN 'S30'
                   ELSE 'S32' END
              FROM staged s
             WHERE %(own)s NOT IN (from_municipality, to_municipality)
                OR EXISTS (SELECT 1 FROM exchange_continuationcandidate c WHERE c.list_number = s.list_number)
                OR NOT EXISTS (SELECT 1 FROM people_person p WHERE p.superseded_at IS NULL AND p.household_no =
                               CASE WHEN to_municipality = %(own)s THEN to_household ELSE from_household END)
             ORDER BY s.record
            """,
            {"own": own},
        )
        words = {
            "S30": "受け付け済みのリスト番号です。", "S31": "当市が転出元でも転入先でもありません。",
            "S32": "世帯番号が台帳にありません。",
        }  # fmt: skip
        troubles = [Trouble(record, None, code, words[code] + _ASK) for record, code in cursor.fetchall()]
        cursor.execute(
            """
            INSERT INTO exchange_continuationcandidate (file_id, list_number, month, from_municipality, to_municipality,
                                                        from_household, to_household, members, result)
            SELECT %s, list_number, month, from_municipality, to_municipality, from_household, to_household, members, ''
              FROM staged WHERE NOT record = ANY(%s) ORDER BY record
            """,
            (file.pk, [t.record for t in troubles]),
        )
        added = cursor.rowcount
    return Applied(added, {"candidates": added}, troubles)


def apply_continued(by: Actor, file: InboxFile) -> Applied:
    """継続世帯確定結果 (IF-19-9), matched with its candidate. S33 unknown list number, S34 another household, S35 fixed otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.record, CASE WHEN c.id IS NULL THEN 'S33'
                   WHEN s.household_no NOT IN (c.from_household, c.to_household) THEN 'S34'
                   WHEN c.result <> '' AND c.result <> s.result THEN 'S35' ELSE '' END AS code
              FROM staged s LEFT JOIN exchange_continuationcandidate c USING (list_number) ORDER BY s.record
            """
        )
        words = {"S33": "受け付けていないリスト番号です。", "S34": "候補と世帯番号が違います。", "S35": "既に別の結果で確定しています。"}
        troubles = [Trouble(record, None, code, words[code] + _ASK) for record, code in cursor.fetchall() if code]
        cursor.execute(
            """
            UPDATE exchange_continuationcandidate c SET result = s.result, fixed_on = s.fixed_on, result_file_id = %s
              FROM staged s WHERE s.list_number = c.list_number AND NOT s.record = ANY(%s)
            """,
            (file.pk, [t.record for t in troubles]),
        )
        fixed = cursor.rowcount
    return Applied(fixed, {"fixed": fixed}, troubles)
