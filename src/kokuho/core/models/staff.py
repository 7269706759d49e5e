"""Staff, units, the rights that were granted to them, and what happened to their accounts."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models.base import Act, Register


@pghistory.track()
class Unit(Register):
    """課・係: the affiliation of staff (所属), which roles it may hold, and its own hours of use."""

    code = models.CharField("所属コード", max_length=10, unique=True)
    name = models.CharField("所属名", max_length=60)
    roles = ArrayField(models.CharField(max_length=40), verbose_name="この所属に認めた役割", default=list)
    opens = models.CharField("利用時間の始まり", max_length=5, blank=True, help_text="空は安全管理の設定のとおり")
    closes = models.CharField("利用時間の終わり", max_length=5, blank=True)
    areas = ArrayField(
        models.CharField(max_length=60), verbose_name="管轄区域（行政区・支所・出張所）", default=list, help_text="空は全市",
    )

    class Meta:
        verbose_name = "所属"
        constraints = [
            models.CheckConstraint(
                condition=Q(opens="", closes="") | (~Q(opens="") & Q(closes__gt=F("opens"))), name="unit_hours_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StaffManager(BaseUserManager["Staff"]):
    """Finds staff by number; making one is `core.actions.staff.register` or an application (`core.actions.accounts`)."""

    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(staff_no=username)


@pghistory.track(exclude=["password", "last_login", "session_number", "password_changed_at"])
class Staff(AbstractBaseUser, Register):
    """One account: the ID of exactly one natural person, with an end date (AUTH-01). There is no superuser."""

    STAFF, TEMPORARY, ADMINISTRATOR, CONTRACTOR = "staff", "temporary", "administrator", "contractor"
    CLASSES = (
        (STAFF, "職員"),
        (TEMPORARY, "会計年度任用職員"),
        (ADMINISTRATOR, "管理者"),
        (CONTRACTOR, "委託先"),
    )

    staff_no = models.CharField("利用者ID", max_length=20, unique=True)
    person_no = models.CharField("職員番号・作業従事者番号", max_length=20, help_text="この番号の一人がIDの持ち主")
    name = models.CharField("氏名", max_length=60)
    name_kana = models.CharField("氏名カナ", max_length=60, blank=True)
    account_class = models.CharField("IDの種類", max_length=15, choices=CLASSES, default=STAFF)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, verbose_name="所属")
    valid_from = models.DateField("利用開始日")
    valid_until = models.DateField("利用終了日", help_text="この日まで利用できる")
    is_active = models.BooleanField("利用可", default=True)
    must_change_password = models.BooleanField("次のログインでパスワードを変える", default=False)
    password_changed_at = models.DateTimeField("パスワード変更日時", null=True)
    session_number = models.CharField("利用中のセッション", max_length=64, blank=True)
    left_on = models.DateField("人事データによる退職・離職の日", null=True, blank=True)

    USERNAME_FIELD = "staff_no"
    REQUIRED_FIELDS: list[str] = []
    objects = StaffManager()

    class Meta:
        verbose_name = "職員"
        constraints = [
            models.CheckConstraint(condition=~Q(person_no__regex=r"^\s*$"), name="staff_has_owner"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="staff_period"),
            models.UniqueConstraint(
                fields=["person_no", "account_class"], condition=Q(is_active=True), name="staff_one_id_a_class"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's own permissions are not used: rights are asked of `core.access`."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


_GRANT_GUARD = """
    IF TG_OP = 'UPDATE' THEN
        IF NEW.staff_id <> OLD.staff_id OR NEW.role <> OLD.role OR NEW.valid_from <> OLD.valid_from
           OR NEW.applied_by <> OLD.applied_by OR NEW.approved_by <> OLD.approved_by
           OR NEW.entry_id IS DISTINCT FROM OLD.entry_id
           OR NEW.valid_until > OLD.valid_until THEN
            RAISE EXCEPTION 'a right can only be shortened: apply for another one' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM core_entry e JOIN core_staff s ON s.id = NEW.staff_id
         WHERE e.id = NEW.entry_id AND e.kind = 'rights.grant' AND e.state = 'confirmed' AND e.four_eyes
           AND e.entered_by = NEW.applied_by AND e.decided_by = NEW.approved_by AND e.decided_by <> s.staff_no
           AND e.payload ->> 'staff_no' = s.staff_no AND e.payload -> 'roles' ? NEW.role) THEN
        RAISE EXCEPTION 'a right needs an application that another person approved' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
"""


@pghistory.track()
class Grant(Register):
    """A role of the purpose table given to a person for a period, on application and approval (RIGHTS-04, -05).

    The database takes a right only with its confirmed application, whoever inserts it, and lets it be shortened, never extended.
    """

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="grants", verbose_name="職員")
    role = models.CharField("役割", max_length=40, help_text="core/data/rights.yaml の役割")
    valid_from = models.DateField("発効日")
    valid_until = models.DateField("失効日", help_text="この日まで有効")
    applied_by = models.CharField("申請者", max_length=20)
    approved_by = models.CharField("承認者", max_length=20)
    reason = models.CharField("理由", max_length=200)
    entry = models.ForeignKey("core.Entry", on_delete=models.PROTECT, null=True, verbose_name="申請")
    ended_by = models.CharField("失効の出所", max_length=60, blank=True, help_text="entry:5、transfer:2026-04-01 など")

    class Meta:
        verbose_name = "権限"
        constraints = [
            models.CheckConstraint(condition=~Q(applied_by=F("approved_by")), name="grant_two_persons"),
            models.UniqueConstraint(fields=["staff", "role", "valid_from"], name="grant_once"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="grant_on_application", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update, func=_GRANT_GUARD
            ),
        ]


class PasswordHistory(Act):
    """A password that was in use, as its hash, so that it is not taken again (AUTH-04)."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="former_passwords")
    encoded = models.CharField("ハッシュ", max_length=255)
    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "過去のパスワード"
        indexes = [models.Index(fields=["staff", "-id"], name="passwordhistory_staff")]


class AccountEvent(Act):
    """What another person did to an account: unlocked it, issued a first password, took a factor away, ended a session."""

    UNLOCK, PASSWORD, FACTORS, END = "unlock", "password", "factors", "end"
    KINDS = ((UNLOCK, "停止の解除"), (PASSWORD, "初期パスワードの発行"), (FACTORS, "認証手段の再設定"), (END, "利用の終了"))

    staff_no = models.CharField("利用者ID", max_length=20)
    kind = models.CharField("種類", max_length=10, choices=KINDS)
    by = models.CharField("行った者", max_length=20)
    reason = models.CharField("理由", max_length=200)
    at = models.DateTimeField("日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "IDの取扱い"
        constraints = [
            models.CheckConstraint(condition=~Q(by=F("staff_no")), name="accountevent_by_another"),
            models.CheckConstraint(condition=~Q(reason__regex=r"^\s*$"), name="accountevent_reason"),
        ]
        indexes = [models.Index(fields=["staff_no", "kind", "-at"], name="accountevent_staff")]


@pghistory.track()
class FactorCredential(Register):
    """What an outside verifier knows a person by: the fingerprint of a card's certificate, the subject of a biometric template."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="credentials", verbose_name="職員")
    factor = models.CharField("手段", max_length=20)
    reference = models.CharField("照合の番号", max_length=128)
    valid_from = models.DateField("開始日")
    valid_until = models.DateField("終了日")
    is_active = models.BooleanField("有効", default=True)
    origin = models.CharField("出所", max_length=60)

    class Meta:
        verbose_name = "外部の認証手段"
        constraints = [
            models.UniqueConstraint(fields=["factor", "reference"], condition=Q(is_active=True), name="factorcredential_of_one"),
        ]


@pghistory.track()
class AccountTask(Register):
    """Something to be done outside this system when somebody leaves: the terminal's own account (RIGHTS-05)."""

    staff_no = models.CharField("利用者ID", max_length=20)
    what = models.CharField("すること", max_length=100)
    opened_on = models.DateField("発生日")
    reason = models.CharField("理由", max_length=200)
    done_by = models.CharField("確認者", max_length=20, blank=True)
    done_at = models.DateTimeField("確認日時", null=True)
    note = models.CharField("確認したこと", max_length=200, blank=True)

    class Meta:
        verbose_name = "端末アカウントの停止"
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by="") | (Q(done_at__isnull=False) & ~Q(done_by="") & ~Q(note="")),
                name="accounttask_done_by",
            ),
        ]


class UseExtension(Act):
    """An approved extension: this person may work until then outside the hours of use (AUTH-07)."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="extensions")
    starts = models.DateTimeField("開始")
    ends = models.DateTimeField("終了")
    reason = models.CharField("理由", max_length=200)
    entry = models.ForeignKey("core.Entry", on_delete=models.PROTECT, verbose_name="申請")

    class Meta:
        verbose_name = "時間外の利用"
        constraints = [models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="extension_period")]
        indexes = [models.Index(fields=["staff", "ends"], name="extension_staff")]


class RightsReview(Act):
    """That somebody looked through the reports of rights: which period, what was found, what follows (RIGHTS-06)."""

    period_from = models.DateField("対象期間（から）")
    period_until = models.DateField("対象期間（まで）")
    reviewed_on = models.DateField("点検日")
    reviewed_by = models.CharField("点検者", max_length=20)
    changes = models.IntegerField("変更の件数")
    leftovers = models.IntegerField("残っているIDの件数")
    findings = models.TextField("結果")
    follow_up = models.TextField("措置", blank=True)
    at = models.DateTimeField("記録日時", db_default=Func(function="clock_timestamp"))

    class Meta:
        verbose_name = "権限の再点検"
        constraints = [
            models.CheckConstraint(condition=~Q(findings__regex=r"^\s*$"), name="rightsreview_findings"),
            models.CheckConstraint(condition=Q(period_until__gte=F("period_from")), name="rightsreview_period"),
        ]
