from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """資格"""

    name = "kokuho.desks.eligibility"
    label = "eligibility"
    verbose_name = "資格"

    def ready(self) -> None:
        """The entries of this desk."""
        from kokuho.desks.eligibility.actions.statuses import register_entries

        register_entries()
