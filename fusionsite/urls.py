"""All addresses: the council's own, nothing else."""

from django.urls import include, path

urlpatterns = [path("", include("council.urls"))]
handler404 = "council.views.errors.not_found"
handler403 = "council.views.errors.forbidden"
handler500 = "council.views.errors.broken"
