"""印字する氏名: which of a person's names a kind of document carries (ATENA-14)."""

from __future__ import annotations

from django.db import models

from kokuho.core.models import PeriodFact, no_overlap
from kokuho.desks.people.models.mail import BUSINESSES, EVERY
from kokuho.desks.people.models.person import BELIEVED


class NameChoice(PeriodFact):
    """The name that documents of a kind of work carry for a person. Without a row: the 通称 of who has one, else the name."""

    ALIAS, REAL, FORMER, BOTH = 1, 2, 3, 4
    FORMS = ((ALIAS, "通称"), (REAL, "本名（住民記録の氏名）"), (FORMER, "旧氏を併記"), (BOTH, "本名に通称を併記"))

    atena_no = models.BigIntegerField("宛名番号")
    business = models.SmallIntegerField("帳票の種類", choices=BUSINESSES, default=EVERY)
    form = models.SmallIntegerField("印字する氏名", choices=FORMS)
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = "印字する氏名"
        constraints = [no_overlap("namechoice_one_at_a_time", "atena_no", "business")]
        indexes = [models.Index(fields=["atena_no"], name="namechoice_atena", condition=BELIEVED)]
