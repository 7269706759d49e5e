"""メモ・処理停止・不開示の申出・自己情報提供不可 as registrations."""

from __future__ import annotations

from kokuho.desks.people.models import Memo, Nondisclosure, ProcessingStop, ProvisionRefusal
from kokuho.desks.people.models.mail import BUSINESSES, EVERY
from kokuho.desks.people.registrations.kind import Column, Registration

MEMO = Registration(
    code="memo", label="メモ", model=Memo, key=None,
    columns=(Column("business", "業務", "choice", BUSINESSES, initial=EVERY),
             Column("text", "内容", length=1000, help="個人番号・住所・電話番号は書かないでください")),
    describe=lambda v: f"{dict(BUSINESSES)[v.get('business') or EVERY]}　{v['text']}",
    enter="note.change", confirm="note.confirm", secret=frozenset({"text"}),
)  # fmt: skip

PROCESSING_STOP = Registration(
    code="processing_stop", label="処理停止", model=ProcessingStop, key=("kind",),
    columns=(Column("kind", "止める処理", "choice", ProcessingStop.KINDS), Column("reason", "理由")),
    describe=lambda v: f"{dict(ProcessingStop.KINDS)[v['kind']]}　{v['reason']}",
    enter="note.change", confirm="note.confirm",
    follows="賦課は世帯ごと外し、印刷・発送は一括印刷から引き抜き、連携・提供は送らずに残します。外したものは件数と一覧に出し、各担当に宛名異動で知らせます。",
)  # fmt: skip

NONDISCLOSURE = Registration(
    code="nondisclosure", label="自己情報不開示の申出", model=Nondisclosure,
    columns=(Column("reason", "理由"),), describe=lambda v: str(v["reason"]),
    enter="protected.change", confirm="protected.confirm",
    follows="オンライン資格確認・副本に不開示の印を付けます。",
)  # fmt: skip

PROVISION_REFUSAL = Registration(
    code="provision_refusal", label="自己情報提供不可の設定", model=ProvisionRefusal,
    columns=(Column("reason", "申出の内容", help="本人が申し出た日・方法。個人番号・住所・電話番号は書かないでください"),),
    describe=lambda v: str(v["reason"]), enter="protected.change", confirm="protected.confirm",
    follows="次の資格情報の報告から、本人がマイナポータルで自分の情報を見られないように不開示の項目を立てます。賦課・印刷・連携は止まりません。",
)  # fmt: skip
