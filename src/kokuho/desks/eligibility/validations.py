"""Named checks over the whole desk, run every night: each is one statement that says about whom and why.

A statement yields ``(key, atena_no, household_no, detail)``; `key` tells the same difference again the next night. `%(on)s` is the
business date, `%(over_75)s` the last birth date whose 75th birthday lies before yesterday, `%(long_ago)s` thirty days ago.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kokuho.core import era
from kokuho.desks.eligibility import papers, reasons
from kokuho.desks.eligibility.models import Status
from kokuho.law.eligibility.ages import birthday

# One row a resident as of the day: the register's own view of who lives where.
_LIVES = """(SELECT p.atena_no, p.household_no, p.birth_date, p.is_head, p.resident_state, p.left_on, p.residence_until, p.resident_kind
  FROM people_person p WHERE p.superseded_at IS NULL AND p.valid @> %(on)s::date)"""
_INSURED = """(SELECT e.atena_no, e.valid, e.acquired_on, e.lost_on, e.lost_event_on, e.lost_reason, e.provisional
  FROM eligibility_insuredperiod e WHERE e.superseded_at IS NULL)"""


def _holds(kinds: str, table: str = "i") -> str:
    return (
        f"EXISTS (SELECT 1 FROM eligibility_status x WHERE x.atena_no = {table}.atena_no AND x.superseded_at IS NULL "
        f"AND x.valid @> %(on)s::date AND x.kind IN ({kinds}))"
    )


@dataclass(frozen=True, slots=True)
class Validation:
    """A check. `advice` says what staff do about a difference; `statement` finds them."""

    code: str
    title: str
    advice: str
    statement: str


VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "V01", "戻ってきた住民の保険が分からない",
        "転出・保護などで国保を失った後に住民として戻っています。ほかの保険を確かめ、なければ取得の届出を勧めます。",
        f"""SELECT l.atena_no::text, l.atena_no, l.household_no, '前の喪失 ' || last.lost_reason || '　' || upper(last.valid)
              FROM {_LIVES} l
              JOIN LATERAL (SELECT e.lost_reason, e.lost_on, e.valid FROM eligibility_insuredperiod e
                             WHERE e.atena_no = l.atena_no AND e.superseded_at IS NULL ORDER BY e.valid DESC LIMIT 1) last ON true
             WHERE l.resident_state = '1' AND upper(last.valid) <= %(on)s::date - 14
               AND last.lost_reason IN ('201', '202', '203', '209', '212', '214', '215')
               AND NOT EXISTS (SELECT 1 FROM eligibility_elderlyperiod x WHERE x.atena_no = l.atena_no AND x.superseded_at IS NULL
                                  AND x.valid @> %(on)s::date)
               AND NOT EXISTS (SELECT 1 FROM eligibility_exclusion x WHERE x.atena_no = l.atena_no AND x.superseded_at IS NULL
                                  AND x.valid @> %(on)s::date)
               AND NOT {_holds(f"'{Status.WELFARE}'", "l")}""",
    ),
    Validation(
        "V02", "転出・死亡・消除の後も国保の資格がある",
        "住民でなくなった日で喪失の届出を処理します。修学中・住所地特例なら特例を登録します。",
        f"""SELECT i.atena_no::text, i.atena_no, l.household_no,
                   CASE l.resident_state WHEN '3' THEN '死亡' WHEN '4' THEN '職権消除' WHEN '5' THEN '国外転出' ELSE '転出' END
                   || coalesce('　' || l.left_on, '')
              FROM {_INSURED} i JOIN {_LIVES} l USING (atena_no)
             WHERE i.valid @> %(on)s::date AND l.resident_state IN ('2', '3', '4', '5')
               AND (l.left_on IS NULL OR l.left_on < %(on)s)
               AND NOT {_holds(f"'{Status.STUDENT}', '{Status.SPECIAL_ADDRESS}'")}""",
    ),
    Validation(
        "V03", "資格があるのに記号番号がない",
        "世帯の画面で記号番号を確かめます。世帯の異動の処理が途中のことがあります。",
        f"""SELECT i.atena_no::text, i.atena_no, l.household_no, ''
              FROM {_INSURED} i JOIN {_LIVES} l USING (atena_no)
             WHERE i.valid @> %(on)s::date
               AND NOT EXISTS (SELECT 1 FROM eligibility_insuredbranch b WHERE b.atena_no = i.atena_no AND b.superseded_at IS NULL
                                  AND b.valid @> %(on)s::date AND b.number <> '')""",
    ),
    Validation(
        "V04", "国保と後期の資格が重なる",
        "75歳到達・障害認定の届出を処理し、どちらかの期間を訂正します。移る日の1日の重なりは法令どおりです。",
        f"""SELECT i.atena_no || '/' || lower(i.valid * x.valid), i.atena_no, p.household_no,
                   '重なり ' || lower(i.valid * x.valid) || ' から'
              FROM {_INSURED} i
              JOIN eligibility_elderlyperiod x ON x.atena_no = i.atena_no AND x.superseded_at IS NULL AND x.valid && i.valid
              LEFT JOIN {_LIVES} p ON p.atena_no = i.atena_no
             WHERE upper_inf(i.valid * x.valid) OR upper(i.valid * x.valid) - lower(i.valid * x.valid) > 1""",
    ),
    Validation(
        "V05", "75歳を過ぎて国保の資格がある",
        "年齢到達の一括処理で対象外になっていないか確かめ、75歳到達の喪失を処理します。",
        f"""SELECT i.atena_no::text, i.atena_no, l.household_no, '生年月日 ' || l.birth_date
              FROM {_INSURED} i JOIN {_LIVES} l USING (atena_no)
             WHERE i.valid @> %(on)s::date AND l.birth_date <= %(over_75)s""",
    ),
    Validation(
        "V06", "資格のない期間に特例がある",
        "資格の訂正で特例だけが残っています。特例を訂正するか取り消します。",
        f"""SELECT s.id::text, s.atena_no, s.household_no, s.kind || '　' || lower(s.valid) || ' から'
              FROM eligibility_status s
             WHERE s.superseded_at IS NULL AND s.kind IN ('{Status.INVOLUNTARY_UNEMPLOYMENT}', '{Status.MATERNITY}',
                       '{Status.FORMER_DEPENDENT}', '{Status.SPECIAL_ADDRESS}', '{Status.STUDENT}')
               AND lower(s.valid) <= %(on)s
               AND NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = s.atena_no AND e.superseded_at IS NULL
                                  AND e.valid && s.valid)""",
    ),
    Validation(
        "V07", "後期の資格がない特定同一世帯所属者",
        "後期の資格の期間を確かめます。移行が取り消されたときは特例を取り消します。",
        f"""SELECT s.id::text, s.atena_no, s.household_no, lower(s.valid) || ' から'
              FROM eligibility_status s
             WHERE s.superseded_at IS NULL AND s.kind = '{Status.FORMER_INSURED}' AND s.valid @> %(on)s::date
               AND NOT EXISTS (SELECT 1 FROM eligibility_elderlyperiod x WHERE x.atena_no = s.atena_no AND x.superseded_at IS NULL
                                  AND x.valid @> %(on)s::date)""",
    ),
    Validation(
        "V08", "被保険者がいて世帯主がいない世帯",
        "住民記録の世帯主の異動を確かめ、世帯主変更の届出を処理します。",
        f"""SELECT l.household_no::text, NULL::bigint, l.household_no, '被保険者 ' || count(*) || '人'
              FROM {_INSURED} i JOIN {_LIVES} l USING (atena_no)
             WHERE i.valid @> %(on)s::date AND l.resident_state = '1'
             GROUP BY l.household_no
            HAVING NOT EXISTS (SELECT 1 FROM people_person h WHERE h.household_no = l.household_no AND h.superseded_at IS NULL
                                  AND h.valid @> %(on)s::date AND h.is_head AND h.resident_state = '1')""",
    ),
    Validation(
        "V09", "世帯主が二人いる世帯",
        "住民記録の担当に確かめます。賦課は先に登録された人に行われます。",
        f"""SELECT l.household_no::text, NULL::bigint, l.household_no, '世帯主 ' || count(*) || '人'
              FROM {_LIVES} l WHERE l.is_head AND l.resident_state = '1' GROUP BY l.household_no HAVING count(*) > 1""",
    ),
    Validation(
        "V10", "県内の資格と適用期間が食い違う",
        "国保情報集約システムの取得日・喪失日と照らし合わせ、重複・空白を訂正します。",
        f"""SELECT i.atena_no || '/' || lower(i.valid), i.atena_no, p.household_no,
                   '市の取得 ' || i.acquired_on || coalesce('　県の取得 ' || s.acquired_on, '')
              FROM {_INSURED} i
              JOIN eligibility_prefecturestay s ON s.atena_no = i.atena_no AND s.superseded_at IS NULL AND s.valid && i.valid
              LEFT JOIN {_LIVES} p ON p.atena_no = i.atena_no
             WHERE s.acquired_on <> i.acquired_on OR NOT (i.valid <@ s.valid)""",
    ),
    Validation(
        "V11", "仮の取得日のまま30日を過ぎた",
        "県内転入の都道府県の取得日が届いていません。集約システムの結果ファイルを確かめます。",
        f"""SELECT i.atena_no || '/' || lower(i.valid), i.atena_no, p.household_no, '適用開始 ' || lower(i.valid)
              FROM {_INSURED} i LEFT JOIN {_LIVES} p ON p.atena_no = i.atena_no
             WHERE i.provisional AND lower(i.valid) <= %(long_ago)s""",
    ),
    Validation(
        "V12", "喪失日と住民記録の消除日が合わない",
        "転出・死亡による喪失日は、原則として消除異動日の翌日（同じ日に県外へ転入したときは当日）です。",
        f"""SELECT i.atena_no || '/' || i.lost_on, i.atena_no, p.household_no, '喪失 ' || i.lost_on || '　消除 ' || p.left_on
              FROM {_INSURED} i JOIN {_LIVES} p ON p.atena_no = i.atena_no
             WHERE i.lost_reason IN ('201', '202', '208') AND p.resident_state IN ('2', '3', '5') AND p.left_on IS NOT NULL
               AND upper(i.valid) NOT IN (p.left_on, p.left_on + 1) AND i.lost_on > %(on)s::date - 730
               AND NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = i.atena_no AND e.superseded_at IS NULL
                                  AND lower(e.valid) >= upper(i.valid))""",
    ),
    Validation(
        "V13", "別の世帯の記号番号を使っている",
        "世帯の異動の後に記号番号が移っていません。世帯変更の届出を処理します。",
        f"""SELECT i.atena_no::text, i.atena_no, l.household_no, '記号番号の世帯 ' || b.household_no
              FROM {_INSURED} i JOIN {_LIVES} l USING (atena_no)
              JOIN eligibility_insuredbranch b ON b.atena_no = i.atena_no AND b.superseded_at IS NULL AND b.valid @> %(on)s::date
             WHERE i.valid @> %(on)s::date AND b.household_no <> l.household_no
               AND NOT {_holds(f"'{Status.STUDENT}', '{Status.SPECIAL_ADDRESS}'")}""",
    ),
    Validation(
        "V14", "在留期間が過ぎて国保の資格がある",
        "更新・申請中かを確かめます。更新されず住民票が消除されたときは喪失（214）を処理します。",
        f"""SELECT i.atena_no || '/' || l.residence_until, i.atena_no, l.household_no, '在留期間満了 ' || l.residence_until
              FROM {_INSURED} i JOIN {_LIVES} l USING (atena_no)
             WHERE i.valid @> %(on)s::date AND l.resident_kind = '2' AND l.residence_until < %(on)s AND l.resident_state = '1'""",
    ),
    Validation(
        "V15", "特例の確認・更新の期限が過ぎた",
        "在学・在所などを確かめ、続くなら更新、終わっていれば終わった日を入力します。",
        """SELECT s.id::text, s.atena_no, s.household_no, s.kind || '　期限 ' || s.review_on
              FROM eligibility_status s
             WHERE s.superseded_at IS NULL AND s.review_on < %(on)s AND s.valid @> %(on)s::date""",
    ),
    Validation(
        "V16", "生活保護と国保の資格が食い違う",
        "保護の開始・廃止の日で、喪失・取得の届出を処理します。",
        f"""SELECT s.atena_no || '/' || lower(s.valid), s.atena_no, s.household_no, '保護 ' || lower(s.valid) || ' から'
              FROM eligibility_status s
             WHERE s.superseded_at IS NULL AND s.kind = '{Status.WELFARE}'
               AND EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = s.atena_no AND e.superseded_at IS NULL
                              AND e.valid && s.valid)""",
    ),
    Validation(
        "V17", "資格がない人に有効な証が残っている",
        "証を回収するか、失効を記録します。資格が戻っているはずなら届出を確かめます。",
        f"""SELECT h.certificate_id::text, h.atena_no, l.household_no, h.kind || coalesce('　期限 ' || h.valid_until, '')
              FROM eligibility_certificateholding h LEFT JOIN {_LIVES} l ON l.atena_no = h.atena_no
             WHERE h.state = 'held' AND (h.valid_until IS NULL OR h.valid_until >= %(on)s)
               AND h.kind LIKE 'confirmation%%'
               AND NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = h.atena_no AND e.superseded_at IS NULL
                                  AND e.valid @> %(on)s::date)""",
    ),
)  # fmt: skip


def parameters(on: date) -> dict[str, Any]:
    """What the statements are asked with."""
    born = date(on.year - 75, on.month, min(on.day, 28)) + timedelta(days=5)
    while birthday(born, 75) >= on:
        born -= timedelta(days=1)
    return {"on": on, "over_75": born, "long_ago": on - timedelta(days=30)}


# The checks whose detail holds a code of ours, and whose code it is.
_REASONS, _STATUSES, _PAPERS = ("V01",), ("V06", "V15"), ("V17",)


def in_words(code: str, detail: str) -> str:
    """The detail of a difference as staff read it: codes by their names, days as R8.6.25."""
    parts = detail.replace("　", " ").split(" ")
    if code in _REASONS:
        parts = [reasons.label(part) if part.isdigit() else part for part in parts]
    elif code in _STATUSES:
        parts[0] = str(dict(Status._meta.get_field("kind").flatchoices).get(parts[0], parts[0]))
    elif code in _PAPERS and parts[0] in papers.types():
        parts[0] = papers.types()[parts[0]].label
    return era.in_text("　".join(parts))


def of(code: str) -> Validation:
    """The check of a code. Raises KeyError."""
    return {check.code: check for check in VALIDATIONS}[code]
