"""登録簿: which systems connect at all, and what may be given to whom, for what, on which ground (LINK-01, LINK-02).

Both are dated facts that two persons entered and confirmed. What they do not say is refused.
"""

from __future__ import annotations

import zlib

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from kokuho.core.models import PeriodFact, no_overlap

BELIEVED = Q(superseded_at__isnull=True)


def subject(*parts: str) -> int:
    """The number under which versions of one subject follow each other without overlap."""
    return zlib.crc32("|".join(parts).encode())


class ConnectedSystem(PeriodFact):
    """A neighbouring system that may deliver or receive files, over the period for which that was approved."""

    SCREEN, FOLDER, MEDIUM = "screen", "folder", "medium"
    ROUTES = ((FOLDER, "庁内連携フォルダー・伝送"), (MEDIUM, "電子記録媒体"), (SCREEN, "画面から"))

    subject_no = models.BigIntegerField("件名番号", help_text="重なり禁止の制約のための番号")
    code = models.CharField("接続先", max_length=20)
    name = models.CharField("名称", max_length=60)
    owner = models.CharField("所管", max_length=60)
    purpose = models.CharField("目的", max_length=200)
    routes = ArrayField(models.CharField(max_length=10, choices=ROUTES), verbose_name="経路")
    public_key = models.CharField("署名の公開鍵", max_length=64, blank=True, help_text="Ed25519、16進64桁")

    class Meta:
        verbose_name = "接続先"
        constraints = [
            no_overlap("connectedsystem_one_at_a_time", "subject_no"),
            models.CheckConstraint(condition=Q(public_key="") | Q(public_key__regex="^[0-9a-f]{64}$"), name="connectedsystem_key"),
            models.CheckConstraint(condition=~Q(owner="") & ~Q(purpose=""), name="connectedsystem_said"),
        ]
        indexes = [models.Index(fields=["code"], name="connectedsystem_code", condition=BELIEVED)]


class ReleaseRule(PeriodFact):
    """One line of the closed registry: receiver × items × ground × purpose × frequency × approval.

    `items` are the only items of the layout that may be filled; `characters` those that the receiver knows. `release` says whether a
    second person releases each file; `protected` what happens to persons under 支援措置 (DV-07).
    """

    TRANSFER, PROVISION, ENTRUST, NOTICE = "transfer", "provision", "entrust", "notice"
    KINDS = ((TRANSFER, "移転"), (PROVISION, "提供"), (ENTRUST, "委託に伴う提供"), (NOTICE, "法令による通知"))
    SECOND, AUTOMATIC = "second", "automatic"
    RELEASES = ((SECOND, "別の職員の確認"), (AUTOMATIC, "自動（定例）"))
    WITHHOLD, MASK, FLAG, PASS = "withhold", "mask", "flag", "pass"
    TREATMENTS = (
        (WITHHOLD, "載せない（引き抜く）"), (MASK, "住所などを空にして渡す"), (FLAG, "印を付けて渡す"),
        (PASS, "そのまま渡す（住所を含まない）"),
    )  # fmt: skip

    CHARACTERS = (
        ("", "すべて（行政事務標準文字）"), ("jisx0213", "JIS第3・第4水準まで"), ("jisx0208", "JIS第1・第2水準"),
        ("cp932", "Windows-31J（CP932）"),
    )  # fmt: skip

    subject_no = models.BigIntegerField("件名番号", help_text="重なり禁止の制約のための番号")
    system = models.CharField("提供先", max_length=20)
    duty = models.CharField("提供先の事務", max_length=100)
    layout = models.CharField("レイアウト", max_length=60)
    kind = models.CharField("区分", max_length=10, choices=KINDS)
    items = ArrayField(models.CharField(max_length=40), verbose_name="項目")
    carries_number = models.BooleanField("個人番号を含む", default=False)
    basis = models.CharField("根拠", max_length=200)
    purpose = models.CharField("目的", max_length=200)
    frequency = models.CharField("周期", max_length=40)
    approval_no = models.CharField("承認番号", max_length=60)
    approved_on = models.DateField("承認日")
    release = models.CharField("送信の確認", max_length=10, choices=RELEASES, default=SECOND)
    protected = models.CharField("支援措置対象者", max_length=10, choices=TREATMENTS)
    mark_item = models.CharField("印の項目", max_length=40, blank=True)
    hidden_items = ArrayField(models.CharField(max_length=40), verbose_name="空にする項目", default=list)
    characters = models.CharField("文字の範囲", max_length=10, choices=CHARACTERS, blank=True, default="")

    class Meta:
        verbose_name = "提供の登録簿"
        constraints = [
            no_overlap("releaserule_one_at_a_time", "subject_no"),
            models.CheckConstraint(
                condition=~Q(approval_no="") & ~Q(basis="") & ~Q(purpose=""), name="releaserule_approved"
            ),
            models.CheckConstraint(condition=~Q(protected="flag") | ~Q(mark_item=""), name="releaserule_mark_item"),
            models.CheckConstraint(condition=~Q(protected="mask") | ~Q(hidden_items=[]), name="releaserule_hidden_items"),
        ]
        indexes = [models.Index(fields=["system", "layout"], name="releaserule_layout", condition=BELIEVED)]
