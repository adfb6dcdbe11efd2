"""Addresses of sessions, and of papers and people, whose pages say what the sessions did with them."""

from django.urls import path, re_path

from sessions import files, progress, views

urlpatterns = [
    path("schedule/", views.schedule, name="schedule"),
    path("map/", views.map_, name="map"),
    path("archive/", views.archive, name="archive"),
    path("archive/course/", views.course, name="course"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/<int:number>/", views.session_number, name="session-number"),
    path("sessions/<slug:slug>.ics", views.session_ics, name="session-ics"),
    path("sessions/<slug:slug>/", views.session, name="session"),
    path("papers/", views.papers, name="papers"),
    path("papers/<slug:slug>/", views.paper, name="paper"),
    path("backlog/", views.backlog, name="backlog"),
    path("people/", views.people, name="people"),
    path("people/<slug:slug>/", views.person, name="person"),
    path("progress/", progress.progress, name="progress"),
    path("progress/tickable.json", progress.tickable, name="tickable"),
    path("syllabus.json", progress.syllabus, name="syllabus"),
    # No control characters: PostgreSQL refuses to look for some of them.
    re_path(r"^media/(?P<name>materials/[^\x00-\x1f\x7f]{1,290})$", files.file, name="file"),
    re_path(r"^accent/(?P<colour>[0-9a-f]{6})\.css$", views.accent, name="accent"),
]
