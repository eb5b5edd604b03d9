from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "tracking.jobs"
    label = "jobs"
    verbose_name = "Jobs"
