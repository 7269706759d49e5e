"""住登外者・法人・名寄せ: who is not in the resident register, and which numbers are one person."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models import Act, PeriodFact, Register, no_overlap
from kokuho.desks.people.models.person import BELIEVED


class AuthenticityCheck(Act):
    """真正性の確認 of somebody outside the register at a 住基ネット terminal: when, by whom, with which result."""

    SAME, DIFFERENT, UNKNOWN = "1", "2", "3"
    RESULTS = ((SAME, "一致した"), (DIFFERENT, "一致しない項目がある"), (UNKNOWN, "該当者がいない"))

    atena_no = models.BigIntegerField("宛名番号")
    checked_on = models.DateField("確認日")
    checked_by = models.CharField("確認した職員", max_length=20)
    result = models.CharField("結果", max_length=1, choices=RESULTS)
    differing = models.JSONField("一致しない項目", default=list)
    note = models.CharField("備考", max_length=200, blank=True)
    recorded_at = models.DateTimeField("処理日時", db_default=Func(function="now"))
    recorded_by = models.CharField("処理者", max_length=20)
    origin = models.CharField("出所", max_length=60)

    class Meta:
        verbose_name = "真正性確認"
        indexes = [models.Index(fields=["atena_no", "-id"], name="authenticitycheck_atena")]


class Corporation(PeriodFact):
    """法人・関係機関: an employer, facility, insurer, bank or attorney with a 宛名番号 of the office's own range."""

    EMPLOYER, FACILITY, INSURER, BANK, ATTORNEY, OTHER = 1, 2, 3, 4, 5, 9
    KINDS = (
        (EMPLOYER, "事業所"), (FACILITY, "施設"), (INSURER, "保険者"), (BANK, "金融機関"),
        (ATTORNEY, "弁護士・司法書士等"), (OTHER, "その他"),
    )  # fmt: skip

    atena_no = models.BigIntegerField("宛名番号")
    kind = models.SmallIntegerField("種別", choices=KINDS)
    corporate_number = models.CharField("法人番号", max_length=13, blank=True)
    name = models.CharField("名称", max_length=400)
    name_kana = models.CharField("名称カナ", max_length=240)
    search_name = models.CharField("検索用名称", max_length=400)
    search_kana = models.CharField("検索用カナ", max_length=240)
    representative = models.CharField("代表者", max_length=200, blank=True)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.CharField("所在地", max_length=400)
    building = models.CharField("方書", max_length=200, blank=True)
    phone = models.CharField("電話番号", max_length=20, blank=True)

    class Meta:
        verbose_name = "法人・関係機関"
        constraints = [no_overlap("corporation_one_at_a_time", "atena_no")]
        indexes = [
            models.Index(fields=["atena_no"], name="corporation_atena"),
            models.Index(fields=["corporate_number"], name="corporation_number", condition=BELIEVED),
            models.Index(
                fields=["search_kana"], name="corporation_kana", condition=BELIEVED, opclasses=["varchar_pattern_ops"]
            ),
            models.Index(
                fields=["search_name"], name="corporation_name", condition=BELIEVED, opclasses=["varchar_pattern_ops"]
            ),
        ]


class NumberJoin(PeriodFact):
    """新旧宛名番号: `atena_no` is an old number of the person whose number is `joined_to` (名寄せ).

    Records keep the number under which they were written; every read of the person asks for all the numbers. Separation ends
    the row, so both persons stand again as they were.
    """

    atena_no = models.BigIntegerField("旧宛名番号")
    joined_to = models.BigIntegerField("新宛名番号")
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "新旧宛名番号"
        constraints = [
            no_overlap("numberjoin_one_at_a_time", "atena_no"),
            models.CheckConstraint(condition=~Q(atena_no=F("joined_to")), name="numberjoin_two_numbers"),
        ]
        indexes = [
            models.Index(fields=["atena_no"], name="numberjoin_old"),
            models.Index(fields=["joined_to"], name="numberjoin_new", condition=BELIEVED),
        ]


class JoinCandidate(Register):
    """名寄せの候補: two numbers with the same kana and birth date of which one at most lives here, as the last count found them."""

    GRANTS = "SELECT, INSERT, DELETE"

    older_no = models.BigIntegerField("旧番号になりうる宛名番号")
    newer_no = models.BigIntegerField("新番号になりうる宛名番号")
    same_sex = models.BooleanField("性別が同じ")
    same_place = models.BooleanField("住所が同じ")

    class Meta:
        verbose_name = "名寄せの候補"
        constraints = [models.UniqueConstraint(fields=["older_no", "newer_no"], name="joincandidate_once")]
        indexes = [models.Index(fields=["-same_sex", "-same_place", "older_no", "newer_no"], name="joincandidate_order")]
