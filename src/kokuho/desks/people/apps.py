from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """宛名"""

    name = "kokuho.desks.people"
    label = "people"
    verbose_name = "宛名"
