"""manage.py import_fixtures and export_fixtures, as processes: what they print, refuse, and leave behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from readinggroup.interchange.dump import dump
from readinggroup.interchange.readers import read_file
from readinggroup.models import Import
from sessions.models import Group, Session
from tests.readmes import BASE_DIR, BASE_URL, SHIPPED, week

COMMITTED = pytest.mark.django_db(transaction=True)

MOST_MEMORY = 300 * 1024  # KiB


def database_url() -> str:
    """The tests' own database, for another process."""
    config = connection.settings_dict
    return f"postgresql://{config['USER']}@/{config['NAME']}?host={config['HOST']}"


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a command."""
    with start(*arguments) as process:
        out, error = process.communicate(timeout=60)
    return process.returncode, out, error


@COMMITTED
def test_it_prints_warnings_with_their_lines_and_the_report_last() -> None:
    status, out, error = run("import_fixtures", SHIPPED, "--base-url", BASE_URL)
    lines = SHIPPED.read_text().split("\n")
    first = 1 + next(index for index, line in enumerate(lines) if line.startswith("* [Slides - Progressive"))
    assert (status, error) == (0, "")
    assert out.splitlines() == [
        (
            f"{SHIPPED}:{first}: two different slide decks link to the same file, here and in line {first + 1}; "
            "imported both, check the second"
        ),
        "created 244, updated 0, unchanged 0, removed 0, warnings 1",
    ]
    assert Group.objects.current().source_url == BASE_URL
    record = Import.objects.get()
    assert (record.file_name, record.user, record.report["created"]) == (SHIPPED.name, None, 244)


@COMMITTED
def test_a_dry_run_says_so_and_changes_nothing(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(week("* Readings:\n  * A"))
    assert run("import_fixtures", readme, "--dry-run") == (
        0,
        "Dry run: nothing was changed. It would be:\ncreated 3, updated 0, unchanged 0, removed 0, warnings 0\n",
        "",
    )
    assert (Session.objects.count(), Import.objects.count()) == (0, 0)


# --- Bad input -----------------------------------------------------------------------------------------------


def nothing(path: Path) -> None:
    """No file at all."""


def a_pipe_without_end(path: Path) -> None:
    path.symlink_to("/dev/zero")


def write(text: str | bytes) -> Callable[[Path], None]:
    def write_it(path: Path) -> None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    return write_it


HEAD = "# G\n\n## Week 1: A\n"
BAD = [
    ("missing.md", nothing, "{}: does not exist"),
    ("folder.md", Path.mkdir, "{}: is a folder; name the file in it"),
    ("empty.md", write(""), "{}: is empty"),
    ("blank.md", write(" \n\n"), "{}: is empty"),
    (
        "binary.md",
        write(b"\x7fELF\x00\x01"),
        "{}: is a binary file; give a README in Markdown, or YAML or JSON",
    ),
    ("latin.md", write(b"# G\n\xe9t\xe9\n"), "{}:2: is not UTF-8 text here; save the file as UTF-8"),
    (
        "endless.md",
        a_pipe_without_end,
        "{}: is larger than 4 MB; split it, or leave out what is not the group's",
    ),
    (
        "large.md",
        write("a\n" * 2_000_001),
        "{}: is larger than 4 MB; split it, or leave out what is not the group's",
    ),
    ("lines.md", write("\n" * 200_002 + "a"), "{}: has more than 200,000 lines"),
    ("line.md", write("# G\n" + "a" * 10_001), "{}:2: this line has more than 10,000 characters"),
    ("items.md", write(HEAD + "* a\n" * 100_000), "{}:40002: has more than 40,000 list items and headings"),
    (
        "deep.md",
        write(HEAD + "\n".join("  " * depth + "* a" for depth in range(60))),
        "{}:54: lists are nested more than 50 deep here",
    ),
    (
        "quotes.md",
        write(HEAD + "\n".join([">" * 4000] * 900)),
        "{}:4: lists are nested more than 50 deep here",
    ),
    (
        "brackets.md",
        write(HEAD + ("* " + "[" * 9_000 + "\n") * 400),
        "{}:4: this line has more than 40 links",
    ),
    (
        "none.md",
        write("# A group\n\nWithout sessions.\n"),
        "{}: holds no session; a session is a heading with a number, such as “## Week 3: Title”",
    ),
    (
        "twice.md",
        write("# G\n## Week 1: A\n## Week 1: B\n"),
        "{}:3: session 1 stands here again, first in line 2; give one of them another number",
    ),
    ("broken.yaml", write("sessions: ["), "{}:2: is not YAML: did not find expected node content"),
    (
        "bomb.yaml",
        write("a: &a [x]\nb: &b [*a, *a]\n"),
        "{}:2: has an alias (*name); write the value out in each place",
    ),
    ("deep.yaml", write("[" * 9_000), "{}:1: is nested too deep to be a group"),
    ("field.yaml", write("sessions:\n- number: 1\n"), "{}:2: sessions[0].title: is missing"),
    ("values.json", write("[" + "1,\n" * 100_000), "{}: has more than 100,000 values"),
    ("values.yaml", write("- [1, 1]\n" * 33_334), "{}:33334: has more than 100,000 values"),
    ("broken.json", write('{"sessions": '), "{}:1: is not JSON: Expecting value"),
    (
        "field.json",
        write('{"sessions": [{"number": 1, "title": ""}]}'),
        "{}: sessions[0].title: must not be empty",
    ),
    ("slides.pdf", write(b"%PDF"), "{}: is of no known kind; its name has to end in .md, .yaml or .json"),
]


@pytest.mark.parametrize(("name", "make", "message"), BAD, ids=[name for name, _, _ in BAD])
@pytest.mark.django_db
def test_bad_input_is_one_clear_line(
    name: str, make: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    make(path)
    before = dump()
    with pytest.raises(CommandError) as caught:
        call_command("import_fixtures", str(path))
    assert str(caught.value) == message.format(path)
    assert (dump(), Import.objects.count()) == (before, 0)


@pytest.mark.django_db
def test_a_refusal_is_one_line_on_standard_error_with_status_1(tmp_path: Path) -> None:
    missing = tmp_path / "missing.md"
    assert run("import_fixtures", missing) == (1, "", f"CommandError: {missing}: does not exist\n")


@pytest.mark.parametrize(
    "name",
    [
        "large.md",
        "items.md",
        "quotes.md",
        "brackets.md",
        "paragraphs.md",
        "table.md",
        "references.md",
        "sessions.yaml",
        "people.yaml",
        "people.json",
        "readings.json",
    ],
)
def test_hostile_input_stays_below_300_mib(name: str, tmp_path: Path) -> None:
    texts = {
        "large": "a\n" * 2_000_001,
        "items": "".join(f"## Week {number}: A\n" + "* [a](b)\n" * 199 for number in range(1, 201)),
        "quotes": HEAD + "> > > > > > > >\n" * 190_000,
        "brackets": HEAD + ("[" * 19 + "\n") * 190_000,
        "paragraphs": HEAD + ("a" * 19 + "\n") * 190_000,
        "table": HEAD + "|a|b|\n|-|-|\n" + "|a|b|\n" * 190_000,
        "references": HEAD + "".join(f"[a{number}]: b\n" for number in range(190_000)),
        "sessions": "sessions:\n" + "- {number: 1, title: a}\n" * 150_000,
        "people": json.dumps(
            {"sessions": [{"number": 1, "title": "a", "presenters": [f"a{n}" for n in range(99_980)]}]},
            indent=1,
        ),
        "readings": json.dumps(
            {
                "sessions": [
                    {"number": number, "title": "a", "readings": [{"label": "x"}] * 200}
                    for number in range(970)
                ]
            },
            indent=None,
            separators=(",\n", ":"),
        ),
    }
    path = tmp_path / name
    path.write_text(texts[path.stem])
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "import django\n"
        "django.setup()\n"
        "from readinggroup.interchange.errors import UnreadableError\n"
        "from readinggroup.interchange.readers import read_file\n"
        "try: read_file(Path(sys.argv[1]))\n"
        "except UnreadableError: pass\n"
        # The kernel's other figure, ru_maxrss, counts what the parent had before this program was loaded.
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert int(done.stdout) < MOST_MEMORY


@pytest.mark.django_db
def test_a_base_url_that_is_none_is_refused(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(week("* a"))
    with pytest.raises(CommandError) as caught:
        call_command("import_fixtures", str(readme), base_url="javascript:x")
    assert (
        str(caught.value) == f"{readme}: --base-url javascript:x is not an address that starts with https://"
    )


# --- Cut off in the middle -----------------------------------------------------------------------------------


@pytest.fixture
def slow_end() -> Iterator[None]:
    """Everything written, the import waits before its commit: the moment at which to cut it off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION wait_a_while() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;"
            "CREATE TRIGGER wait_a_while BEFORE INSERT ON readinggroup_import "
            "FOR EACH ROW EXECUTE FUNCTION wait_a_while()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER wait_a_while ON readinggroup_import; DROP FUNCTION wait_a_while()")


def sleeping_backend() -> int:
    """The server process of the import that waits before its commit."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
            )
            row = cursor.fetchone()
        if row:
            return int(row[0])
        time.sleep(0.05)
    pytest.fail("the import never came to its end")


@COMMITTED
@pytest.mark.usefixtures("slow_end")
def test_killed_in_the_middle_it_leaves_the_database_as_it_was() -> None:
    before = dump()
    with start("import_fixtures", SHIPPED) as process:
        backend = sleeping_backend()
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        with connection.cursor() as cursor:  # the server notices a vanished client when it next speaks to it
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [backend])
    assert process.returncode == -signal.SIGKILL
    assert (dump(), Import.objects.count()) == (before, 0)


@COMMITTED
@pytest.mark.usefixtures("slow_end")
def test_cut_off_from_the_database_it_says_so_and_leaves_it_as_it_was() -> None:
    before = dump()
    with start("import_fixtures", SHIPPED) as process:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [sleeping_backend()])
        out, error = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert error == (
        f"CommandError: {SHIPPED}: nothing was imported; the database says: "
        "terminating connection due to administrator command\n"
    )
    assert (dump(), Import.objects.count()) == (before, 0)


# --- Export --------------------------------------------------------------------------------------------------


@COMMITTED
@pytest.mark.parametrize("name", ["README.md", "group.yaml", "group.yml", "group.json"])
def test_what_it_exports_imports_into_an_empty_database_as_an_equal_one(name: str, tmp_path: Path) -> None:
    call_command("import_fixtures", str(SHIPPED), base_url=BASE_URL, stdout=StringIO())
    before = dump()
    path = tmp_path / name
    call_command("export_fixtures", output=path)
    call_command("flush", interactive=False, verbosity=0)
    call_command("import_fixtures", str(path), base_url=BASE_URL, stdout=StringIO())
    assert dump() == before


@COMMITTED
def test_it_exports_to_standard_output_in_each_format(tmp_path: Path) -> None:
    run("import_fixtures", SHIPPED)
    for ending in ("md", "yaml", "json"):
        status, out, error = run("export_fixtures", "--format", ending)
        assert (status, error) == (0, "")
        path = tmp_path / f"group.{ending}"
        path.write_text(out)
        assert read_file(path).sessions[0].title == "DDPM paper"


@COMMITTED
def test_an_export_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "folder.md"
    folder.mkdir()
    status, out, error = run("export_fixtures", "--output", folder)
    assert (status, out, error) == (1, "", f"CommandError: {folder}: cannot be written: Is a directory\n")
    assert run("export_fixtures", "--output", tmp_path / "no" / "x.md")[2] == (
        f"CommandError: {tmp_path / 'no' / 'x.md'}: cannot be written: No such file or directory\n"
    )


@COMMITTED
def test_a_readme_says_what_it_cannot_say(tmp_path: Path) -> None:
    run("import_fixtures", SHIPPED)
    Session.objects.filter(number=1).update(state="cancelled")
    status, out, error = run("export_fixtures", "--output", tmp_path / "README.md")
    assert (status, out) == (0, "")
    assert error == "A README cannot say that a session was cancelled; YAML and JSON can.\n"
