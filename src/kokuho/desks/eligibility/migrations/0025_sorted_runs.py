"""The rows of a run of the ratio and of a renewal in the order of each column that their lists are sorted by; past lists of certificates."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0031_records_not_ok'),
        ('eligibility', '0024_approved_runs_stay'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='certificate',
            name='certificate_issued',
        ),
        migrations.RemoveIndex(
            model_name='certificate',
            name='certificate_kind',
        ),
        migrations.AlterField(
            model_name='burdenproposal',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='core.batchrun'),
        ),
        migrations.AlterField(
            model_name='renewalline',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='core.batchrun'),
        ),
        migrations.AddIndex(
            model_name='burdenproposal',
            index=models.Index(fields=['run', 'active', 'household_no'], include=('id',), name='burdenproposal_ratio'),
        ),
        migrations.AddIndex(
            model_name='burdenproposal',
            index=models.Index(fields=['run', 'under_70', 'household_no'], include=('id',), name='burdenproposal_classes'),
        ),
        migrations.AddIndex(
            model_name='burdenproposal',
            index=models.Index(fields=['run', 'highest', 'household_no'], include=('id',), name='burdenproposal_highest'),
        ),
        migrations.AddIndex(
            model_name='burdenproposal',
            index=models.Index(fields=['run', 'base_total', 'household_no'], include=('id',), name='burdenproposal_base'),
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=models.Index(fields=['issued_on', 'id'], include=('atena_no', 'kind', 'recorded_at'), name='certificate_issued'),
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=models.Index(fields=['kind', 'id'], include=('atena_no', 'recorded_at'), name='certificate_kind'),
        ),
        migrations.AddIndex(
            model_name='renewalline',
            index=models.Index(fields=['run', 'outcome', 'kind', 'seq'], include=('id', 'atena_no'), name='renewalline_kind'),
        ),
        migrations.AddIndex(
            model_name='renewalline',
            index=models.Index(fields=['run', 'outcome', 'valid_until', 'seq'], include=('id', 'atena_no'), name='renewalline_until'),
        ),
    ]
