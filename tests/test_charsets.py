"""Forms and addresses are UTF-8: whoever announces anything else is told so, and nothing breaks."""

import pytest
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from readinggroup.bodies import whole_bodies
from tests.factories import make_paper
from tests.servers import Server
from tests.test_health import COLLECTED

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


@pytest.mark.parametrize(
    "odd",
    [
        "charset*=nope''%41",
        "charset*=utf-8''utf-16",
        "charset*=utf-8''a%00b",
        "charset*=utf-8''utf-8%00",
        "charset*=''%00",
        "charset*=''",
        "charset*=",
        "charset*0=a; charset*1*=%00b",
        "charset*=utf-8''utf-8%0D%0AX-Owl: 1",
        "charset*=utf-8''%22nope%22",
        "charset*=utf-8''%F0%9F%A6%89",
        "charset*=unicode_escape''%5Cud800",
        "charset*=utf-7''+2AA-",
        "charset*=undefined''utf-8",
        "charset*=a%00b''utf-8",
        f"charset*=utf-8''{'y' * 4_000}",
        f"charset*={'y' * 4_000}''utf-8",
        "x*=nope''%41",
        "charset=\xe9",
        f"x={'y' * 10_000}",
    ],
)
def test_an_odd_content_type_is_refused(rf, odd):
    """By the site as gunicorn meets it: some of these fail before Django has a request."""
    said = []
    environ = rf.post("/admin/login/", b"a=b", content_type=FORM).environ
    environ |= {"CONTENT_TYPE": f"{FORM}; {odd}"}
    body = whole_bodies(WSGIHandler())(environ, lambda status, headers: said.append(status))
    assert (said, b"This request is not valid" in b"".join(body)) == (["400 Bad Request"], True)


def test_an_odd_content_type_is_refused_by_gunicorn_too(tmp_path):
    with Server(tmp_path / "log", "readinggroup.wsgi", **COLLECTED) as server:
        for odd in ("utf-8''a%00b", "unicode_escape''%5Cud800", "nope''utf-8"):
            for method in ("GET", "POST"):
                line = f"Content-Type: text/plain; charset*={odd}"
                answer = server.get("/nowhere/", line, "Content-Length: 0", method=method)
                assert (answer.status, "This request is not valid" in answer.body) == (400, True)
    assert " ERROR " not in server.log.read_text()
