from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "tracking.notify"
    label = "notify"
    verbose_name = "Notify"

    def ready(self) -> None:
        from tracking.jobs.daily import Job, add_daily
        from tracking.notify import trimming

        add_daily(Job(name="notify.trim", hour=2, run=trimming.trim))
