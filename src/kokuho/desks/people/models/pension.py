"""個別事項（年金）: what the office knows of a person's pension, in the common register (ATENA-19)."""

from __future__ import annotations

from django.db import models

from kokuho.core.models import PeriodFact, no_overlap
from kokuho.desks.people.models.person import BELIEVED


class PensionMatter(PeriodFact):
    """A person's kind of membership in the national pension, or a pension drawn, over a period. The 基礎年金番号 is not kept: nothing here
    is matched by it (国民年金法第108条の4)."""

    MEMBERSHIP, OLD_AGE, DISABILITY, SURVIVOR = 1, 2, 3, 4
    MATTERS = ((MEMBERSHIP, "国民年金の加入"), (OLD_AGE, "老齢年金の受給"), (DISABILITY, "障害年金の受給"), (SURVIVOR, "遺族年金の受給"))
    NONE, FIRST, SECOND, THIRD, VOLUNTARY = 0, 1, 2, 3, 4
    CLASSES = ((NONE, "—"), (FIRST, "第1号"), (SECOND, "第2号"), (THIRD, "第3号"), (VOLUNTARY, "任意加入"))

    atena_no = models.BigIntegerField("宛名番号")
    matter = models.SmallIntegerField("事項", choices=MATTERS)
    membership = models.SmallIntegerField("被保険者の種別", choices=CLASSES, default=NONE)
    source = models.CharField("確認した書類・方法", max_length=100)

    class Meta:
        verbose_name = "個別事項（年金）"
        constraints = [
            no_overlap("pensionmatter_one_at_a_time", "atena_no", "matter"),
            models.CheckConstraint(
                condition=models.Q(matter=1, membership__gt=0) | (~models.Q(matter=1) & models.Q(membership=0)),
                name="pensionmatter_membership",
            ),
        ]
        indexes = [models.Index(fields=["atena_no"], name="pensionmatter_atena", condition=BELIEVED)]
