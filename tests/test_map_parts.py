"""The letters on the arcs, the close-ups of a long history, and the answers above the map: pure, whatever a group reads."""

from datetime import date, timedelta
from itertools import combinations, pairwise

from sessions.answers import answers
from sessions.arcs import PHONE, WIDER
from sessions.lanes import rows
from sessions.parts import FEWEST_DRAWN, parts
from sessions.spine import spine
from sessions.strip import strip
from sessions.strip_words import MOST_NAMED
from tests.test_spine import any_history, stop, work


def touch(one, other, width):
    """Whether two letters in italics of 17 px, none wider than 12 px, do in a picture of so many pixels."""
    return abs(one.x - other.x) * width / 100 < 12 and abs(one.y - other.y) < 16


@any_history()
def test_no_letter_touches_another_on_any_screen(line):
    for one, other in combinations(strip(line).keys, 2):
        assert not touch(one, other, WIDER)
        assert not (one.main and other.main and touch(one, other, PHONE))


@any_history()
def test_a_letter_stands_on_an_arc_of_its_thread_or_right_above(line):
    picture = strip(line)
    arcs = {strand.thread.key: strand.arcs for strand in picture.strands if strand.thread.key}
    for key in picture.keys:
        out = [(key.x - arc.x) ** 2 / arc.rx**2 + key.y**2 / arc.ry**2 for arc in arcs[key.text]]
        above = [arc for arc in arcs[key.text] if key.x == arc.x and -26 < key.y + arc.ry < 0]
        assert above or min(abs(each - 1) for each in out) < 0.02
        assert picture.top + 8 < key.y < -picture.radius - 7


def test_each_arc_of_a_paper_has_its_letter_where_there_is_room():
    line = spine([stop(number, *([1] if number in (1, 4, 9) else [2])) for number in range(1, 13)])
    letters = [key.text for key in strip(line).keys]
    assert (letters.count("a"), letters.count("b")) == (2, 8)


def test_where_many_threads_meet_their_letters_still_stand_apart():
    line = spine(
        [stop(1, *range(12)), stop(2), stop(3, *range(12)), *(stop(number) for number in range(4, 17))]
    )
    placed = [key for key in strip(line).keys if key.main]
    assert len(placed) >= 8
    assert not any(touch(one, other, PHONE) for one, other in combinations(placed, 2))


def long_line(sessions=200, *, dated=True):
    start = date(2020, 3, 1)
    return spine(
        stop(number, number // 2, number // 7, day=start + timedelta(days=7 * number) if dated else None)
        for number in range(sessions)
    )


def test_a_history_that_one_picture_can_name_has_no_parts():
    assert parts(strip(long_line(MOST_NAMED))) == []


def test_the_parts_have_every_session_once_and_in_order():
    for dated in (True, False):
        line = long_line(dated=dated)
        found = parts(strip(line))
        assert [each for part in found for each in part.stops] == list(line.stops)
        assert [row for part in found for row in part.rows] == [row for row in rows(line) if not row.year]
        assert max(len(part.stops) for part in found) <= MOST_NAMED
        assert len({part.key for part in found}) == len(found)
        # The room that they have in the whole picture does not overlap.
        edges = [(round(part.left, 2), round(part.left + part.width, 2)) for part in found]
        assert all(a <= b + 0.01 for (_, a), (b, _) in pairwise(edges))


def test_the_parts_are_years_where_there_are_dates():
    found = parts(strip(long_line()))
    assert [(part.key, part.name) for part in found] == [
        (f"y{year}", str(year)) for year in (2020, 2021, 2022, 2023)
    ]


@any_history(most=40)
def test_a_close_up_has_its_sessions_within_and_what_leads_out_of_them_cut_off(line):
    whole = strip(spine([*line.stops, *(stop(number, number % 9) for number in range(1000, 1061))]))
    for part in parts(whole):
        if part.strip is None:
            assert len(part.stops) < FEWEST_DRAWN
            continue
        xs = [node.x for node in part.strip.nodes]
        assert [node.stop for node in part.strip.nodes] == list(part.stops)
        assert 0 < min(xs) <= max(xs) < 100
        for strand in part.strip.strands:
            readers = [node.x for node in part.strip.nodes if strand.thread.work in node.stop.works]
            for arc in strand.arcs:
                ends = (arc.x - arc.rx, arc.x + arc.rx)
                assert any(abs(end - x) < 0.1 for end in ends for x in readers)
        assert all(0 < key.x < 100 for key in part.strip.keys)
        assert all(0 <= run.start <= run.end <= 100 for run in part.strip.runs)


def test_who_comes_next_and_builds_on_others_comes_before_who_builds_on_the_most():
    line = spine([stop(1, 1, 2), stop(2, 1), stop(3, 1, 2), stop(4, 2, is_upcoming=True), stop(5, 9)])
    found = answers(line)
    assert (found.start, found.following) == (line.stops[0], line.stops[3])
    assert found.before
    assert (found.before.stop, found.before.stops) == (
        line.stops[3],
        (line.stops[0], line.stops[2]),
    )
    only_held = answers(spine(line.stops[:3]))
    assert only_held.following is None
    assert only_held.before
    assert only_held.before.stop == line.stops[2]


def test_what_is_returned_to_most_stands_out_or_else_what_is_returned_to_after_longest():
    most = answers(spine([stop(1, 1, 2), stop(2, 1, 2), stop(3, 1)]))
    assert [told.thread.work.pk for told in most.most] == [1]
    assert most.longest is None
    equal = answers(spine([stop(1, 1, 2, 3, 4), stop(2, 1, 2, 3), stop(3, 4)]))
    assert equal.most == ()
    assert equal.longest
    assert equal.longest.thread.work.pk == 4


def test_of_nothing_nothing_is_said():
    found = answers(spine([], [work(1)]))
    assert (found.start, found.following, found.before, found.most, found.longest) == (
        None,
        None,
        None,
        (),
        None,
    )
    cancelled = answers(spine([stop(1, is_upcoming=True, is_cancelled=True)]))
    assert (cancelled.start, cancelled.following) == (None, None)
