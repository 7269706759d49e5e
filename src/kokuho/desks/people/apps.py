from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """宛名"""

    name = "kokuho.desks.people"
    label = "people"
    verbose_name = "宛名"

    def ready(self) -> None:
        """What staff register about a person goes from one to another; households are known to whoever asks for all that is held."""
        from kokuho.core import dossier, territory
        from kokuho.desks.people.actions import (
            household_memos,
            inquiries,
            joining,
            masters,
            numbers,
            outside,
            registrations,
        )
        from kokuho.desks.people.queries.memberships import memberships_of
        from kokuho.desks.people.territory import AddressBook

        for module in (registrations, outside, joining, masters, household_memos, numbers, inquiries):
            module.register_kinds()
        dossier.register_households(memberships_of)
        territory.register(AddressBook())
