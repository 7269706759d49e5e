"""口座: where money is drawn from and paid to, one account a purpose and kind of levy."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kokuho.core.models import PeriodFact, no_overlap

TRANSFER, REFUND, BENEFIT = 1, 2, 3
PURPOSES = ((TRANSFER, "振替（納付）"), (REFUND, "還付"), (BENEFIT, "給付"))


class BankAccount(PeriodFact):
    """A bank account of a person for a purpose. `holder_kana` is half-width as bank files carry it."""

    EVERY_TAX, NHI, ELDERLY = 0, 1, 2
    TAX_ITEMS = ((EVERY_TAX, "すべて"), (NHI, "国民健康保険"), (ELDERLY, "後期高齢者医療"))
    ORDINARY, CURRENT, SAVINGS, OTHER = "1", "2", "4", "9"
    TYPES = ((ORDINARY, "普通"), (CURRENT, "当座"), (SAVINGS, "貯蓄"), (OTHER, "その他"))
    APPLICATION, PUBLIC, ONLINE, OFFICE = 1, 2, 3, 4
    SOURCES = (
        (APPLICATION, "口座振替依頼書・申請書"),
        (PUBLIC, "公金受取口座"),
        (ONLINE, "電子申請"),
        (OFFICE, "職権（調査）"),
    )

    atena_no = models.BigIntegerField("宛名番号")
    purpose = models.SmallIntegerField("用途", choices=PURPOSES)
    tax_item = models.SmallIntegerField("税目", choices=TAX_ITEMS, default=EVERY_TAX)
    bank_code = models.CharField("金融機関コード", max_length=4)
    branch_code = models.CharField("支店コード", max_length=3)
    account_type = models.CharField("預金種目", max_length=1, choices=TYPES, default=ORDINARY)
    account_number = models.CharField("口座番号", max_length=7)
    holder_kana = models.CharField("口座名義（カナ）", max_length=48)
    yucho_symbol = models.CharField("ゆうちょ記号", max_length=5, blank=True)
    yucho_number = models.CharField("ゆうちょ番号", max_length=8, blank=True)
    source = models.SmallIntegerField("出どころ", choices=SOURCES, default=APPLICATION)
    applied_on = models.DateField("申請日", null=True)

    class Meta:
        verbose_name = "口座"
        constraints = [
            no_overlap("bankaccount_one_at_a_time", "atena_no", "purpose", "tax_item"),
            models.CheckConstraint(condition=Q(bank_code__regex=r"^\d{4}$"), name="bankaccount_bank"),
            models.CheckConstraint(condition=Q(branch_code__regex=r"^\d{3}$"), name="bankaccount_branch"),
            models.CheckConstraint(condition=Q(account_number__regex=r"^\d{7}$"), name="bankaccount_number"),
        ]
        indexes = [models.Index(fields=["atena_no"], name="bankaccount_atena")]


class AccountWish(PeriodFact):
    """公金受取口座の利用の希望: whether a person wants money of a purpose on the account registered with the state."""

    atena_no = models.BigIntegerField("宛名番号")
    purpose = models.SmallIntegerField("用途", choices=((REFUND, "還付"), (BENEFIT, "給付")))
    wished = models.BooleanField("利用を希望する", default=True)
    source = models.CharField("希望を聞いた書類・方法", max_length=100)

    class Meta:
        verbose_name = "公金受取口座の利用の希望"
        constraints = [no_overlap("accountwish_one_at_a_time", "atena_no", "purpose")]
        indexes = [models.Index(fields=["atena_no"], name="accountwish_atena")]
