"""A run of 負担割合 by 事由, a renewal by 宛名番号 and in the order of its papers."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0028_lists_of_records'),
        ('eligibility', '0021_hearing_notices'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='burdenproposal',
            index=models.Index(fields=['run', 'cause', 'household_no'], include=('id',), name='burdenproposal_cause'),
        ),
        migrations.AddIndex(
            model_name='renewalline',
            index=models.Index(fields=['run', 'outcome', 'seq'], include=('id', 'atena_no'), name='renewalline_order'),
        ),
        migrations.AddIndex(
            model_name='renewalline',
            index=models.Index(fields=['run', 'outcome', 'atena_no', 'seq'], include=('id',), name='renewalline_person'),
        ),
    ]
