"""支援措置・不開示: whose place of living must not become known, and to whom."""

from __future__ import annotations

import pgtrigger
from django.db import models

from kokuho.core.models import PeriodFact, no_overlap
from kokuho.desks.people.models.person import BELIEVED

# Asked when the transaction ends, with what then stands in the place of a row that was closed. `fact` of an entry names the row that
# it is about, and a row is closed once; rows written together with the closing carry its very moment. The day on which the register's
# own protection is to be renewed (it ends nothing) follows the register's file that is just being taken in: `kokuho_taken_in` is the
# doors' answer, which stand above.
_ENDS_BY_TWO = """
    lost := datemultirange(OLD.valid) - coalesce(
        (SELECT range_agg(p.valid) FROM people_protection p WHERE p.atena_no = OLD.atena_no AND p.superseded_at IS NULL), '{}');
    IF lost = '{}' AND EXISTS (
        SELECT FROM people_protection p WHERE p.atena_no = OLD.atena_no AND p.superseded_at IS NULL AND p.valid && OLD.valid
           AND (p.until >= OLD.until OR (OLD.origin LIKE 'file:%' AND p.recorded_at = NEW.superseded_at AND p.origin <> OLD.origin
                AND public.kokuho_taken_in(p.origin, 'juki', NEW.superseded_at)))) THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM core_entry e WHERE e.kind = 'people.protection' AND e.state = 'confirmed' AND e.four_eyes
           AND e.decided_by <> '' AND e.decided_by <> e.entered_by AND OLD.atena_no = ANY (e.persons)
           AND CASE WHEN (e.payload ->> 'fact')::bigint = OLD.id
                    THEN e.payload ->> 'act' <> 'end' OR lost <@ datemultirange(daterange((e.payload ->> 'valid_to')::date, NULL))
                    ELSE lost = '{}' AND e.payload ->> 'act' = 'set' AND EXISTS (
                         SELECT FROM people_protection p WHERE p.atena_no = OLD.atena_no AND p.superseded_at IS NULL
                            AND p.origin = 'entry:' || e.id
                            AND p.recorded_at = NEW.superseded_at AND p.recorded_at > OLD.recorded_at) END) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'a protection is ended or shortened only by an entry that another person confirmed'
        USING ERRCODE = 'insufficient_privilege';
"""  # fmt: skip


class Protection(PeriodFact):
    """支援措置 of a person. It stays in force after its end date until it is lifted by two persons (DV-01).

    `valid` begins with the day of registration and has an end only when it was lifted; `main_no` is the 宛名番号 of the person
    who asked, for those for whom protection was asked along (併せて支援を求める者). The database lets a row be closed only when as much
    stands in its place, or by a confirmed entry of two persons that is about it, whoever writes.
    """

    SPOUSE, STALKING, CHILD, OTHER, REGISTER = 1, 2, 3, 4, 0
    KINDS = (
        (SPOUSE, "配偶者からの暴力"), (STALKING, "ストーカー行為等"), (CHILD, "児童虐待"), (OTHER, "その他これらに準ずるもの"),
        (REGISTER, "住民記録から届いたもの"),
    )  # fmt: skip

    atena_no = models.BigIntegerField("宛名番号")
    until = models.DateField("支援措置終了日", help_text="更新を確かめる日。この日を過ぎても自動では外れない")
    kind = models.SmallIntegerField("種別", choices=KINDS, default=REGISTER, db_default=REGISTER)
    main_no = models.BigIntegerField("主たる申出者の宛名番号", null=True)
    office = models.CharField("意見を出した相談機関等", max_length=100, blank=True, default="", db_default="")

    class Meta:
        verbose_name = "支援措置"
        constraints = [no_overlap("protection_one_at_a_time", "atena_no")]
        indexes = [
            models.Index(fields=["atena_no"], name="protection_atena"),
            models.Index(fields=["until"], name="protection_until", condition=BELIEVED),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="protection_ends_by_two", when=pgtrigger.After, operation=pgtrigger.UpdateOf("superseded_at"),
                timing=pgtrigger.Deferred, declare=[("lost", "datemultirange")], func=_ENDS_BY_TWO,
                condition=pgtrigger.Condition("OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL"),
            ),
        ]


class Opponent(PeriodFact):
    """相手方 of a protected person: who must not learn where they live. Known by number where registered, else by name."""

    atena_no = models.BigIntegerField("宛名番号")
    place = models.SmallIntegerField("番号", help_text="同じ人の相手方を区別する番号")
    opponent_no = models.BigIntegerField("相手方の宛名番号", null=True)
    name = models.CharField("相手方の氏名", max_length=400)
    relation = models.CharField("本人との関係", max_length=60)

    class Meta:
        verbose_name = "支援措置の相手方"
        constraints = [no_overlap("opponent_one_at_a_time", "atena_no", "place")]
        indexes = [
            models.Index(fields=["atena_no"], name="opponent_atena"),
            models.Index(fields=["opponent_no"], name="opponent_other", condition=BELIEVED),
        ]


class Nondisclosure(PeriodFact):
    """自己情報不開示の申出 of a person who needs no 支援措置 (DV-06). Protection sets the same flag by itself."""

    atena_no = models.BigIntegerField("宛名番号")
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "自己情報不開示の申出"
        constraints = [no_overlap("nondisclosure_one_at_a_time", "atena_no")]
        indexes = [models.Index(fields=["atena_no"], name="nondisclosure_atena")]


class ProvisionRefusal(PeriodFact):
    """自己情報提供不可: the person's own setting that what is held about them is not shown through マイナポータル (DV-06). It does not
    stop levy, print or linkage; where a receiver's file has an item for 不開示, the item is set."""

    atena_no = models.BigIntegerField("宛名番号")
    reason = models.CharField("申出の内容", max_length=200)

    class Meta:
        verbose_name = "自己情報提供不可の設定"
        constraints = [no_overlap("provisionrefusal_one_at_a_time", "atena_no")]
        indexes = [
            models.Index(fields=["atena_no"], name="provisionrefusal_atena"),
            models.Index(fields=["atena_no"], name="provisionrefusal_believed", condition=BELIEVED),
        ]
