from django.urls import path

from papers import views

urlpatterns = [path("resources/", views.resources, name="resources")]
