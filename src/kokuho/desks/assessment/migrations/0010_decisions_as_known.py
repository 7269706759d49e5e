"""The indexes of the list of decisions say since when a decision is known, so that its past is walked without its rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessment", "0009_approved_trials_stay")]

    operations = [
        migrations.RemoveIndex(model_name="decision", name="decision_run_notice"),
        migrations.RemoveIndex(model_name="decision", name="decision_run_total"),
        migrations.RemoveIndex(model_name="decision", name="decision_run_reduction"),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                fields=["run_id", "notice_no"], include=["id", "payer_no", "recorded_at", "total"], name="decision_run_notice"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                fields=["run_id", "total", "notice_no"], include=["id", "payer_no", "recorded_at"], name="decision_run_total"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                fields=["run_id", "reduction", "notice_no"], include=["id", "payer_no", "recorded_at", "total"],
                name="decision_run_reduction",
            ),
        ),
    ]
