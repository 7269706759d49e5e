from django.apps import AppConfig


class CollectionConfig(AppConfig):
    """収納"""

    name = "kokuho.desks.collection"
    label = "collection"
    verbose_name = "収納"
