"""異動整理 is listed by its deadline: the index that carries this order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0018_list_speed")]

    operations = [
        migrations.AddIndex(
            model_name="changecandidate",
            index=models.Index(fields=["state", "due_on", "-event_date", "-id"], name="candidate_due"),
        ),
    ]
