"""The entries by state and the record of writes by table are counted and turned through without their rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0028_lists_of_records")]

    operations = [
        migrations.RemoveIndex(model_name="entry", name="entry_state"),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["state", "kind"], include=["id", "entered_by"], name="entry_state"),
        ),
        migrations.RemoveIndex(model_name="writerecord", name="writerecord_table"),
        migrations.AddIndex(
            model_name="writerecord",
            index=models.Index(fields=["table_name", "first_id"], include=["id", "at"], name="writerecord_table"),
        ),
    ]
