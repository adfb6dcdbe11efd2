"""Addresses of sessions, and of papers and people, whose pages say what the sessions did with them."""

from django.urls import path, re_path

from sessions import views

urlpatterns = [
    path("schedule/", views.schedule, name="schedule"),
    path("archive/", views.archive, name="archive"),
    path("sessions/<int:number>/", views.session_number, name="session-number"),
    path("sessions/<slug:slug>/", views.session, name="session"),
    path("papers/", views.papers, name="papers"),
    path("papers/<slug:slug>/", views.paper, name="paper"),
    path("backlog/", views.backlog, name="backlog"),
    path("people/", views.people, name="people"),
    path("people/<slug:slug>/", views.person, name="person"),
    re_path(r"^accent/(?P<colour>[0-9a-f]{6})\.css$", views.accent, name="accent"),
]
