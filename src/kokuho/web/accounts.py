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

from kokuho.core.clock import now
from kokuho.core.models import AuditRecord
from kokuho.web import sessions

FAILURES_BEFORE_LOCK = 5
LOCKED_FOR = timedelta(minutes=15)

# allauth's message templates that are worth telling; the others are silent.
TOLD = {
    "account/messages/password_changed.txt": "パスワードを変更しました。",
    "mfa/messages/totp_activated.txt": "認証アプリを登録しました。",
    "mfa/messages/totp_deactivated.txt": "認証アプリの登録を外しました。",
    "mfa/messages/webauthn_added.txt": "認証キーを登録しました。",
    "mfa/messages/webauthn_removed.txt": "認証キーの登録を外しました。",
    "mfa/messages/recovery_codes_generated.txt": "予備コードを新しくしました。",
}


class StaffAdapter(DefaultAccountAdapter):
    """Accounts are made by the registry of staff only."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "この職員番号は利用できません。所属長に確かめてください。",
        "enter_current_password": "今のパスワードが違います。",
        "incorrect_password": "パスワードが違います。",
        "username_password_mismatch": "職員番号またはパスワードが違います。",
        "too_many_login_attempts": "失敗が続いたため、15分間ログインできません。時間をおくか、所属長に連絡してください。",
        "rate_limited": "短い時間に何度も送られました。しばらくしてからやり直してください。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuses a staff number with too many failures since the last success (AUTH-04). Counted from the records, so
        that all processes and machines count together."""
        staff_no = str(credentials.get("username", ""))
        tries = AuditRecord.objects.filter(
            staff_no=staff_no, function="sign-in", operation="login", at__gt=now() - LOCKED_FOR
        ).order_by("-at")
        failures = 0
        for result in tries.values_list("result", flat=True)[:FAILURES_BEFORE_LOCK]:
            if result == "ok":
                break
            failures += result == "failed"
        if staff_no and failures >= FAILURES_BEFORE_LOCK:
            sessions.record_failure(request, staff_no, "password", result="locked")
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        sessions.record_failure(request, str(credentials.get("username", "")), "password")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if text := TOLD.get(message_template or ""):
            messages.add_message(request, level, text)

    def get_client_ip(self, request: HttpRequest) -> str:
        return sessions.terminal(request)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors of staff: the last one cannot be removed where one is required."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": "最後の認証手段は外せません。先に別の手段を登録してください。",
        "cannot_generate_recovery_codes": "認証アプリか認証キーを登録すると、予備コードを作れます。",
        "incorrect_code": "確認コードが違います。",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if settings.KOKUHO_TRAINING or authenticator.type == Authenticator.Type.RECOVERY_CODES:
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return f"認証キー{Authenticator.objects.filter(user=user, type=type).count() + 1}"
