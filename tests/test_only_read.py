"""Public pages are only read: whoever sends something there is told so, and a form of the admin that is out of date too."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.addresses import every_public_address
from tests.factories import make_group

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_a_public_page_takes_nothing(method: str) -> None:
    """With the check for forged forms in force, as for every visitor."""
    client = Client(enforce_csrf_checks=True)
    for url in every_public_address():
        response = client.generic(method, url, b"a=b", "application/x-www-form-urlencoded")
        assert (url, response.status_code, response["Allow"]) == (url, 405, "GET, HEAD")
        is_page = url not in ("/healthz", "/readyz")
        assert (url, b"<h1>This page can only be read</h1>" in response.content) == (url, is_page)
        assert not response.cookies
    assert client.generic(method, "/nowhere/").status_code == 404


def test_a_form_that_is_out_of_date_says_what_to_do() -> None:
    make_group()
    client = Client(enforce_csrf_checks=True)
    response = client.post("/admin/login/", {"username": "ada", "password": "x"})
    assert response.status_code == 403
    html = response.content.decode()
    assert "<h1>This form is out of date</h1>" in html
    assert "CSRF" not in html
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_who_may_not_do_something_is_told_so() -> None:
    make_group()
    client = Client()
    client.force_login(User.objects.create(username="visitor", is_staff=True))
    response = client.get("/admin/papers/paper/")
    assert response.status_code == 403
    assert "<h1>You may not do this</h1>" in response.content.decode()
