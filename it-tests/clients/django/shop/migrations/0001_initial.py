import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


def countries(apps, schema_editor):
    country = apps.get_model("shop", "Country")
    country.objects.bulk_create([country(code="DE", name="Germany"), country(code="JP", name="Japan")])


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Country", [("code", models.CharField(max_length=2, primary_key=True, serialize=False)), ("name", models.TextField())], {"db_table": "countries"}),
        migrations.CreateModel(
            "Customer",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("country", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="shop.country")),
                ("details", models.JSONField(default=dict)),
                ("born", models.DateField(null=True)),
            ],
            {"db_table": "customers"},
        ),
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="orders", to="shop.customer")),
                ("total", models.DecimalField(decimal_places=2, max_digits=12)),
                ("tags", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            {"db_table": "orders"},
        ),
        migrations.CreateModel(
            "Reading",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("device", models.UUIDField(default=uuid.uuid4)),
                ("value", models.FloatField()),
            ],
            {"db_table": "readings"},
        ),
        migrations.CreateModel(
            "Setting",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(unique=True)),
                ("value", models.TextField()),
            ],
            {"db_table": "settings"},
        ),
        migrations.AddIndex("Order", models.Index(fields=["customer", "at"], name="orders_at")),
        migrations.RunPython(countries, migrations.RunPython.noop),
    ]
