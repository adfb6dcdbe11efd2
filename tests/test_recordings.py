"""Addresses of recordings, and their chapters: pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.recordings import (
    Chapter,
    ChapterError,
    YouTube,
    at_second,
    is_a_file,
    read_chapters,
    youtube,
)

ID = "B5gfJF8mOP-"


@pytest.mark.parametrize(
    ("url", "start"),
    [
        (f"https://youtu.be/{ID}", 0),
        (f"https://youtu.be/{ID}?si=abc&t=1h2m3s", 3723),
        (f"http://www.youtube.com/watch?v={ID}&list=PLx&t=90", 90),
        (f"https://www.youtube.com/watch?list=PLx&v={ID}#t=62m", 3720),
        (f"https://m.youtube.com/watch/?v={ID}&start=15", 15),
        (f"https://music.youtube.com/watch?v={ID}&t=0", 0),
        (f"https://youtube.com/live/{ID}?feature=share&t=90s", 90),
        (f"https://www.youtube.com/embed/{ID}?start=7", 7),
        (f"https://www.youtube-nocookie.com/embed/{ID}", 0),
        (f"https://www.youtube.com/shorts/{ID}/", 0),
        (f"HTTPS://YouTube.com/v/{ID}", 0),
        (f"  https://youtu.be/{ID}?t=soon  ", 0),
    ],
)
def test_every_way_to_link_a_video_is_understood(url: str, start: int):
    assert youtube(url) == YouTube(ID, start)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "recording.mp4",
        "https://vimeo.com/12345",
        "https://www.youtube.com/playlist?list=PLXqc0KMM8ZtKVEh8fIWEUaIU43SmWnfdM",
        "https://www.youtube.com/embed/videoseries?list=PLx",
        "https://www.youtube.com/embed/live_stream?channel=x",
        "https://www.youtube.com/@channel",
        "https://www.youtube.com/watch",
        f"https://www.youtube.com/watch?v={ID}x",
        f"https://www.youtube.com/watch?v={ID[:-1]}",
        f"https://www.youtube.com/watch?v={ID[:-1]}%22",
        f"https://youtu.be/../{ID}",
        f"https://youtu.be/{ID}/more",
        f"https://youtu.be.evil.example/{ID}",
        f"https://evil.example/?u=https://youtu.be/{ID}",
        f"https://youtu.be@evil.example/{ID}",
        f"https://me@youtu.be/{ID}",
        f"javascript://youtu.be/{ID}",
        f"//youtu.be/{ID}",
        f"https://youtu.be:port/{ID}",
        "https://[::1",
    ],
)
def test_what_is_no_video_is_none(url: str):
    assert youtube(url) is None


@given(st.text() | st.from_regex(r"https://(youtu\.be/|www\.youtube\.com/(watch\?v=|live/)).{0,20}"))
def test_whatever_a_link_holds_an_id_is_eleven_harmless_characters(url: str):
    found = youtube(url)
    assert found is None or (len(found.id) == 11 and found.id.replace("-", "").replace("_", "a").isalnum())
    assert found is None or (found.id.isascii() and 0 <= found.start < 10_000_000)


@given(st.from_regex(r"[A-Za-z0-9_-]{11}", fullmatch=True), st.integers(0, 999_999))
def test_the_page_of_a_video_leads_back_to_it(key: str, start: int):
    if key not in {"videoseries", "live_stream"}:
        assert youtube(YouTube(key, start).page()) == YouTube(key, start)


@pytest.mark.parametrize(
    ("url", "there"),
    [
        (f"https://youtu.be/{ID}?t=5", f"https://www.youtube.com/watch?v={ID}&t=754s"),
        ("https://vimeo.com/12345#t=3s", "https://vimeo.com/12345#t=754s"),
        ("https://peertube.example/w/abcDEF?x=1", "https://peertube.example/w/abcDEF?start=754s"),
        ("https://files.example/a.mp4", "https://files.example/a.mp4#t=754"),
        ("https://twitch.example/videos/1", None),
    ],
)
def test_a_chapter_leads_into_the_recording_where_its_host_can_be_told(url: str, there: str | None):
    assert at_second(url, 754) == there


def test_a_film_itself_is_told_from_a_page():
    assert [
        is_a_file(url) for url in ("https://a.example/b.MP4?x", "https://a.example/mp4", "talk.webm")
    ] == [
        True,
        False,
        True,
    ]


def test_chapters_are_read_as_people_write_them():
    text = "0:00 Welcome\r\n\n 02:05 – The   loss \n[12:34] A: b\n(75:10) Flows\n1:59:03 - Questions"
    assert read_chapters(text) == [
        Chapter(0, "Welcome"),
        Chapter(125, "The loss"),
        Chapter(754, "A: b"),
        Chapter(4510, "Flows"),
        Chapter(7143, "Questions"),
    ]
    assert [chapter.clock for chapter in read_chapters(text)] == [
        "0:00",
        "2:05",
        "12:34",
        "1:15:10",
        "1:59:03",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0:00 Hello\nThe loss", "Line 2, “The loss”: Write a time and a title"),
        ("12:34", "Line 1, “12:34”: Write a time and a title"),
        ("0:00Hello", "Line 1, “0:00Hello”: Write a time and a title"),
        ("0:00 a\n\n0:60 b", "Line 3, “0:60 b”: no clock shows that."),
        ("1:60:00 b", "Line 1, “1:60:00 b”: no clock shows that."),
        ("5:00 a\n4:59 b", "Line 2, “4:59 b”: it does not come after 5:00."),
        ("5:00 a\n5:00 b", "Line 2, “5:00 b”: it does not come after 5:00."),
        (f"0:00 {'x' * 201}", f"Line 1, “0:00 {'x' * 55}”: its title has more than 200 characters."),
        (
            "\n".join(f"{n}:00 a" for n in range(201)),
            "Line 201, “200:00 a”: a recording can have 200 chapters.",
        ),
        ("٠:٠٠ a", "Line 1, “٠:٠٠ a”: Write a time and a title"),
    ],
)
def test_a_line_that_is_no_chapter_is_named(text: str, said: str):
    with pytest.raises(ChapterError) as refused:
        read_chapters(text)
    assert str(refused.value).startswith(said)


TITLES = st.from_regex(r"[A-Za-zÄé日(][\w ,:.$\\-]{0,40}[\w)]", fullmatch=True).map(
    lambda text: " ".join(text.split())
)


@given(st.dictionaries(st.integers(0, 359_999), TITLES, max_size=20))
def test_chapters_are_read_as_pages_say_them(titles: dict[int, str]):
    chapters = [Chapter(second, titles[second]) for second in sorted(titles)]
    said = "\n".join(f"{chapter.clock} {chapter.title}" for chapter in chapters)
    assert read_chapters(said) == chapters
