"""検索条件の保存: what a member of staff searches for again and again."""

from __future__ import annotations

from django.db import models
from django.db.models import Func

from kokuho.core.models import Register


class SavedSearch(Register):
    """A search that its owner keeps under a name. Nobody else sees it; its owner may throw it away."""

    GRANTS = "SELECT, INSERT, DELETE"

    staff_no = models.CharField("職員番号", max_length=20)
    label = models.CharField("名前", max_length=40)
    typed = models.CharField("条件", max_length=100)
    created_at = models.DateTimeField("保存日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "保存した検索条件"
        constraints = [models.UniqueConstraint(fields=["staff_no", "label"], name="savedsearch_label_once")]
