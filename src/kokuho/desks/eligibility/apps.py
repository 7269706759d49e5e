from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """資格"""

    name = "kokuho.desks.eligibility"
    label = "eligibility"
    verbose_name = "資格"

    def ready(self) -> None:
        """The entries of this desk, and what of it is approved as a whole."""
        from kokuho.core import approving
        from kokuho.desks.eligibility import approvals
        from kokuho.desks.eligibility.actions import (
            branches,
            certificate_entries,
            exclusions,
            notices,
            regularisation,
            statuses,
        )

        notices.register_entries()
        branches.register_entries()
        exclusions.register_entries()
        statuses.register_entries()
        certificate_entries.install()
        regularisation.register_entries()
        approving.register(approvals.AGES)
        approving.register(approvals.RENEWAL)
