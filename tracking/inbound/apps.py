from django.apps import AppConfig


class InboundConfig(AppConfig):
    name = "tracking.inbound"
    label = "inbound"
    verbose_name = "Inbound"

    def ready(self) -> None:
        from tracking.inbound import chores
        from tracking.shipments import ticker

        ticker.add_chore(chores.look)
