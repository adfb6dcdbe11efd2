"""Forms and addresses are UTF-8: whoever announces anything else is told so, and nothing breaks."""

import pytest
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from readinggroup.bodies import whole_bodies
from tests.factories import make_paper

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("searched_at_once")]
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=limit"


@pytest.mark.parametrize("path", ["/admin/login/", "/nowhere/"])
@pytest.mark.parametrize("content_type", [FORM, MULTIPART, "text/plain"])
@pytest.mark.parametrize(
    "charset",
    ["utf-16", "undefined", "idna", "cp037", "iso-8859-1", "no-such", "", '"utf-16"', "rot13", "hex"],
)
def test_another_charset_is_refused(path, content_type, charset):
    content_type = f"{content_type}; charset={charset}"
    for method in ("POST", "GET"):
        response = Client().generic(method, path, b"\xff\xfeusername=a", content_type)
        assert (response.status_code, "This request is not valid" in response.content.decode()) == (400, True)


@pytest.mark.parametrize(
    "charset", ["", "; charset=utf-8", "; charset=UTF-8", '; charset="utf8"', "; charset=us-ascii"]
)
def test_utf_8_is_understood_by_all_its_names(charset):
    user = User.objects.create(username="zoë", is_staff=True)
    user.set_password("a good password of hers")
    user.save()
    body = "username=zo%C3%AB&password=a+good+password+of+hers"
    response = Client().generic("POST", "/admin/login/?next=/admin/", body.encode(), FORM + charset)
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    make_paper("Zoë")
    html = Client().generic("GET", "/search/?q=zo%C3%AB", b"", "text/plain" + charset).content.decode()
    assert "/papers/zoe/" in html


@pytest.mark.parametrize("odd", ["charset*=nope''%41", "charset*=utf-8''utf-16", f"x={'y' * 10_000}"])
def test_an_odd_content_type_is_refused(rf, odd):
    """By the site as gunicorn meets it: some of these fail before Django has a request."""
    said = []
    environ = rf.post("/admin/login/", b"a=b", content_type=f"{FORM}; charset=utf-8").environ
    environ |= {"CONTENT_TYPE": f"{FORM}; {odd}"}
    body = whole_bodies(WSGIHandler())(environ, lambda status, headers: said.append(status))
    assert (said, b"Traceback" in b"".join(body)) == (["400 Bad Request"], False)
