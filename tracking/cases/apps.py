from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tracking.cases"
    label = "cases"
    verbose_name = "Cases"
