from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "tracking.portal"
    label = "portal"
