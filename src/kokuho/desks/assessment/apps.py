from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """賦課"""

    name = "kokuho.desks.assessment"
    label = "assessment"
    verbose_name = "賦課"
