from django.apps import AppConfig


class PhrasebookConfig(AppConfig):
    name = "tracking.phrasebook"
    label = "phrasebook"
    verbose_name = "Phrasebook"
