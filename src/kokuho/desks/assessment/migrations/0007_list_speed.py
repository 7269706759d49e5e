"""Indexes of the persons of a levy, for their dossiers."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assessment', '0006_indexes_of_subjects'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='levyinput',
            index=models.Index(fields=['atena_no'], name='levyinput_atena'),
        ),
        migrations.AddIndex(
            model_name='trialdecision',
            index=models.Index(fields=['payer_no'], name='trial_payer'),
        ),
    ]
