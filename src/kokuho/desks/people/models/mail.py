"""送付先・納管人・固有宛名・連絡先・帳票引抜: where documents go, in whose name, and which do not go out."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Func, Q

from kokuho.core.models import PeriodFact, Register, no_overlap
from kokuho.desks.people.models.person import BELIEVED

# The kinds of work that mail and contacts are registered for. 0 stands behind all the others.
EVERY, ELIGIBILITY, LEVY, COLLECTION, BENEFIT = 0, 1, 2, 3, 4
BUSINESSES = ((EVERY, "すべての業務"), (ELIGIBILITY, "資格"), (LEVY, "賦課"), (COLLECTION, "収納"), (BENEFIT, "給付"))


class MailDestination(PeriodFact):
    """Where documents for a person go instead of the registered address (送付先). `safe` marks it for protected persons."""

    atena_no = models.BigIntegerField("宛名番号")
    business = models.SmallIntegerField("業務", choices=BUSINESSES, default=EVERY, db_default=EVERY)
    name = models.CharField("送付先氏名", max_length=400)
    postal_code = models.CharField("郵便番号", max_length=7)
    address = models.CharField("送付先住所", max_length=400)
    building = models.CharField("方書", max_length=200, blank=True)
    safe = models.BooleanField("支援措置用", default=False)
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "送付先"
        constraints = [no_overlap("maildestination_one_at_a_time", "atena_no", "business")]
        indexes = [models.Index(fields=["atena_no"], name="maildestination_atena")]


class Administrator(PeriodFact):
    """納税管理人・納付管理人: receives the documents of levy and collection instead of the debtor and pays.

    Documents are served at the administrator's place (地方税法第20条第1項ただし書), so this comes before a 送付先.
    """

    TAX, PAYMENT = 1, 2
    SCOPES = ((TAX, "納税管理人（賦課・収納・還付の書類）"), (PAYMENT, "納付管理人（収納の書類）"))

    atena_no = models.BigIntegerField("宛名番号")
    scope = models.SmallIntegerField("範囲", choices=SCOPES)
    administrator_no = models.BigIntegerField("管理人の宛名番号", null=True)
    name = models.CharField("管理人の氏名・名称", max_length=400)
    postal_code = models.CharField("郵便番号", max_length=7)
    address = models.CharField("住所・所在地", max_length=400)
    building = models.CharField("方書", max_length=200, blank=True)
    safe = models.BooleanField("支援措置の相手方でないことを確かめた", default=False)
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "納税・納付管理人"
        constraints = [no_overlap("administrator_one_at_a_time", "atena_no", "scope")]
        indexes = [
            models.Index(fields=["atena_no"], name="administrator_atena"),
            models.Index(fields=["administrator_no"], name="administrator_other", condition=BELIEVED),
        ]


class OwnAddressee(PeriodFact):
    """固有宛名: the name on the envelope of a kind of work (名義・肩書・様方). The address stays what it is."""

    atena_no = models.BigIntegerField("宛名番号")
    business = models.SmallIntegerField("業務", choices=BUSINESSES, default=EVERY)
    name = models.CharField("名義", max_length=400, blank=True, help_text="空欄のときは本人の氏名")
    title = models.CharField("肩書", max_length=60, blank=True)
    care_of = models.CharField("様方", max_length=100, blank=True, help_text="「様方」を除いて入力")
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "固有宛名"
        constraints = [
            no_overlap("ownaddressee_one_at_a_time", "atena_no", "business"),
            models.CheckConstraint(condition=~Q(name="", title="", care_of=""), name="ownaddressee_says_something"),
        ]
        indexes = [models.Index(fields=["atena_no"], name="ownaddressee_atena")]


class Contact(PeriodFact):
    """連絡先: how a person is reached. One of each priority at a time; 1 is tried first."""

    PHONE, MOBILE, WORK, MAIL, FAX = 1, 2, 3, 4, 5
    KINDS = ((PHONE, "電話（自宅）"), (MOBILE, "携帯電話"), (WORK, "勤務先"), (MAIL, "メール"), (FAX, "ファクシミリ"))

    atena_no = models.BigIntegerField("宛名番号")
    priority = models.SmallIntegerField("優先順位")
    kind = models.SmallIntegerField("種別", choices=KINDS)
    value = models.CharField("電話番号・メールアドレス", max_length=120)
    search_value = models.CharField("検索用", max_length=120)
    business = models.SmallIntegerField("業務", choices=BUSINESSES, default=EVERY)
    purpose = models.CharField("用途・勤務先の名称など", max_length=100, blank=True)

    class Meta:
        verbose_name = "連絡先"
        constraints = [
            no_overlap("contact_one_at_a_time", "atena_no", "priority"),
            models.CheckConstraint(condition=Q(priority__range=(1, 9)), name="contact_priority_1_to_9"),
        ]
        indexes = [
            models.Index(fields=["atena_no"], name="contact_atena"),
            models.Index(
                fields=["search_value"], name="contact_value", condition=BELIEVED, opclasses=["varchar_pattern_ops"]
            ),
        ]


class MailStop(PeriodFact):
    """Documents of a person are pulled out of print runs while this holds (帳票引抜・発送停止), all or one kind."""

    atena_no = models.BigIntegerField("宛名番号")
    business = models.SmallIntegerField("帳票の種別", choices=BUSINESSES, default=EVERY, db_default=EVERY)
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "発送停止"
        constraints = [no_overlap("mailstop_one_at_a_time", "atena_no", "business")]
        indexes = [models.Index(fields=["atena_no"], name="mailstop_atena")]


@pghistory.track()
class PulledDocument(Register):
    """A document that a print run pulled out of the mail, why, and what was done with it (帳票引抜管理履歴)."""

    PROTECTED, STOPPED, NOWHERE = "protected", "mail_stopped", "undeliverable"
    REASONS = ((PROTECTED, "支援措置"), (STOPPED, "発送停止"), (NOWHERE, "安全な送付先がない（印刷しない）"))
    SENT, HANDED, REPRINTED, WITHDRAWN = "sent", "handed", "reprinted", "withdrawn"
    OUTCOMES = (
        (SENT, "確かめて発送した"), (HANDED, "窓口で交付した"), (REPRINTED, "送付先を登録して作り直した"), (WITHDRAWN, "発送を取りやめた"),
    )  # fmt: skip

    batch_id = models.BigIntegerField("印刷の番号")
    document = models.CharField("帳票", max_length=40)
    number = models.CharField("文書番号", max_length=40)
    atena_no = models.BigIntegerField("宛名番号")
    reason = models.CharField("引抜の理由", max_length=20, choices=REASONS)
    pulled_on = models.DateField("引抜の日")
    pulled_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    outcome = models.CharField("処置", max_length=20, choices=OUTCOMES, blank=True)
    note = models.CharField("処置の内容", max_length=200, blank=True)
    done_by = models.CharField("処置した職員", max_length=20, blank=True)
    done_at = models.DateTimeField("処置の日時", null=True)

    class Meta:
        verbose_name = "引抜帳票"
        constraints = [
            models.UniqueConstraint(fields=["batch_id", "number"], name="pulleddocument_once"),
            models.CheckConstraint(
                condition=Q(outcome="", done_by="", done_at__isnull=True) | (~Q(outcome="") & ~Q(done_by="") & Q(done_at__isnull=False)),
                name="pulleddocument_done_by_someone",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["outcome", "-pulled_on"], name="pulleddocument_open"),
            models.Index(fields=["atena_no"], name="pulleddocument_atena"),
        ]
