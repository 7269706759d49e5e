"""The index of 在留期限 carries what the list asks of a person, so that counting it reads no rows."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("people", "0018_provision_refusal")]

    operations = [
        migrations.RemoveIndex(model_name="person", name="person_residence"),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                fields=["residence_until"], include=["id", "atena_no", "valid", "resident_state"], name="person_residence",
                condition=Q(superseded_at__isnull=True) & Q(residence_until__isnull=False),
            ),
        ),
    ]
