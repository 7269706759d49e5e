"""The conduct of operation: work orders, registers of inspection, training and attestation, incidents, disclosure requests."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models.base import Act, Register
from kokuho.core.models.batch import BatchRun


@pghistory.track()
class WorkOrder(Register):
    """作業指示書兼報告書: a job that was asked for, approved by another, run as ordered, its result confirmed (LOG-04)."""

    REQUESTED, APPROVED, RETURNED, RUN, CONFIRMED = "requested", "approved", "returned", "run", "confirmed"
    STATES = ((REQUESTED, "承認待ち"), (APPROVED, "実行待ち"), (RETURNED, "差戻し"), (RUN, "結果の確認待ち"), (CONFIRMED, "確認済み"))

    kind = models.CharField("作業", max_length=40)
    title = models.CharField("件名", max_length=120)
    instruction = models.TextField("指示の内容（条件・件数の見込み）")
    suitability = models.CharField("適否の確認", max_length=200, help_text="処理してよいことを何で確かめたか")
    planned_on = models.DateField("予定日")
    requested_by = models.CharField("指示者", max_length=20)
    requested_at = models.DateTimeField("指示日時", db_default=Func(function="now"))
    state = models.CharField("状態", max_length=10, choices=STATES, default=REQUESTED)
    runs = models.ManyToManyField(BatchRun, through="OrderedRun", related_name="orders")
    result = models.TextField("結果", blank=True)
    confirmed_by = models.CharField("確認者", max_length=20, blank=True)
    confirmed_at = models.DateTimeField("確認日時", null=True)

    GRANTS = "SELECT, INSERT, UPDATE (state, result, confirmed_by, confirmed_at)"

    class Meta:
        verbose_name = "作業指示"
        constraints = [
            models.CheckConstraint(condition=~Q(requested_by=F("confirmed_by")), name="workorder_two_persons"),
            models.CheckConstraint(condition=~Q(instruction="") & ~Q(suitability=""), name="workorder_complete"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | (~Q(confirmed_by="") & ~Q(result="")), name="workorder_confirmed"
            ),
        ]
        indexes = [models.Index(fields=["state", "planned_on"], name="workorder_state")]


class OrderedRun(Act):
    """A run that belongs to an order. A run belongs to one order at most; afterwards it needs a reason."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT)
    run = models.OneToOneField(BatchRun, on_delete=models.PROTECT)
    linked_by = models.CharField("職員番号", max_length=20)
    linked_at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))
    reason = models.CharField("後から結び付けた理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "指示による実行"
        triggers = [
            pgtrigger.Trigger(
                name="only_approved",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                PERFORM 1 FROM core_workorder o JOIN core_approval a ON a.subject = 'work-order:' || o.id AND a.state = 'approved'
                  JOIN core_batchrun r ON r.id = NEW.run_id AND r.kind = o.kind
                  WHERE o.id = NEW.order_id AND o.state IN ('approved', 'run');
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'work order % is not approved for this run', NEW.order_id;
                END IF;
                RETURN NEW;
                """,
            )
        ]


class JournalNote(Act):
    """What the operators wrote into the 運用日誌 of a day beside what the system counts itself."""

    day = models.DateField("日")
    text = models.TextField("記事")
    staff_no = models.CharField("職員番号", max_length=20)
    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "運用日誌の記事"
        constraints = [models.CheckConstraint(condition=~Q(text__regex=r"^\s*$"), name="journalnote_text")]
        indexes = [models.Index(fields=["day"], name="journalnote_day")]


class ConductRecord(Act):
    """An entry of the registers that prove conduct: self-inspections, audits, training, attestations, inquiries (OPS-02 … -04)."""

    SELF, AUDIT, TRAINING, ATTESTATION, INQUIRY = "self", "audit", "training", "attestation", "inquiry"
    KINDS = ((SELF, "自己点検"), (AUDIT, "監査"), (TRAINING, "研修"), (ATTESTATION, "施設・書類等の確認"), (INQUIRY, "苦情・照会"))

    kind = models.CharField("種類", max_length=12, choices=KINDS)
    topic = models.CharField("項目", max_length=40)
    on = models.DateField("実施日")
    staff_no = models.CharField("対象の職員", max_length=20, blank=True)
    result = models.TextField("結果")
    follow_up = models.TextField("措置", blank=True)
    next_due = models.DateField("次の期限", null=True)
    recorded_by = models.CharField("登録者", max_length=20)
    recorded_at = models.DateTimeField("登録日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "点検・研修・確認の記録"
        constraints = [
            models.CheckConstraint(condition=~Q(result__regex=r"^\s*$"), name="conduct_has_result"),
            models.CheckConstraint(condition=~Q(kind="training") | ~Q(staff_no=""), name="conduct_training_of"),
        ]
        indexes = [
            models.Index(fields=["kind", "topic", "-on"], name="conduct_topic"),
            models.Index(fields=["on", "id"], name="conduct_on"),
            models.Index(fields=["staff_no", "-on"], name="conduct_staff", condition=~Q(staff_no="")),
        ]


@pghistory.track()
class Incident(Register):
    """A suspected leak (漏えい等の事案). While it is open, the records of its period are not purged (OPS-05)."""

    OPEN, CLOSED = "open", "closed"
    STATES = ((OPEN, "対応中"), (CLOSED, "終結"))

    title = models.CharField("件名", max_length=120)
    about = models.TextField("概要")
    known_at = models.DateTimeField("知った日時")
    deliberate = models.BooleanField("不正の目的によるおそれ", default=False)
    since = models.DateTimeField("対象の期間（から）")
    until = models.DateTimeField("対象の期間（まで）")
    state = models.CharField("状態", max_length=6, choices=STATES, default=OPEN)
    opened_by = models.CharField("登録者", max_length=20)
    opened_at = models.DateTimeField("登録日時", db_default=Func(function="now"))
    closed_by = models.CharField("終結を確認した者", max_length=20, blank=True)
    closed_on = models.DateField("終結日", null=True)
    conclusion = models.TextField("結論・再発防止", blank=True)

    GRANTS = "SELECT, INSERT, UPDATE (deliberate, since, until, state, closed_by, closed_on, conclusion)"

    class Meta:
        verbose_name = "漏えい等の事案"
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="incident_period"),
            models.CheckConstraint(condition=Q(state="open") | (~Q(closed_by="") & ~Q(conclusion="")), name="incident_closed"),
            models.CheckConstraint(condition=~Q(opened_by=F("closed_by")), name="incident_two_persons"),
        ]


class IncidentScope(Act):
    """One thing by which the persons affected are found: a member of staff, a terminal, a function, a file or a medium."""

    KINDS = (
        ("staff", "職員"), ("terminal", "端末"), ("function", "機能"), ("extract", "抽出"), ("medium", "媒体"), ("person", "宛名番号"),
    )  # fmt: skip

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="scopes")
    kind = models.CharField("手がかり", max_length=10, choices=KINDS)
    value = models.CharField("値", max_length=60)
    added_by = models.CharField("登録者", max_length=20)
    added_at = models.DateTimeField("登録日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "事案の手がかり"
        constraints = [models.UniqueConstraint(fields=["incident", "kind", "value"], name="incidentscope_once")]


class IncidentStep(Act):
    """What was done about an incident: reports to the commission, notices to persons, measures."""

    KINDS = (
        ("preliminary", "速報"), ("final", "確報"), ("notice", "本人への通知"), ("announcement", "公表"), ("measure", "措置"),
    )  # fmt: skip

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField("内容", max_length=12, choices=KINDS)
    on = models.DateField("実施日")
    persons = ArrayField(models.BigIntegerField(), verbose_name="通知した人の宛名番号", default=list)
    text = models.TextField("内容の説明")
    staff_no = models.CharField("職員番号", max_length=20)
    at = models.DateTimeField("登録日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "事案への対応"
        constraints = [models.CheckConstraint(condition=~Q(text__regex=r"^\s*$"), name="incidentstep_text")]


@pghistory.track()
class DisclosureRequest(Register):
    """A request of 開示・訂正・利用停止 about one person, and the decision about it (OPS-06)."""

    DISCLOSE, CORRECT, SUSPEND = "disclose", "correct", "suspend"
    KINDS = ((DISCLOSE, "開示"), (CORRECT, "訂正"), (SUSPEND, "利用停止"))
    SELF, PROXY = "self", "proxy"
    REQUESTERS = ((SELF, "本人"), (PROXY, "代理人"))
    OPEN, PROPOSED, GRANTED, REFUSED = "open", "proposed", "granted", "refused"
    STATES = ((OPEN, "受付"), (PROPOSED, "決定待ち"), (GRANTED, "認容（一部を含む）"), (REFUSED, "不開示・不訂正等"))

    kind = models.CharField("請求", max_length=10, choices=KINDS)
    atena_no = models.BigIntegerField("宛名番号")
    requester = models.CharField("請求者", max_length=6, choices=REQUESTERS)
    identity = models.CharField("本人確認の方法", max_length=120)
    received_on = models.DateField("受付日")
    due_on = models.DateField("決定の期限")
    scope = models.TextField("請求の内容")
    with_accesses = models.BooleanField("閲覧の記録も含む", default=False)
    withheld = models.JSONField("不開示とする部分", default=list, help_text="表の名前と理由の並び")
    item = models.CharField("利用停止する情報項目", max_length=20, blank=True)
    proposal = models.TextField("決定案", blank=True)
    registered_by = models.CharField("登録者", max_length=20)
    registered_at = models.DateTimeField("登録日時", db_default=Func(function="now"))
    state = models.CharField("状態", max_length=10, choices=STATES, default=OPEN)
    decided_by = models.CharField("決定者", max_length=20, blank=True)
    decided_on = models.DateField("決定日", null=True)
    reason = models.TextField("決定の理由", blank=True)

    GRANTS = "SELECT, INSERT, UPDATE (withheld, item, proposal, state, decided_by, decided_on, reason)"

    class Meta:
        verbose_name = "開示等の請求"
        constraints = [
            models.CheckConstraint(condition=~Q(registered_by=F("decided_by")), name="disclosure_two_persons"),
            models.CheckConstraint(
                condition=Q(state__in=("open", "proposed")) | (~Q(decided_by="") & Q(decided_on__isnull=False)),
                name="disclosure_decided",
            ),
        ]
        indexes = [models.Index(fields=["atena_no"], name="disclosure_atena"), models.Index(fields=["state", "due_on"],
            name="disclosure_state")]


@pghistory.track()
class UseSuspension(Register):
    """利用停止: an item of a person's data that is no longer taken out or provided, by a granted request."""

    request = models.ForeignKey(DisclosureRequest, on_delete=models.PROTECT, related_name="suspensions")
    atena_no = models.BigIntegerField("宛名番号")
    item = models.CharField("情報項目", max_length=20)
    since = models.DateField("開始日")
    lifted_on = models.DateField("解除日", null=True)
    lifted_by = models.CharField("解除者", max_length=20, blank=True)

    GRANTS = "SELECT, INSERT, UPDATE (lifted_on, lifted_by)"

    class Meta:
        verbose_name = "利用停止"
        constraints = [
            models.UniqueConstraint(
                fields=["atena_no", "item"], condition=Q(lifted_on__isnull=True), name="usesuspension_one_standing"
            )
        ]


class ProtectionReport(Act):
    """How a terminal, a server or 国保総合PC is protected, as reported on a day by a source (NET-05). The newest of a host counts."""

    TERMINAL, SERVER, FEDERATION_PC = "terminal", "server", "federation_pc"
    KINDS = ((TERMINAL, "端末"), (SERVER, "サーバー"), (FEDERATION_PC, "国保総合PC"))

    host = models.CharField("機器", max_length=60)
    kind = models.CharField("種類", max_length=16, choices=KINDS)
    reported_on = models.DateField("申告の日")
    source = models.CharField("出所", max_length=120)
    pattern_on = models.DateField("対策ソフトの定義の日", null=True)
    patched_on = models.DateField("更新プログラムの適用日", null=True)
    missing = models.JSONField("満たしていない項目", default=list)
    recorded_by = models.CharField("登録者", max_length=20)
    at = models.DateTimeField("登録日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "機器の対策状況"
        constraints = [models.CheckConstraint(condition=~Q(host="") & ~Q(source=""), name="protection_from_somewhere")]
        indexes = [models.Index(fields=["host", "-reported_on", "-id"], name="protection_host")]


class HostingFact(Act):
    """A condition of cloud hosting as declared or reported: region, certificates, who has access (NET-07). The newest of a topic counts."""

    topic = models.CharField("条件", max_length=30)
    value = models.CharField("内容", max_length=200)
    holds = models.BooleanField("満たしている")
    evidence = models.CharField("証跡（証明書番号等）", max_length=200, blank=True)
    valid_until = models.DateField("有効期限", null=True)
    recorded_by = models.CharField("登録者", max_length=20)
    at = models.DateTimeField("登録日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "クラウドの条件"
        constraints = [models.CheckConstraint(condition=~Q(value=""), name="hosting_said")]
        indexes = [models.Index(fields=["topic", "-id"], name="hosting_topic")]


class Correction(Act):
    """訂正: what an item of a person said before and after, and by which entry or file it was corrected (OPS-06)."""

    request = models.ForeignKey(DisclosureRequest, on_delete=models.PROTECT, related_name="corrections")
    atena_no = models.BigIntegerField("宛名番号")
    origin = models.CharField("訂正した入力・ファイル", max_length=60)
    table = models.CharField("表", max_length=80)
    item = models.CharField("項目", max_length=80)
    before = models.CharField("訂正前", max_length=500, blank=True)
    after = models.CharField("訂正後", max_length=500, blank=True)
    recorded_by = models.CharField("登録者", max_length=20)
    recorded_at = models.DateTimeField("登録日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "訂正の記録"
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="correction_changes"),
            models.UniqueConstraint(fields=["request", "origin", "table", "item", "before", "after"], name="correction_once"),
        ]
        indexes = [models.Index(fields=["atena_no"], name="correction_atena")]


class CorrectionNotice(Act):
    """That a receiver of the wrong data was told of its correction."""

    request = models.ForeignKey(DisclosureRequest, on_delete=models.PROTECT, related_name="notices")
    atena_no = models.BigIntegerField("宛名番号")
    receiver = models.CharField("知らせた提供先", max_length=120)
    noticed_on = models.DateField("知らせた日")
    how = models.CharField("知らせた方法・文書番号", max_length=200)
    recorded_by = models.CharField("登録者", max_length=20)
    recorded_at = models.DateTimeField("登録日時", db_default=Func(function="now"))

    class Meta:
        verbose_name = "訂正の通知"
        constraints = [models.UniqueConstraint(fields=["request", "receiver"], name="correctionnotice_once")]
        indexes = [models.Index(fields=["atena_no"], name="correctionnotice_atena")]
