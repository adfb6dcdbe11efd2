"""The same with files in S3: a local server that speaks its language, one that refuses, and one that is slow."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.test import Client
from moto.server import ThreadedMotoServer

from sessions.models import Material
from tests.factories import make_group, make_session
from tests.servers import free_port
from tests.test_admin import errors
from tests.test_clean_uploads import clean
from tests.test_uploads import post
from tests.uploaded import PDF, upload

pytestmark = [
    pytest.mark.django_db,
    # boto3's own way of telling the time
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
KEYS = {"access_key": "key", "secret_key": "secret", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def bucket(endpoint):
    options = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    return boto3.resource("s3", endpoint_url=endpoint, **options).Bucket("reading")


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def keep_in(settings):
    def use(endpoint):
        options = {"bucket_name": "reading", "endpoint_url": endpoint, **KEYS}
        settings.STORAGES = settings.STORAGES | {
            "default": {"BACKEND": "sessions.s3.PrivateS3Storage", "OPTIONS": options}
        }

    return use


@pytest.fixture
def client():
    client = Client()
    client.force_login(User.objects.create(username="ada", is_staff=True, is_superuser=True))
    return client


@contextmanager
def silent_server(hang: float):
    """Takes connections and says nothing, or is not there at all."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        if not hang:
            server.close()
        yield address


def test_files_live_in_s3_from_upload_to_cleaning(s3, keep_in, client):
    make_group()
    keep_in(s3)
    bucket(s3).create()
    session = make_session(1)
    content = PDF + bytes(9 * 2**20)  # above S3's threshold for uploads in parts
    assert post(client, session, upload("talk.pdf", content)).status_code == 302
    material = Material.objects.get()
    assert [each.key for each in bucket(s3).objects.all()] == [material.file.name]
    response = Client().get(f"/media/{material.file.name}")
    assert (response.status_code, response.getvalue()) == (200, content)
    response = Client().get(f"/media/{material.file.name}", headers={"range": "bytes=1-3"})
    assert (response.status_code, response.getvalue()) == (206, b"PDF")
    name = material.file.name
    material.delete()
    assert clean("--older-than", "0d")[0] == f"removed {name}"
    assert list(bucket(s3).objects.all()) == []


def test_a_file_missing_in_s3_is_not_found(s3, keep_in):
    make_group()
    keep_in(s3)
    bucket(s3).create()
    Material.objects.create(session=make_session(1), file="materials/none.pdf")
    assert Client().get("/media/materials/none.pdf").status_code == 404


def test_a_bucket_that_refuses_is_a_message_and_a_page(s3, keep_in, client):
    keep_in(s3)
    for each in (bucket(s3),):
        if each.creation_date:
            each.objects.all().delete()
            each.delete()
    said = errors(post(client, make_session(1), upload("a.pdf", PDF)))
    assert list(said) == ["materials-0-file"]
    assert said["materials-0-file"][0].startswith("The place where files are kept did not take “a.pdf”")
    assert Material.objects.count() == 0


@pytest.mark.parametrize("hang", [0, 60])
def test_cleaning_says_in_a_line_that_the_store_is_out_of_reach(keep_in, hang, monkeypatch):
    monkeypatch.setattr("sessions.s3.READ_SECONDS", 1)
    with silent_server(hang) as endpoint:
        keep_in(endpoint)
        with pytest.raises(CommandError) as refused:
            clean("--older-than", "0d")
    problem = "Read timeout on" if hang else "Could not connect to the"
    assert str(refused.value).startswith(f"the storage cannot be read: {problem} endpoint URL: ")
    assert refused.value.returncode == 1


def test_cleaning_says_in_a_line_that_there_is_no_bucket(s3, keep_in):
    keep_in(s3)
    if bucket(s3).creation_date:
        bucket(s3).objects.all().delete()
        bucket(s3).delete()
    with pytest.raises(CommandError, match=r"^the storage cannot be read: .*NoSuchBucket.*$"):
        clean("--older-than", "0d")


@pytest.mark.parametrize("hang", [0, 60])
def test_a_store_out_of_reach_is_said_in_time(keep_in, client, hang, monkeypatch):
    monkeypatch.setattr("sessions.s3.READ_SECONDS", 1)
    Material.objects.create(session=make_session(1), file="materials/a.pdf")
    began = time.monotonic()
    with silent_server(hang) as endpoint:
        keep_in(endpoint)
        assert Client().get("/media/materials/a.pdf").status_code == 503
        said = errors(post(client, make_session(2), upload("a.pdf", PDF)))
        assert list(said) == ["materials-0-file"]
    assert time.monotonic() - began < 20
    assert Material.objects.count() == 1
