from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("shipments", "0002_updated_at"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="leg",
            name="leg_once_per_shipment",
        ),
        migrations.AddConstraint(
            model_name="leg",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "replaced"), _negated=True),
                fields=("shipment", "carrier", "number", "carrier_name"),
                name="leg_once_per_shipment",
            ),
        ),
    ]
