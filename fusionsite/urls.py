"""All addresses: the council's own, nothing else."""

from django.urls import include, path

urlpatterns = [path("", include("council.urls"))]
handler400 = "council.api.outside.unreadable"
handler403 = "council.views.errors.forbidden"
handler404 = "council.api.outside.not_found"
handler500 = "council.api.outside.broken"
