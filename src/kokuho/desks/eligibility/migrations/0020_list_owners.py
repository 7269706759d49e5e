"""Indexes of the lists say whose a row is, so that a list of an area or a 行政区 is walked without its rows; due certificates by 世帯 and kind."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0027_refused_sign_ins'),
        ('eligibility', '0019_candidates_by_deadline'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='certificate',
            name='certificate_issued',
        ),
        migrations.RemoveIndex(
            model_name='certificate',
            name='certificate_valid',
        ),
        migrations.RemoveIndex(
            model_name='certificate',
            name='certificate_kind',
        ),
        migrations.RemoveIndex(
            model_name='certificatedue',
            name='certificatedue_reason',
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=models.Index(fields=['issued_on', 'id'], include=('atena_no', 'kind'), name='certificate_issued'),
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=models.Index(fields=['valid_until', 'id'], include=('atena_no',), name='certificate_valid'),
        ),
        migrations.AddIndex(
            model_name='certificate',
            index=models.Index(fields=['kind', 'id'], include=('atena_no',), name='certificate_kind'),
        ),
        migrations.AddIndex(
            model_name='certificatedue',
            index=models.Index(fields=['household_no', 'atena_no', 'kind'], include=('id', 'reason', 'review'), name='certificatedue_list'),
        ),
        migrations.AddIndex(
            model_name='certificatedue',
            index=models.Index(fields=['reason', 'household_no', 'atena_no', 'kind'], include=('id',), name='certificatedue_reason'),
        ),
        migrations.AddIndex(
            model_name='certificatedue',
            index=models.Index(fields=['kind', 'household_no', 'atena_no'], include=('id',), name='certificatedue_kind'),
        ),
        migrations.AddIndex(
            model_name='certificatedue',
            index=models.Index(condition=models.Q(('review', True)), fields=['household_no', 'atena_no', 'kind'], include=('id',), name='certificatedue_review'),
        ),
    ]
