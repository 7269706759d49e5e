"""個人番号の確認リスト: persons whose My Number or 団体内統合宛名番号 is in doubt, until two persons have decided (MYNUM-06, LINK-05)."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from kokuho.core.models import Entry, PeriodFact, Register, no_overlap
from kokuho.core.vault import BLANK, CHANGED, SHARED
from kokuho.desks.people.models.person import BELIEVED

_DECIDED_BY_TWO = """
IF OLD.state <> 'open' THEN
    RAISE EXCEPTION 'NUMBER-DOUBT-SETTLED: a decided line of the list does not change';
END IF;
IF NEW.state <> 'open' AND NOT EXISTS (
    SELECT 1 FROM core_entry e WHERE e.id = NEW.entry_id AND e.state = 'confirmed' AND e.four_eyes AND e.decided_by <> ''
       AND NEW.atena_no = ANY (e.persons)) THEN
    RAISE EXCEPTION 'NUMBER-DOUBT-TWO: only a decision of two persons clears a line of the list';
END IF;
RETURN NEW;
"""


@pghistory.track()
class NumberDoubt(Register):
    """One line of the 確認リスト. A My Number that was not linked waits in the vault under `proposal`; it never stands here. A
    団体内統合宛名番号 that was not linked is `offered`, with the day from which it was told."""

    OPEN, SETTLED = "open", "settled"
    STATES = ((OPEN, "未決定"), (SETTLED, "決定済み"))
    OFFER_CHANGED, OFFER_SHARED = "IN-CHANGED", "IN-SHARED"
    OFFERS = (OFFER_CHANGED, OFFER_SHARED)
    CODES = (
        (BLANK, "個人番号がない"), (CHANGED, "登録と違う個人番号"), (SHARED, "他の人の個人番号"),
        (OFFER_CHANGED, "登録と違う統合宛名番号"), (OFFER_SHARED, "他の人の統合宛名番号"),
    )  # fmt: skip

    atena_no = models.BigIntegerField("宛名番号")
    code = models.CharField("理由コード", max_length=10, choices=CODES)
    other_no = models.BigIntegerField("相手の宛名番号", null=True)
    proposal = models.BigIntegerField("保管庫の番号", null=True, help_text="登録していない個人番号が待つ所。個人番号そのものではない")
    kept = models.BooleanField("登録済みの番号がある")
    offered = models.CharField("届いた団体内統合宛名番号", max_length=15, blank=True)
    offered_from = models.DateField("付番年月日", null=True)
    origin = models.CharField("出所", max_length=60)
    found_on = models.DateField("見付けた日")
    state = models.CharField("状態", max_length=8, choices=STATES, default=OPEN)
    outcome = models.CharField("決定", max_length=10, blank=True)
    settled_on = models.DateField("決定日", null=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="決定した入力")

    class Meta:
        verbose_name = "個人番号の確認リスト"
        constraints = [
            models.UniqueConstraint(
                fields=["atena_no", "code", "proposal", "offered"], condition=Q(state="open"), nulls_distinct=False,
                name="numberdoubt_open_once",
            ),
            models.CheckConstraint(
                condition=Q(code__startswith="MN-", offered="", offered_from__isnull=True)
                | (Q(code__startswith="IN-", proposal__isnull=True, offered_from__isnull=False) & ~Q(offered="")),
                name="numberdoubt_offer",
            ),
            models.CheckConstraint(
                condition=Q(state="open", outcome="", entry__isnull=True)
                | (Q(state="settled", entry__isnull=False) & ~Q(outcome="")),
                name="numberdoubt_decision",
            ),
        ]
        indexes = [
            models.Index(fields=["atena_no"], name="numberdoubt_atena", condition=Q(state="open")),
            models.Index(fields=["other_no"], name="numberdoubt_other", condition=Q(state="open", other_no__isnull=False)),
            models.Index(fields=["state", "code", "-id"], name="numberdoubt_list"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="numberdoubt_two_persons", when=pgtrigger.Before, operation=pgtrigger.Update, func=_DECIDED_BY_TWO
            ),
        ]


class IntegratedNumber(PeriodFact):
    """団体内統合宛名番号 of a person over the days that the city's system of them told (ATENA-12). It is no My Number."""

    atena_no = models.BigIntegerField("宛名番号")
    number = models.CharField("団体内統合宛名番号", max_length=15)

    class Meta:
        verbose_name = "団体内統合宛名番号"
        constraints = [no_overlap("integratednumber_one_at_a_time", "atena_no")]
        indexes = [
            models.Index(fields=["atena_no"], name="integratednumber_atena"),
            models.Index(fields=["number"], name="integratednumber_number", condition=BELIEVED),
        ]
