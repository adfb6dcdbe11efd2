from django.contrib import admin
from django.urls import include, path, re_path

from readinggroup import health
from readinggroup.cards import views as cards
from readinggroup.home import home
from readinggroup.search.views import results, search

handler400 = "readinggroup.too_much.bad_request"
handler404 = "papers.views.not_found"
handler500 = "readinggroup.outages.server_error"
urlpatterns = [
    path("", home, name="home"),
    path("", include("sessions.urls")),
    path("", include("papers.urls")),
    path("search/", search, name="search"),
    path("search/results/", results, name="search-results"),
    path("card.png", cards.site_card, name="card"),
    path("sessions/<slug:slug>/card.png", cards.session_card, name="session-card"),
    path("papers/<slug:slug>/card.png", cards.paper_card, name="paper-card"),
    path("favicon.ico", cards.favicon),
    re_path(r"^icon/(?P<colour>[0-9a-f]{6})\.svg$", cards.icon, name="icon"),
    re_path(r"^icon/(?P<colour>[0-9a-f]{6})\.png$", cards.touch_icon, name="touch-icon"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
