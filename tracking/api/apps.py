from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "tracking.api"
    label = "api"
    verbose_name = "API"

    def ready(self) -> None:
        from tracking.api import schema  # noqa: F401  registers how keys are described
