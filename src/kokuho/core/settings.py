"""Django's settings. What differs by installation comes from `core.config`; nothing here is a municipality's choice."""

from __future__ import annotations

import os
from typing import Any

from kokuho.core import config, database

SECRET_KEY = config.secret_key()
DEBUG = False
ALLOWED_HOSTS = config.allowed_hosts()

DATABASES = {"default": database.app_address().django()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    # Before allauth: the templates of signing in are the house's.
    "kokuho.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "kokuho.core",
    "kokuho.desks.people",
    "kokuho.desks.eligibility",
    "kokuho.desks.assessment",
    "kokuho.desks.collection",
    "kokuho.exchange",
    "kokuho.documents",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kokuho.web.middleware.Envelope",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kokuho.web.middleware.Workplace",
]


def _static_headers(headers: Any, path: str, url: str) -> None:
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


# Static files are answered before our own middleware.
WHITENOISE_ADD_HEADERS_FUNCTION = _static_headers
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "kokuho.web.screens.errors.csrf_failure"

ROOT_URLCONF = "kokuho.web.urls"
WSGI_APPLICATION = "kokuho.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kokuho.web.context.workplace",
            ],
            "builtins": ["django.contrib.humanize.templatetags.humanize", "kokuho.core.templatetags.ja"],
        },
    }
]

AUTH_USER_MODEL = "core.Staff"
AUTHENTICATION_BACKENDS = ["kokuho.web.backend.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "kokuho.core.passwords.Rules"}]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "staff_no"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "kokuho.web.accounts.StaffAdapter"
ACCOUNT_FORMS = {
    "login": "kokuho.web.sign_in_forms.StaffLoginForm",
    "reauthenticate": "kokuho.web.sign_in_forms.StaffReauthenticateForm",
    "change_password": "kokuho.web.sign_in_forms.StaffChangePasswordForm",
}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
MFA_FORMS = {
    "authenticate": "kokuho.web.sign_in_forms.CodeForm",
    "authenticate_webauthn": "kokuho.web.sign_in_forms.KeyForm",
    "reauthenticate": "kokuho.web.sign_in_forms.CodeAgainForm",
    "reauthenticate_webauthn": "kokuho.web.sign_in_forms.KeyAgainForm",
}
MFA_ADAPTER = "kokuho.web.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Kokuho"
# A training installation (make demo) may let staff in with a password alone and says so on every page.
KOKUHO_TRAINING = os.environ.get("KOKUHO_TRAINING", "") == "1"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Longer than any session may live (parameter auth.session_hours): the server ends it, not the cookie.
SESSION_COOKIE_AGE = 25 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
# Plain http is for this machine only; behind a TLS proxy the cookies are marked and the header is trusted.
_BEHIND_TLS = os.environ.get("KOKUHO_TLS", "") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _BEHIND_TLS else None
SECURE_HSTS_SECONDS = 31536000 if _BEHIND_TLS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Tasks of the queue; found without being installed as an app.
PROCRASTINATE_IMPORT_PATHS = ["kokuho.jobs.queue"]

LANGUAGE_CODE = "ja"
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# What is uploaded stays in memory until its door has sealed it: nothing of it lies open on the disk (EXPORT-06).
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "kokuho.web.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
