"""The register of terminals: from where one may work (AUTH-05)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q

from kokuho.core.models.base import Register
from kokuho.core.models.staff import Unit


@pghistory.track(exclude=["secret_hash", "enrol_hash", "seen_on"])
class Terminal(Register):
    """A terminal that may be used: known by the certificate that the proxy saw, or by a secret that was put on it once."""

    DESK, WORK, ROOM, MANAGEMENT = "desk", "work", "room", "management"
    KINDS = ((DESK, "業務端末"), (WORK, "委託先の作業用端末"), (ROOM, "電算機室の作業用端末"), (MANAGEMENT, "運用管理の端末"))

    code = models.CharField("端末ID", max_length=30, unique=True)
    place = models.CharField("設置場所", max_length=100)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, verbose_name="所属")
    kind = models.CharField("種類", max_length=12, choices=KINDS, default=DESK)
    network = models.CharField("IPアドレスの範囲", max_length=60, blank=True, help_text="空は確かめない")
    printer = models.CharField("プリンター", max_length=60, blank=True, help_text="この端末の印刷が出るプリンター")
    certificate = models.CharField("証明書の指紋（SHA-256）", max_length=64, blank=True)
    valid_from = models.DateField("利用開始日")
    valid_until = models.DateField("利用終了日")
    is_active = models.BooleanField("利用可", default=True)
    secret_hash = models.CharField("端末の鍵のハッシュ", max_length=64, blank=True)
    enrol_hash = models.CharField("登録コードのハッシュ", max_length=64, blank=True)
    enrol_until = models.DateTimeField("登録コードの期限", null=True)
    enrolled_at = models.DateTimeField("鍵を置いた日時", null=True)
    seen_on = models.DateField("最後に使われた日", null=True)
    origin = models.CharField("出所", max_length=60)

    class Meta:
        verbose_name = "端末"
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="terminal_period"),
            models.UniqueConstraint(
                fields=["certificate"], condition=~Q(certificate="") & Q(is_active=True), name="terminal_certificate"
            ),
        ]

    def __str__(self) -> str:
        return self.code
