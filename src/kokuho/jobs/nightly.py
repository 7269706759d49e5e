"""What runs by itself every day. Importing this module makes the works known to `core.schedule`; the worker does what is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from kokuho.core import schedule
from kokuho.core.access import Actor
from kokuho.core.schedule import Work


def _checks(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.desks.eligibility.actions import differences

    return differences.validate(by=by, on=on).results


def _certificates(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.desks.eligibility.actions import duelist

    return duelist.refresh(by=by, on=on)


def _ages(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.desks.eligibility.actions import ages

    return ages.prepare(by=by, on=on)


def _births(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.desks.eligibility.actions import maternity

    return maternity.propose_maternity(by=by, on=on)


def _joins(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.desks.people.actions import joining

    return joining.count_candidates(by=by, on=on).results


def _arrears(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.jobs import special_candidates

    return special_candidates.refresh(by=by, on=on)


def _registration(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.exchange import registration

    if not registration.permitted(on):
        return {}
    run = registration.execute(registration.order(by=by, on=on).pk, by=by)
    return {key: run.results[key] for key in ("persons", "files", "held")}


def _outside(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.exchange import outside_requests

    file = outside_requests.prepare(by=by, on=on) if outside_requests.permitted(on) else None
    return {"persons": file.person_count if file else 0}


def _holidays(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.core.actions.office import fill_holidays

    return {"added": fill_holidays(on.year, on.year + 1)}


def _extracts(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.core.extracts import running

    return {"erased": len(running.erase_overdue(by=by))}


def _backup(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.core import backup

    made = backup.take(by=by)
    copied = backup.copy_offsite(by=by, generation=made)
    return {"megabytes": made.size >> 20, "offsite": int(copied is not None)}


def _histories(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.core import histories

    return {"tables": histories.require_whole(), "apart": 0}


def _archives(by: Actor, on: date) -> Mapping[str, Any]:
    from kokuho.core.retention import archive

    return {"destroyed": archive.destroy_overdue(by=by, on=on)}


for work in (
    Work(
        "eligibility-checks", "資格の点検", "17の点検を全件に行い、異動差異を更新する。世帯が変わった特定同一世帯所属者を終了する。",
        time(1),
        frozenset({"eligibility.batch"}), _checks,
        (("found", "差異"), ("fresh", "新規"), ("gone", "解消"), ("former_insured_ended", "特定同一世帯所属者の終了")),
        "eligibility:differences",
    ),
    Work(
        "age-events", "年齢到達の予定と実行", "当月と翌月に年齢に達する人を確定して承認に回す。承認済みで当月になったものを実行する。",
        time(1, 30),
        frozenset({"eligibility.batch"}), _ages,
        (("ordered", "承認に回した月"), ("rows", "予定者"), ("carried_out", "実行した月"), ("events", "処理")), "eligibility:ages",
    ),
    Work(
        "maternity-births", "出生からの産前産後の候補", "届出のない出生を異動整理に載せ、登録の済んだものを閉じる。", time(1, 45),
        frozenset({"eligibility.batch"}), _births, (("proposed", "候補"), ("settled", "登録済み")), "eligibility:candidates",
    ),
    Work(
        "certificates-due", "証の交付・回収の対象", "期限の切れた証を終え、回収するもの・交付するものの一覧を作り直す。", time(2),
        frozenset({"certificate.issue"}), _certificates,
        (("due", "交付の対象"), ("lapsed", "期限切れ"), ("due_back", "回収の対象")), "eligibility:certificates_due",
    ),
    Work(
        "join-candidates", "名寄せの候補", "カナと生年月日が同じで、一方が現住でない番号の組を全件から調べ、一覧を作り直す。", time(2, 30),
        frozenset({"person.change"}), _joins, (("found", "候補"),), "people:joins",
    ),
    Work(
        "special-candidates", "特別療養費の候補", "納期限から1年を過ぎた滞納のある世帯を数え直す。", time(2, 45),
        frozenset({"certificate.issue", "ledger.read"}), _arrears, (("open", "候補"), ("listed", "一覧の世帯")), "eligibility:arrears",
    ),
    Work(
        "atena-registration", "統合宛名への登録", "宛名の異動のうち、前に送った内容と違う人の登録ファイルを作る。別の職員の確認を待つ。"
        "提供の登録簿に定めがないときは何もしない。", time(3),
        frozenset({"exchange.prepare", "mynumber.report"}), _registration,
        (("persons", "人"), ("files", "ファイル"), ("held", "保留")), "exchange:addressees",
    ),
    Work(
        "outside-requests", "住登外者の依頼", "ここで登録・変更した住登外者の、住登外管理への依頼のファイルを作る。別の職員の確認を待つ。"
        "提供の登録簿に定めがないときは何もしない。", time(3, 15),
        frozenset({"exchange.prepare"}), _outside, (("persons", "人"),), "exchange:addressees",
    ),
    Work(
        "holidays", "休日の表", "今年と翌年の祝日と年末年始のうち、表にない日を補う。納期限はこの表で繰り下がる。登録済みの日は変えない。",
        time(3, 30), frozenset(), _holidays, (("added", "補った日"),), "",
    ),
    Work(
        "extracts-erased", "期限の過ぎた抽出ファイルの消去", "保管の期限が過ぎた抽出ファイルを消す。", time(4), frozenset(), _extracts,
        (("erased", "消去"),), "",
    ),
    Work(
        "backup", "バックアップ", "一世代を取り、読み戻して確かめ、古い世代を消す。遠隔地の保管先を設定していれば、そこへ写す。",
        time(22),
        frozenset({"backup.run"}), _backup, (("megabytes", "大きさ（MB）"), ("offsite", "遠隔地への写し")), "backups",
    ),
    Work(
        "archives-destroyed", "退避したものの廃棄", "消去の前に退避したファイルのうち、保管の終わりを過ぎたものを廃棄する。", time(4, 30),
        frozenset({"keep.order"}), _archives, (("destroyed", "廃棄"),), "keep",
    ),
    Work(
        "histories", "履歴との突合", "履歴のある全部の表で、今の行と履歴の最後の状態を比べる。違う行があれば失敗として表と行数を示す。",
        time(4, 45), frozenset(), _histories, (("tables", "確かめた表"), ("apart", "違い")), "",
    ),
):  # fmt: skip
    schedule.register(work)
