"""宛名: who the people are, as the resident register and the office itself describe them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kokuho.core.models import PeriodFact, no_overlap

BELIEVED = Q(superseded_at__isnull=True)


class Person(PeriodFact):
    """A person as the resident register describes them over a period (個人宛名・履歴). 宛名番号 is the only key.

    Names are kept as delivered, with variation selectors and characters beyond the basic plane; the
    `search_…` columns are the folded forms that a clerk's typing is compared with.
    """

    JAPANESE, FOREIGN, OUTSIDE = "1", "2", "3"
    RESIDENT, MOVED_OUT, DIED, STRUCK_OFF, LEFT_JAPAN = "1", "2", "3", "4", "5"
    SEX = {"1": "男", "2": "女", "9": "不明"}

    atena_no = models.BigIntegerField("宛名番号")
    household_no = models.BigIntegerField("世帯番号")
    resident_kind = models.CharField("住民種別", max_length=1)
    resident_state = models.CharField("住民状態", max_length=1)
    name = models.CharField("氏名", max_length=400)
    name_kana = models.CharField("氏名カナ", max_length=240, blank=True)
    former_family_name = models.CharField("旧氏", max_length=200, blank=True)
    former_family_kana = models.CharField("旧氏カナ", max_length=240, blank=True, default="", db_default="")
    alias_name = models.CharField("通称", max_length=400, blank=True)
    alias_kana = models.CharField("通称カナ", max_length=240, blank=True)
    roman_name = models.CharField("氏名ローマ字", max_length=100, blank=True)
    search_name = models.CharField("検索用氏名", max_length=400)
    search_kana = models.CharField("検索用カナ", max_length=240)
    search_other = models.CharField("検索用本名・ローマ字", max_length=400, blank=True, help_text="通称のある人だけ")
    search_place = models.CharField("検索用住所", max_length=330, blank=True)
    birth_date = models.DateField("生年月日")
    birth_date_as_given = models.CharField("届いた生年月日", max_length=10, blank=True, help_text="不詳を含むときだけ")
    sex = models.CharField("性別", max_length=1)
    relation = models.CharField("続柄", max_length=2)
    is_head = models.BooleanField("世帯主")
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    town = models.CharField("町名", max_length=200, blank=True)
    block = models.CharField("番地", max_length=120, blank=True)
    building = models.CharField("方書", max_length=200, blank=True)
    resident_since = models.DateField("住民となった日")
    resident_reason = models.CharField("住民となった事由", max_length=2)
    address_since = models.DateField("住所を定めた日")
    left_on = models.DateField("消除異動日", null=True)
    previous_address = models.CharField("前住所", max_length=400, blank=True)
    moved_to_address = models.CharField("転出先住所", max_length=400, blank=True)
    nationality = models.CharField("国籍", max_length=40, blank=True)
    residence_status = models.CharField("在留資格", max_length=40, blank=True)
    residence_until = models.DateField("在留期間満了日", null=True)

    class Meta:
        verbose_name = "個人宛名"
        constraints = [no_overlap("person_one_at_a_time", "atena_no")]
        indexes = [
            models.Index(fields=["atena_no"], name="person_atena"),
            models.Index(fields=["household_no"], name="person_household"),
            models.Index(
                fields=["search_kana"], name="person_kana", condition=BELIEVED, opclasses=["varchar_pattern_ops"]
            ),
            models.Index(
                fields=["search_name"], name="person_name", condition=BELIEVED, opclasses=["varchar_pattern_ops"]
            ),
            models.Index(
                fields=["search_other"],
                name="person_other",
                condition=BELIEVED & ~Q(search_other=""),
                opclasses=["varchar_pattern_ops"],
            ),
            models.Index(
                fields=["search_place"], name="person_place", condition=BELIEVED, opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["birth_date"], name="person_birth", condition=BELIEVED),
            # Who lives in an area (RIGHTS-02), now or as it was known, without a look at the rows.
            models.Index(
                fields=["town"], name="person_town", opclasses=["varchar_pattern_ops"],
                include=["atena_no", "household_no", "valid", "recorded_at"], condition=BELIEVED,
            ),
            models.Index(
                fields=["residence_until"], name="person_residence",
                include=["id", "atena_no", "valid", "resident_state", "recorded_at"],
                condition=BELIEVED & Q(residence_until__isnull=False),
            ),
            models.Index(fields=["postal_code"], name="person_postal", condition=BELIEVED),
        ]

    @property
    def printed_name(self) -> str:
        """The name that documents carry: the 通称 of a foreign resident who has one, else the name."""
        return self.alias_name or self.name

    @property
    def printed_kana(self) -> str:
        """Kana of `printed_name`."""
        return self.alias_kana if self.alias_name else self.name_kana

    @property
    def address(self) -> str:
        """町名・番地・方書, without the municipality."""
        return " ".join(part for part in (self.town + self.block, self.building) if part)
