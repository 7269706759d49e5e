"""共通マスタ: towns and their districts, facilities, banks and branches, senders of documents; each row with its days."""

from __future__ import annotations

from django.db import models

from kokuho.core.models import PeriodFact, no_overlap
from kokuho.desks.people.models.person import BELIEVED


class Town(PeriodFact):
    """大字・町名 of the municipality with its postal code, 行政区 and the office that looks after it (住所辞書)."""

    code = models.BigIntegerField("町コード")
    name = models.CharField("町名", max_length=100)
    name_kana = models.CharField("町名カナ", max_length=200, blank=True)
    search_name = models.CharField("検索用町名", max_length=100)
    postal_code = models.CharField("郵便番号", max_length=7)
    district = models.CharField("行政区", max_length=60, blank=True)
    office = models.CharField("担当の支所・出張所", max_length=60, blank=True)

    class Meta:
        verbose_name = "町名"
        constraints = [no_overlap("town_one_at_a_time", "code")]
        indexes = [models.Index(fields=["search_name"], name="town_name", condition=BELIEVED)]


class Facility(PeriodFact):
    """施設 that matters to eligibility: 住所地特例 (法第116条の2) or exemption from the care levy (介護適用除外)."""

    WELFARE, HOSPITAL, DISABILITY, EXEMPT, OTHER = 1, 2, 3, 4, 9
    KINDS = (
        (WELFARE, "老人福祉施設・有料老人ホーム等（住所地特例）"), (HOSPITAL, "病院・介護保険施設（住所地特例）"),
        (DISABILITY, "障害者支援施設等（住所地特例）"),
        (EXEMPT, "介護適用除外施設"), (OTHER, "その他"),
    )  # fmt: skip

    code = models.BigIntegerField("施設番号")
    kind = models.SmallIntegerField("種別", choices=KINDS)
    name = models.CharField("名称", max_length=200)
    search_name = models.CharField("検索用名称", max_length=200)
    municipality_code = models.CharField("所在地の団体コード", max_length=6)
    address = models.CharField("所在地", max_length=400)

    class Meta:
        verbose_name = "施設"
        constraints = [no_overlap("facility_one_at_a_time", "code")]
        indexes = [models.Index(fields=["search_name"], name="facility_name", condition=BELIEVED)]


class BankBranch(PeriodFact):
    """A branch of a bank under the codes of bank files. A merger ends a row and may say which branch succeeds it."""

    code = models.BigIntegerField("銀行コード×1000＋支店コード")
    bank_name = models.CharField("金融機関名", max_length=60)
    bank_kana = models.CharField("金融機関名カナ", max_length=60)
    branch_name = models.CharField("支店名", max_length=60)
    branch_kana = models.CharField("支店名カナ", max_length=60)
    successor = models.BigIntegerField("承継した支店", null=True)

    class Meta:
        verbose_name = "金融機関・支店"
        constraints = [no_overlap("bankbranch_one_at_a_time", "code")]


class Sender(PeriodFact):
    """発信者 of a kind of document and office over a period. What is empty stays as the print settings say."""

    LEVY, ELIGIBILITY, COLLECTION, BENEFIT = 2, 1, 3, 4
    DOCUMENTS = ((LEVY, "賦課の通知書"), (ELIGIBILITY, "資格の証・通知"), (COLLECTION, "納付書・督促状"), (BENEFIT, "給付の通知"))

    code = models.BigIntegerField("帳票", choices=DOCUMENTS)
    head_title = models.CharField("職名", max_length=40, blank=True)
    head_name = models.CharField("氏名", max_length=40, blank=True)
    desk = models.CharField("担当係", max_length=60, blank=True)
    phone = models.CharField("電話番号", max_length=20, blank=True)
    hours = models.CharField("受付時間", max_length=60, blank=True)

    class Meta:
        verbose_name = "発信者"
        constraints = [no_overlap("sender_one_at_a_time", "code")]
