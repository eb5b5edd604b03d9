from django.apps import AppConfig


class ShipmentsConfig(AppConfig):
    name = "tracking.shipments"
    label = "shipments"
    verbose_name = "Shipments"
