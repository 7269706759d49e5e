"""Indexes for the lists and dossiers of a large city; histories are asked by person too."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0023_entry_lines'),
        ('eligibility', '0017_former_certificates'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='burdenproposal',
            name='burdenproposal_once',
        ),
        migrations.RemoveIndex(
            model_name='renewalline',
            name='renewalline_outcome',
        ),
        migrations.AddIndex(
            model_name='renewalline',
            index=models.Index(fields=['run', 'outcome', 'why', 'seq'], include=('id', 'atena_no', 'household_no', 'kind', 'area', 'valid_until'), name='renewalline_list'),
        ),
        migrations.AddIndex(
            model_name='difference',
            index=models.Index(fields=['atena_no'], name='difference_atena'),
        ),
        migrations.AddIndex(
            model_name='eligibilitychange',
            index=models.Index(fields=['atena_no'], name='eligibilitychange_atena'),
        ),
        migrations.AddIndex(
            model_name='eligibilitychange',
            index=models.Index(fields=['recorded_at'], name='eligibilitychange_recorded'),
        ),
        migrations.AddIndex(
            model_name='renewalline',
            index=models.Index(fields=['atena_no'], name='renewalline_atena'),
        ),
        migrations.AddConstraint(
            model_name='burdenproposal',
            constraint=models.UniqueConstraint(fields=('run', 'household_no'), include=('id', 'active', 'under_70', 'highest', 'base_total', 'cause', 'effective', 'unknown', 'undeclared', 'application_needed'), name='burdenproposal_once'),
        ),
        migrations.RunSQL(
            "CREATE INDEX certificateholdingevent_atena ON eligibility_certificateholdingevent (atena_no)", "DROP INDEX certificateholdingevent_atena"
        ),
        migrations.RunSQL(
            "CREATE INDEX differenceevent_atena ON eligibility_differenceevent (atena_no)", "DROP INDEX differenceevent_atena"
        ),
    ]
