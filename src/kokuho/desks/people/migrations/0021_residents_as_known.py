"""The indexes of the residents of a 町名 and of 在留期限 say since when a row is known, so that their past reads no rows."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("people", "0020_protection_ends_by_two")]

    operations = [
        migrations.RemoveIndex(model_name="person", name="person_town"),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                fields=["town"], name="person_town", opclasses=["varchar_pattern_ops"],
                include=["atena_no", "household_no", "valid", "recorded_at"], condition=Q(superseded_at__isnull=True),
            ),
        ),
        migrations.RemoveIndex(model_name="person", name="person_residence"),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                fields=["residence_until"], name="person_residence",
                include=["id", "atena_no", "valid", "resident_state", "recorded_at"],
                condition=Q(superseded_at__isnull=True) & Q(residence_until__isnull=False),
            ),
        ),
    ]
