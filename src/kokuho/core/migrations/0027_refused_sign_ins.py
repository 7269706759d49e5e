"""Refused sign-ins stand in an index: the page of terminals looks for those of a month among all operations."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("core", "0026_form_receipts")]

    operations = [
        migrations.AddIndex(
            model_name="auditrecord",
            index=models.Index(fields=["at"], name="audit_refusals", condition=Q(function="sign-in", result="refused")),
        ),
    ]
