"""The spine, the picture of it and its rows: pure geometry, held to its promises whatever a group reads."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, pairwise
from string import ascii_lowercase

from hypothesis import given, settings
from hypothesis import strategies as st

from sessions import svg
from sessions.arcs import MOST_ARCS, WIDER
from sessions.lanes import lane_at, piece, rows
from sessions.spine import MOST_LANES, Spine, Stop, Work, spine
from sessions.strip import strip
from sessions.strip_words import said

PHONE, WALL = 284, 1152  # pixels that the picture has on a phone 320 wide, and at most


def work(number: int) -> Work:
    return Work(number, f"Paper {number}", f"paper-{number}")


def stop(number: int, *works: int, **fields) -> Stop:
    name = f"Week {number}"
    return Stop(name, str(number), f"Title {number}", f"/{number}/", works=tuple(map(work, works)), **fields)


@st.composite
def spines(draw, most=40):
    """Any history: sessions with a date or without, held, to come or cancelled, reading anything any number of times."""
    readings = draw(st.lists(st.lists(st.integers(1, 30), max_size=6), max_size=most))
    coming = draw(st.integers(0, len(readings)))
    day = date(2020, 1, 1)
    stops = []
    for number, works in enumerate(readings, 1):
        day += timedelta(days=draw(st.sampled_from([0, 7, 7, 7, 14, 100, 900])))
        is_upcoming = number > len(readings) - coming
        stops.append(
            stop(
                number,
                *works,
                day=draw(st.sampled_from([day, day, None])),
                is_upcoming=is_upcoming,
                is_cancelled=is_upcoming and draw(st.booleans()),
            )
        )
    return spine(stops, map(work, range(100, 100 + draw(st.integers(0, 200)))))


def any_history(most=40):
    return lambda test: settings(max_examples=40, deadline=None)(given(spines(most))(test))


def reads(line: Spine, number: int) -> tuple[int, ...]:
    """The places of the sessions that read a paper, found the plain way."""
    return tuple(
        place for place, each in enumerate(line.stops) if number in {found.pk for found in each.works}
    )


@any_history()
def test_a_thread_touches_exactly_the_sessions_that_read_its_paper(line):
    assert {thread.work.pk: thread.at for thread in line.threads} == {
        number: reads(line, number) for number in range(1, 31) if len(reads(line, number)) > 1
    }


@any_history()
def test_no_two_threads_meet_in_a_lane(line):
    placed = [thread for thread in line.threads if thread.lane is not None]
    assert {thread.lane for thread in placed} <= set(range(MOST_LANES))
    for one, other in combinations(placed, 2):
        assert one.lane != other.lane or one.at[-1] < other.at[0] or other.at[-1] < one.at[0]


@any_history()
def test_the_letters_follow_the_line_and_none_is_given_twice(line):
    keys = [thread.key for thread in line.threads if thread.key]
    assert keys == list(ascii_lowercase[: len(line.threads)])


@any_history()
def test_the_picture_is_drawn_inside_of_its_edges(line):
    picture = strip(line)
    top, bottom = picture.top, picture.bottom
    for node in picture.nodes:
        assert 0 <= node.left < node.x < node.left + node.width <= 100
        assert top < 0 <= node.deep < picture.floor <= picture.labels_y <= bottom
    for arc in (arc for strand in picture.strands for arc in strand.arcs):
        assert 0 <= arc.x - arc.rx < arc.x + arc.rx <= 100
        assert top < -arc.ry < 0
        assert arc.ry <= svg.ARCS
    for column in picture.field:
        assert top < column.top <= column.bottom < picture.foot <= bottom
        assert 0 <= column.x <= 100
    for run in picture.runs:
        assert 0 <= run.start <= run.end <= 100
    assert bottom - top == picture.height or abs(bottom - top - picture.height) < 0.1


@any_history(most=24)
def test_no_two_sessions_overlap_on_a_wall(line):
    picture = strip(line)
    apart = [(after.x - before.x) * WALL / 100 for before, after in pairwise(picture.nodes)]
    assert [each for each in apart if each < 2 * picture.radius] == []


def test_sixteen_sessions_stand_apart_on_a_phone_and_three_hundred_on_a_wall():
    few = strip(spine([stop(number) for number in range(16)], [work(1)]))
    many = strip(spine([stop(number) for number in range(250)], [work(1)]))
    assert min(after.x - before.x for before, after in pairwise(few.nodes)) * PHONE / 100 > 2 * 5
    assert min(after.x - before.x for before, after in pairwise(many.nodes)) * WALL / 100 > 1.5 * many.radius


@any_history()
def test_no_two_arcs_are_the_same(line):
    arcs = [(arc.x, arc.rx, arc.ry) for strand in strip(line).strands for arc in strand.arcs]
    assert len(set(arcs)) == len(arcs)


@any_history()
def test_an_arc_leads_from_each_reading_of_a_paper_to_the_next(line):
    picture = strip(line)
    xs = [node.x for node in picture.nodes]
    for strand in picture.strands:
        ends = [(round(arc.x - arc.rx, 2), round(arc.x + arc.rx, 2)) for arc in strand.arcs]
        wanted = [(xs[a], xs[b]) for a, b in pairwise(strand.thread.at)]
        assert all(
            abs(end - x) < 0.02
            for pair in zip(ends, wanted, strict=True)
            for end, x in zip(*pair, strict=True)
        )


@any_history()
def test_every_dot_is_a_paper(line):
    picture = strip(line)
    threads = {thread.work.pk for thread in line.threads}
    beads = [sum(found.pk not in threads for found in each.works) for each in line.stops]
    assert [node.beads for node in picture.nodes] == beads
    for node in picture.nodes:
        assert not node.beads or abs(node.deep - 17 - (node.beads - 1) * node.apart) < 0.1
    for column in picture.field:
        assert abs(column.bottom - column.top - (column.dots - 1) * picture.field_apart) < 0.1
    assert sum(column.dots for column in picture.field) == len(line.to_cover)


@any_history()
def test_the_same_history_is_drawn_the_same(line):
    again = spine(line.stops, line.to_cover)
    assert again == line
    assert strip(again) == strip(line)
    assert svg.nodes(strip(again)) == svg.nodes(strip(line))


@any_history()
def test_the_rows_carry_each_thread_from_its_first_session_to_its_last(line):
    sessions = [row for row in rows(line) if row.stop]
    assert [row.stop for row in sessions] == list(line.stops)
    for thread in line.threads:
        if thread.lane is None:
            continue
        x = lane_at(line, thread)
        assert x in sessions[thread.at[0]].starts
        assert x in sessions[thread.at[-1]].ends
        across = range(thread.at[0] + 1, thread.at[-1])
        assert all(x in sessions[place].through for place in across)
        assert [place for place in thread.at if x not in sessions[place].beads] == []
    for row in rows(line):
        places = (*row.through, *row.starts, *row.ends, *row.beads)
        assert all(0 < x < row.line < row.width for x in places)


def test_a_cancelled_session_stands_on_the_line_and_reads_nothing():
    line = spine([stop(1, 7), stop(2, 7, is_upcoming=True, is_cancelled=True)])
    assert line.threads == ()
    assert [each.name for each in line.stops] == ["Week 1", "Week 2"]


def test_the_line_breaks_at_a_pause_and_is_dashed_to_what_is_to_come():
    day = date(2024, 1, 1)
    days = [0, 7, 14, 200, 207, 214]
    line = spine(
        [
            stop(number, day=day + timedelta(days=days), is_upcoming=days > 200)
            for number, days in enumerate(days)
        ],
        [work(1)],
    )
    xs = [node.x for node in strip(line).nodes]
    assert [(run.start, run.end, run.way) for run in strip(line).runs] == [
        (xs[0], xs[2], "solid"),
        (xs[3], xs[4], "dashed"),
        (xs[4], xs[5], "dashed"),
        (xs[5], 84.0, "dashed"),
    ]


def test_a_pause_is_told_where_it_is_far_longer_than_usual():
    start = date(2024, 11, 1)
    days = [0, 7, 14, 21, 100, 107]
    line = spine([stop(number, day=start + timedelta(days=days)) for number, days in enumerate(days)])
    assert line.pauses == {4: 79}
    assert line.years == {0: 2024, 4: 2025}
    assert [(row.pause, row.year) for row in rows(line) if not row.stop] == [(0, 2024), (79, None), (0, 2025)]


def test_a_pause_is_more_than_three_times_what_is_usual():
    start = date(2024, 1, 1)
    days = [0, 14, 28, 42, 84, 98, 141, 155]
    line = spine([stop(number, day=start + timedelta(days=days)) for number, days in enumerate(days)])
    assert line.pauses == {6: 43}  # 42 is three times 14


def test_a_paper_that_is_planned_again_is_not_said_to_have_been_read_again():
    planned = spine([stop(1, 1, 2), stop(2, 1), stop(3, 2, is_upcoming=True)])
    assert [strand.name for strand in strip(planned).strands] == [
        "Paper 1, read in Week 1 and Week 2",
        "Paper 2, read in Week 1 and Week 3 (to come)",
    ]
    assert planned.plans_again
    assert not spine([stop(1, 1), stop(2, 1), stop(3, 1, is_upcoming=True)]).plans_again
    assert spine([stop(number, 1, is_upcoming=True) for number in (1, 2)]).plans_again


def test_the_letters_go_to_what_was_read_most():
    line = spine([stop(1, *range(30)), stop(2, *range(30)), stop(3, 29)])
    assert [told.thread.work.pk for told in line.legend] == [*range(25), 29]
    assert line.legend[-1].thread.key == "z"


def test_what_everybody_read_stays_a_picture():
    everything = range(100)
    picture = strip(spine([stop(number, *everything) for number in range(100)]))
    assert sum(len(strand.arcs) for strand in picture.strands) <= MOST_ARCS
    assert {len(strand.arcs) for strand in picture.strands} == {99}  # none is drawn in part
    [row, *_] = [row for row in rows(picture.spine) if row.stop]
    assert (len(row.reads), row.more, len(row.reads[0].stops), row.reads[0].more) == (8, 92, 6, 93)


def test_a_piece_ends_with_its_sessions_and_the_threads_lead_on():
    line = spine([stop(1, 7), stop(2), stop(3), stop(4), stop(5, 7)])
    [before, here, after] = piece(line, [1, 2, 3])
    assert (before.above, before.below, here.above, here.below, after.above, after.below) == (
        "", "solid", "solid", "solid", "solid", "",
    )  # fmt: skip
    assert [len(row.through) for row in (before, here, after)] == [1, 1, 1]


def test_words_break_into_lines_for_a_phone_and_what_is_too_much_is_shown_to_be():
    assert said("Week 9: DDPM paper, EDM paper code walk-thrus", 50).lines == [
        "Week 9: DDPM paper, EDM paper code walk-",
        "thrus",
    ]
    assert said("word " * 40, 50).lines == [
        "word word word word word word word word",
        "word word word word word word word …",
    ]
    assert max(map(len, said("扩散模型" * 30, 50).lines)) <= 20
    assert said("", 50).lines == []


def test_a_range_is_told_whole_where_it_touches_no_other_number():
    def numbers(*ranges: str) -> list[str]:
        stops = [replace(stop(number), numbers=each) for number, each in enumerate(ranges, 1)]
        return [label.text + label.more for label in strip(spine(stops)).numerals]

    few = [str(number) for number in range(1, 16)]
    assert numbers(*few, "16 & 17") == [*few, "16–17"]
    assert numbers("1–3", "4 & 5", "6") == ["1–3", "4–5", "6"]
    assert numbers(*few, "101 & 102", "103 & 104") == [*few, "101", "103"]
    assert numbers("1001–1099") == ["1001–1099"]


@any_history()
def test_what_is_said_stands_where_it_is_pointed_at_and_fits(line):
    picture = strip(line)
    room = 100 * 300 / WIDER  # percent, of a line as wide as a phone
    for words in [*(node.said for node in picture.nodes), *(strand.said for strand in picture.strands)]:
        before, after = {"rightwards": (0, 1), "around": (0.5, 0.5), "leftwards": (1, 0)}[words.side]
        assert words.x - before * room >= 0
        assert words.x + after * room <= 100
    for node in picture.nodes:
        assert node.said.x == node.x


def test_a_picture_of_nothing_is_no_error():
    picture = strip(spine([]))
    assert (picture.nodes, picture.runs, picture.field, picture.in_words) == ((), (), (), "Nothing yet.")


def test_the_picture_is_said_in_words():
    line = spine(
        [stop(1, 1, 2), stop(2, 1), stop(3, is_upcoming=True), stop(4, is_upcoming=True, is_cancelled=True)],
        [work(9)],
    )
    assert strip(line).in_words == (
        "2 sessions held and 1 to come. 2 papers read, 1 of them more than once and 1 still to cover."
    )
    assert in_words_of(stop(1, 1), stop(2, 1)) == "2 sessions held. 1 paper read more than once."
    assert (
        in_words_of(stop(1, 1, 2), stop(2, 1, 2))
        == "2 sessions held. 2 papers read, all of them more than once."
    )
    # What is only planned to be read again was not yet.
    assert in_words_of(stop(1, 1), stop(2, 1, 3, is_upcoming=True)) == (
        "1 session held and 1 to come. 1 paper read and 1 planned."
    )
    assert in_words_of(stop(1, 5, is_upcoming=True)) == "1 session to come. 1 paper planned."


def in_words_of(*stops: Stop) -> str:
    return strip(spine(stops)).in_words
