from django.apps import AppConfig


class MappingConfig(AppConfig):
    name = "tracking.mapping"
    label = "mapping"
    verbose_name = "Mapping"

    def ready(self) -> None:
        from tracking.mapping import chores
        from tracking.shipments import ticker

        ticker.add_chore(chores.look)
