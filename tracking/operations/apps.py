from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "tracking.operations"
    label = "operations"
    verbose_name = "Operations"

    def ready(self) -> None:
        from tracking.jobs.daily import Job, add_daily
        from tracking.operations import reconcile

        add_daily(Job(name="reconcile", hour=2, run=reconcile.run_daily))
