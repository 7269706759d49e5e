"""What lists of many persons ask of each insured, and a ratio's run by its day, without the rows."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('eligibility', '0022_lists_by_cause'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='insuredperiod', name='insured_atena'),
        migrations.AddIndex(
            model_name='insuredperiod',
            index=models.Index(fields=['atena_no'], include=['valid', 'superseded_at', 'recorded_at', 'id'], name='insured_atena'),
        ),
        migrations.AddIndex(
            model_name='burdenproposal',
            index=models.Index(fields=['run', 'effective', 'household_no'], include=['id'], name='burdenproposal_effective'),
        ),
    ]
