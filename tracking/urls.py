from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tracking.api.urls")),
    path("", include("tracking.portal.urls")),
]

handler404 = "tracking.portal.errors.not_found"
handler500 = "tracking.portal.errors.server_error"
