from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0008_inquiries"),
    ]

    operations = [
        migrations.CreateModel(
            name="JoinCandidate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("older_no", models.BigIntegerField(verbose_name="旧番号になりうる宛名番号")),
                ("newer_no", models.BigIntegerField(verbose_name="新番号になりうる宛名番号")),
                ("same_sex", models.BooleanField(verbose_name="性別が同じ")),
                ("same_place", models.BooleanField(verbose_name="住所が同じ")),
            ],
            options={
                "verbose_name": "名寄せの候補",
                "indexes": [models.Index(fields=["-same_sex", "-same_place", "older_no", "newer_no"], name="joincandidate_order")],
                "constraints": [models.UniqueConstraint(fields=("older_no", "newer_no"), name="joincandidate_once")],
            },
        ),
    ]
