"""The platform: the Django project that keeps shipments, asks carriers, and shows the journey."""

from tracking.celery import app as celery_app

__all__ = ["celery_app"]
