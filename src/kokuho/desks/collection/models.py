"""収納: the ledger. Double entry in yen, append-only, no stored balance."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models import Act


class Account(models.IntegerChoices):
    """The ledger's accounts. A posting moves an amount from the credit account to the debit account."""

    RECEIVABLE = 110, "未収（調定）"
    REVENUE = 410, "保険料・保険税収入（調定額）"


class Posting(Act):
    """One move of money or of a claim to money (調定 and, with the collection desk, 収納・過誤納・充当・還付・延滞金 …).

    Two dates: `effective_on` when it holds in the business, `recorded_at` when it was written. A wrong posting is
    answered by one with `reverses` and a reason.
    """

    LEVY = "levy"
    KINDS = {LEVY: "調定"}

    id = models.BigIntegerField(primary_key=True, help_text="決定番号×100＋期。再開しても同じ番号になる")
    kind = models.CharField("種類", max_length=20, choices=tuple(KINDS.items()))
    debit = models.SmallIntegerField("借方", choices=Account.choices)
    credit = models.SmallIntegerField("貸方", choices=Account.choices)
    amount = models.BigIntegerField("金額（円）")
    payer_no = models.BigIntegerField("納付義務者")
    fiscal_year = models.SmallIntegerField("賦課年度")
    basis_year = models.SmallIntegerField("相当年度")
    accounting_year = models.SmallIntegerField("会計年度")
    notice_no = models.BigIntegerField("通知書番号")
    term = models.SmallIntegerField("期")
    due_on = models.DateField("納期限")
    effective_on = models.DateField("調定日")
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    decision_id = models.BigIntegerField("決定")
    reverses = models.BigIntegerField("取り消す記帳", null=True)
    reason = models.CharField("理由", max_length=60, db_default="")

    class Meta:
        verbose_name = "記帳"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="posting_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="posting_two_accounts"),
        ]
        indexes = [models.Index(fields=["payer_no", "fiscal_year"], name="posting_payer")]
