from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """資格"""

    name = "kokuho.desks.eligibility"
    label = "eligibility"
    verbose_name = "資格"
