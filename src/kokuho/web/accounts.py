"""How allauth treats staff: nobody signs up by themselves, guessing locks, and every message is in the office's words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest

from kokuho.core import clock, factors, hours, parameters, protection, vendors, writing
from kokuho.core.clock import business_date
from kokuho.core.models import AccountEvent, AuditRecord, Staff
from kokuho.web import sessions, terminals

# allauth's message templates that are worth telling; the others are silent.
TOLD = {
    "account/messages/password_changed.txt": "パスワードを変更しました。",
    "mfa/messages/totp_activated.txt": "認証アプリを登録しました。",
    "mfa/messages/totp_deactivated.txt": "認証アプリの登録を外しました。",
    "mfa/messages/webauthn_added.txt": "認証キーを登録しました。",
    "mfa/messages/webauthn_removed.txt": "認証キーの登録を外しました。",
    "mfa/messages/recovery_codes_generated.txt": "予備コードを新しくしました。",
}


def locked_out(staff_no: str) -> bool:
    """True while sign-in of a number is stopped: too many failures since the last success or unlocking."""
    least, minutes = parameters.value("auth.lockout.failures"), parameters.value("auth.lockout.minutes")
    tries = AuditRecord.objects.filter(staff_no=staff_no, function="sign-in", operation="login", result__in=("ok", "failed"))
    if minutes:
        tries = tries.filter(at__gt=clock.now() - timedelta(minutes=minutes))
    unlocked = AccountEvent.objects.filter(staff_no=staff_no, kind__in=(AccountEvent.UNLOCK, AccountEvent.PASSWORD))
    if (last := unlocked.order_by("-at").values_list("at", flat=True).first()) is not None:
        tries = tries.filter(at__gt=last)
    results = list(tries.order_by("-at").values_list("result", flat=True)[:least])
    return len(results) == least and "ok" not in results


def _refusal(request: HttpRequest, staff: Staff) -> str | None:
    """Why the right person may not sign in now, as a key of the messages."""
    if staff.account_class == Staff.CONTRACTOR:
        if vendors.window(staff.person_no, on=business_date(), at=clock.now()).problem:
            return "no_window"
        if not terminals.fits(request, staff):
            return "not_the_place"
    if hours.hours(staff, clock.now()).state == hours.CLOSED:
        return "outside_hours"
    # Who opens the own locked screen again is not a second one.
    again = request.user.is_authenticated and request.user.pk == staff.pk
    if not again and parameters.value("auth.single_session") == "refuse" and sessions.in_use(staff):
        return "in_use"
    return None


class StaffAdapter(DefaultAccountAdapter):
    """Accounts are made by the registry of staff only."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "この職員番号は利用できません。所属長に確かめてください。",
        "enter_current_password": "今のパスワードが違います。",
        "incorrect_password": "パスワードが違います。",
        "username_password_mismatch": "職員番号またはパスワードが違います。",
        "too_many_login_attempts": "失敗が続いたため、今はログインできません。時間をおくか、システム管理の担当に解除を依頼してください。",
        "unregistered_terminal": "この端末は登録されていないため使えません。登録された端末を使うか、端末の登録を申請してください。",
        "unprotected_terminal": "この端末の対策ソフト又は更新プログラムが古いため使えません。システム管理の担当に連絡してください。",
        "outside_hours": "利用時間外です。時間外に使うときは、所属長を通じて時間外の利用の承認を受けてください。",
        "no_window": "承認された作業の時間帯ではないか、前の作業の記録と確認が済んでいません。市の担当者に確かめてください。",
        "not_the_place": "委託先の作業は、登録された作業用の端末で行ってください。",
        "in_use": "このIDは別の端末で使われています。先の利用を終えてからログインしてください。",
        "rate_limited": "短い時間に何度も送られました。しばらくしてからやり直してください。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        """allauth's stages, then what an outside verifier has to prove."""
        return [*super().get_login_stages(), "kokuho.web.factors.OutsideStage"]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuses a terminal that is not registered (AUTH-05) and a number with too many failures (AUTH-04). Both are told from
        the records and the register, so that all processes and machines judge alike."""
        staff_no = str(credentials.get("username", ""))
        if terminals.required() and (found := terminals.of(request)).terminal is None:
            sessions.record_failure(
                request, staff_no, "password", result="refused", detail={"terminal": found.presented, "why": found.why}
            )
            raise self.validation_error("unregistered_terminal")
        if terminals.required() and (terminal := terminals.of(request).terminal) and protection.blocked(terminal, on=business_date()):
            why = {"terminal": terminal.code, "why": "protection"}
            sessions.record_failure(request, staff_no, "password", result="refused", detail=why)
            raise self.validation_error("unprotected_terminal")
        if staff_no and locked_out(staff_no):
            sessions.record_failure(request, staff_no, "password", result="locked")
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """The right password opens only in the hours of use (AUTH-07), and not beside a session that goes first (AUTH-06)."""
        staff = super().authenticate(request, **credentials)
        if staff is None or settings.KOKUHO_TRAINING:
            return staff
        if (refusal := _refusal(request, staff)) is not None:
            sessions.record_failure(request, staff.staff_no, "password", result="refused", detail={"why": refusal})
            raise self.validation_error(refusal)
        if not request.user.is_authenticated:
            sessions.record_first_factor(request, staff, "password")
        return staff

    def login(self, request: HttpRequest, user: Any) -> None:
        """What signing in writes (the moment, the session) is written in the name of who signs in (LOG-03)."""
        with writing.acting(sessions.actor_of(request, user), "sign-in"):
            super().login(request, user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        sessions.record_failure(request, str(credentials.get("username", "")), "password")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if text := TOLD.get(message_template or ""):
            messages.add_message(request, level, text)

    def get_client_ip(self, request: HttpRequest) -> str:
        return sessions.address(request)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors of staff: the last one cannot be removed where one is required."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": "最後の認証手段は外せません。先に別の手段を登録してください。",
        "cannot_generate_recovery_codes": "認証アプリか認証キーを登録すると、予備コードを作れます。",
        "incorrect_code": "確認コードが違います。",
    }

    def encrypt(self, text: str) -> str:
        """Secrets of apps and spare codes lie sealed (NET-04)."""
        return factors.seal_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factors.open_secret(encrypted_text)

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        """An app or a key is asked for when the person has one and the class of account counts it."""
        from kokuho.web.factors import asks_for

        if settings.KOKUHO_TRAINING or user.is_anonymous:
            return bool(super().is_mfa_enabled(user, types=types))
        return asks_for(user, types)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if settings.KOKUHO_TRAINING or authenticator.type == Authenticator.Type.RECOVERY_CODES:
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return f"認証キー{Authenticator.objects.filter(user=user, type=type).count() + 1}"
