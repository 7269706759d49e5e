"""Indexes of the lists say whose a row is, so that a list of an area or a 行政区 is walked without its rows; due certificates by 世帯 and kind."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assessment', '0007_list_speed'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='decision',
            name='decision_run_notice',
        ),
        migrations.RemoveIndex(
            model_name='decision',
            name='decision_run_total',
        ),
        migrations.RemoveIndex(
            model_name='decision',
            name='decision_run_reduction',
        ),
        migrations.RemoveIndex(
            model_name='trialdecision',
            name='trial_run_notice',
        ),
        migrations.RemoveIndex(
            model_name='trialdecision',
            name='trial_run_total',
        ),
        migrations.RemoveIndex(
            model_name='trialdecision',
            name='trial_run_reduction',
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['run_id', 'notice_no'], include=('id', 'payer_no', 'total'), name='decision_run_notice'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['run_id', 'total', 'notice_no'], include=('id', 'payer_no'), name='decision_run_total'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['run_id', 'reduction', 'notice_no'], include=('id', 'payer_no', 'total'), name='decision_run_reduction'),
        ),
        migrations.AddIndex(
            model_name='trialdecision',
            index=models.Index(fields=['run_id', 'notice_no'], include=('id', 'payer_no', 'total'), name='trial_run_notice'),
        ),
        migrations.AddIndex(
            model_name='trialdecision',
            index=models.Index(fields=['run_id', 'total', 'notice_no'], include=('id', 'payer_no'), name='trial_run_total'),
        ),
        migrations.AddIndex(
            model_name='trialdecision',
            index=models.Index(fields=['run_id', 'reduction', 'notice_no'], include=('id', 'payer_no', 'total'), name='trial_run_reduction'),
        ),
    ]
