from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('eligibility', '0015_arrears_households'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='changecandidateevent',
            index=models.Index(fields=['atena_no'], name='candidate_then_atena'),
        ),
        migrations.AddIndex(
            model_name='differenceevent',
            index=models.Index(fields=['household_no'], name='difference_then_household'),
        ),
    ]
