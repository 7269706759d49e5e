"""Residents by their town: who lives in an area of staff that are limited to it (RIGHTS-02)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0014_teaching_of_decisions'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('superseded_at__isnull', True)), fields=['town'], include=('atena_no', 'household_no', 'valid'), name='person_town', opclasses=['varchar_pattern_ops']),
        ),
    ]
