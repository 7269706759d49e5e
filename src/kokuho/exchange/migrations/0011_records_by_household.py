"""The persons of a file by their household, without its rows."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0010_replacements'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='outboxrecord',
            index=models.Index(fields=['file', 'household_no', 'record'], include=('id', 'atena_no'), name='outboxrecord_by_household'),
        ),
    ]
