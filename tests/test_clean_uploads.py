"""manage.py clean_uploads removes what nothing has used for a while, and nothing else."""

import io
import os
import threading
import time
from datetime import timedelta
from unittest import mock

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from sessions.models import Material
from sessions.models.stored import lock_files
from sessions.uploads import incoming
from tests.factories import make_session
from tests.uploaded import PDF


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def keep(session, name="talk.pdf"):
    material = Material(session=session, kind="slides")
    material.file = ContentFile(PDF, name)
    material.save()
    return material


def clean(*arguments):
    said = io.StringIO()
    call_command("clean_uploads", *arguments, stdout=said)
    return said.getvalue().splitlines()


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def touched(path, days):
    os.utime(path, (time.time() - days * 86400,) * 2)


@pytest.mark.django_db
def test_a_file_goes_when_its_last_use_is_long_ago(media):
    session = make_session(1)
    used, old, new = (keep(session, f"{name}.pdf") for name in ("used", "old", "new"))
    names = [material.file.name for material in (used, old, new)]
    for material in (old, new):
        material.delete()
    Material.history.update(saved_at=days_ago(200))
    Material.history.filter(file=names[2], history_type="-").update(saved_at=days_ago(89))
    assert clean("--dry-run") == [f"would remove {names[1]}", "would remove 1 file, 71 bytes"]
    assert [default_storage.exists(name) for name in names] == [True, True, True]
    assert clean() == [f"removed {names[1]}", "removed 1 file, 71 bytes"]
    assert [default_storage.exists(name) for name in names] == [True, False, True]
    assert not (media / names[1]).parent.exists()
    assert clean("--older-than", "12h") == [f"removed {names[2]}", "removed 1 file, 71 bytes"]
    assert clean("--older-than", "0d") == ["removed 0 files, 0 bytes"]
    assert default_storage.exists(names[0])


@pytest.mark.django_db
def test_a_replaced_file_counts_from_its_replacement():
    material = keep(make_session(1))
    first = material.file.name
    Material.history.update(saved_at=days_ago(300))
    material.file = ContentFile(PDF, "second.pdf")
    material.save()
    Material.history.filter(file=material.file.name).update(saved_at=days_ago(10))
    assert clean() == ["removed 0 files, 0 bytes"]
    assert clean("--older-than", "9d")[0] == f"removed {first}"


@pytest.mark.django_db
def test_a_file_without_a_record_counts_from_when_it_was_written(media):
    for name, days in (("old", 91), ("new", 89)):
        default_storage.save(f"materials/{name}.pdf", ContentFile(PDF))
        touched(media / f"materials/{name}.pdf", days)
    assert clean() == ["removed materials/old.pdf", "removed 1 file, 71 bytes"]


@pytest.mark.django_db
def test_what_a_killed_upload_left_goes_and_one_under_way_stays():
    incoming().mkdir(parents=True)
    for name, days in (("left", 91), ("under-way", 0)):
        (incoming() / f"{name}.upload").write_bytes(PDF)
        touched(incoming() / f"{name}.upload", days)
    assert clean("--older-than", "0d") == ["removed incoming/left.upload", "removed 1 file, 71 bytes"]
    assert [path.name for path in incoming().iterdir()] == ["under-way.upload"]


@pytest.mark.django_db
def test_a_file_that_cannot_be_removed_does_not_stop_the_others():
    for name in "abc":
        default_storage.save(f"materials/{name}.pdf", ContentFile(PDF))
    real = FileSystemStorage.delete

    def delete(storage, name):
        if name.endswith("b.pdf"):
            raise PermissionError(name)
        real(storage, name)

    said = io.StringIO()
    with (
        mock.patch.object(FileSystemStorage, "delete", delete),
        pytest.raises(CommandError, match=r"^could not be removed \(the log says why\): materials/b.pdf$"),
    ):
        call_command("clean_uploads", "--older-than", "0d", stdout=said)
    assert said.getvalue().splitlines()[-1] == "removed 2 files, 142 bytes"


@pytest.mark.parametrize("text", ["90", "-1d", "1w", "", "²d", "9999999d"])
def test_a_time_that_makes_no_sense_is_refused(text):
    with pytest.raises(CommandError, match="is no time such as 90d or 12h"):
        clean(f"--older-than={text}")


@pytest.mark.django_db(transaction=True)
def test_a_revert_at_the_same_moment_keeps_its_file():
    material = keep(make_session(1))
    record = material.history.get()
    material.delete()
    saving, done = threading.Event(), threading.Event()
    said = []

    def revert():
        with transaction.atomic():
            record.instance.save()
            saving.set()
            done.wait(5)
        connection.close()

    def run():
        said.extend(clean("--older-than", "0d"))
        connection.close()

    threads = [threading.Thread(target=revert), threading.Thread(target=run)]
    threads[0].start()
    assert saving.wait(5)
    threads[1].start()
    threads[1].join(0.5)
    assert threads[1].is_alive()  # it waits for the revert
    done.set()
    for thread in threads:
        thread.join(10)
    assert said == ["removed 0 files, 0 bytes"]
    assert default_storage.exists(str(Material.objects.get().file.name))


@pytest.mark.django_db(transaction=True)
def test_savers_do_not_wait_for_each_other():
    with transaction.atomic():
        lock_files()
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock_shared(hashtext('a_material_has_its_file'))")
            assert cursor.fetchone() == (True,)
        other.close()
