import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0019_unit_areas'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='entryevent',
            index=models.Index(condition=models.Q(('household_no__isnull', False)), fields=['household_no'], name='entry_then_household'),
        ),
        migrations.AddIndex(
            model_name='entryevent',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['persons'], name='entry_then_persons'),
        ),
    ]
