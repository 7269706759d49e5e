from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """宛名"""

    name = "kokuho.desks.people"
    label = "people"
    verbose_name = "宛名"

    def ready(self) -> None:
        """What staff register about a person goes from one to another."""
        from kokuho.desks.people.actions import household_memos, joining, masters, numbers, outside, registrations

        for module in (registrations, outside, joining, masters, household_memos, numbers):
            module.register_kinds()
