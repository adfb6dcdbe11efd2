from django.contrib import admin
from django.urls import include, path

from readinggroup import health
from readinggroup.home import home
from readinggroup.search import search

handler400 = "readinggroup.too_much.bad_request"
urlpatterns = [
    path("", home, name="home"),
    path("", include("sessions.urls")),
    path("", include("papers.urls")),
    path("search/", search, name="search"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
