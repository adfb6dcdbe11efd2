"""The shapes of the spine as SVG. What is in them are numbers and names of classes, nothing that anybody wrote.

A map has thousands of them: a template would take longer over their numbers than over everything else together.
"""

from __future__ import annotations

from sessions.arcs import HIGHEST_ARC, Arc, Strand
from sessions.lanes import Row
from sessions.legend import Sample
from sessions.strip import BEAD, FIRST_BEAD, Node, Strip

# In a row of the table, on the first line of its words.
FIRST_LINE = "1.2em"
# The height of the picture of arcs, which ends at the line.
ARCS = HIGHEST_ARC + 10
# How large a circle of the legend is, by how crowded the picture is.
SAMPLE = {"few": 6.5, "some": 4.5, "many": 3.0}


def element(name: str, kind: str = "", **attributes: float | str) -> str:
    """An element without content, of a class if one is given."""
    said = "".join(f' {key}="{_short(value)}"' for key, value in attributes.items())
    return f"<{name}{f' class="{kind}"' if kind else ''}{said}/>"


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float) -> str:
    return f"{_short(value)}%"


def lines(strip: Strip) -> str:
    """The line that the sessions stand on, in its pieces."""
    return "".join(element("line", run.way, x1=percent(run.start), x2=percent(run.end)) for run in strip.runs)


def node(node: Node, strip: Strip) -> str:
    """A session's circle, and the dots that hang from it."""
    x = percent(node.x)
    circle = element("circle", node.kind, cx=x, r=strip.radius)
    if not node.beads:
        return circle
    # The line is a little longer than its dots are, or the last one might be lost to rounding.
    beads = element("line", "beads", x1=x, x2=x, y1=FIRST_BEAD, y2=node.deep + 0.1, **_dots(node.apart))
    return beads + circle


def nodes(strip: Strip) -> str:
    return "".join(node(each, strip) for each in strip.nodes)


def arcs(strand: Strand, *, within_reach: bool = False) -> str:
    """A thread's arcs: ellipses whose lower halves are cut off. With a reach, wider ones to point at lie above them."""
    drawn = "".join(_ellipse(arc, "dashed" if arc.is_upcoming else "") for arc in strand.arcs)
    reach = "".join(_ellipse(arc, "reach") for arc in strand.arcs) if within_reach else ""
    kind = f"arcs w{strand.weight} {f'on-{strand.thread.key}' if strand.thread.key else 'faint'}"
    height = _short(ARCS)
    return f'<svg class="{kind}" y="-{height}" width="100%" height="{height}">{drawn}{reach}</svg>'


def _ellipse(arc: Arc, kind: str) -> str:
    return element("ellipse", kind, cx=percent(arc.x), cy=ARCS, rx=percent(arc.rx), ry=arc.ry)


def _dots(apart: float) -> dict[str, str]:
    """A line of dots: dashes of no length, with round ends. How far they are usually apart stands in the stylesheet."""
    return {} if apart == BEAD else {"stroke-dasharray": f"0 {_short(apart)}"}


def field(strip: Strip) -> str:
    """The papers still to cover, column by column."""
    dots = _dots(strip.field_apart)
    columns = "".join(
        element(
            "line", "beads", x1=percent(each.x), x2=percent(each.x), y1=each.top, y2=each.bottom + 0.1, **dots
        )
        for each in strip.field
    )
    kind = "field dense" if strip.is_dense else "field"
    return f'<svg class="{kind}" x="{percent(strip.field_x)}" width="{percent(strip.field_width)}">{columns}</svg>'


def sample(sample: Sample) -> str:
    """A shape as the picture has it, for its legend."""
    x, middle = 14, 7
    match sample.shape:
        case "node" | "coming" | "cancelled" as kind:
            shape = element("circle", "" if kind == "node" else kind, cx=x, cy=middle, r=SAMPLE[sample.size])
        case "pause":
            shape = "".join(element("line", x1=a, x2=a + 9, y1=middle, y2=middle) for a in (0, 19))
        case "bead" | "open":
            shape = element("line", "beads", x1=x, x2=x, y1=middle, y2=middle + 0.1)
        case kind:
            arc = element("ellipse", "dashed" if kind == "dashed" else "", cx=x, cy=x, rx=12, ry=11)
            shape = f'<g class="arcs {kind}">{arc}</g>'
    return f'<svg class="sample strip {sample.size}" width="28" height="14" aria-hidden="true">{shape}</svg>'


def piece(row: Row, *, is_here: bool = False) -> str:
    """The piece of the spine beside one row. The words beside it say the same."""
    shapes = [element("path", d=row.passing)] if row.through else []
    shapes += [element("line", x1=x, x2=x, y1=FIRST_LINE, y2="100%") for x in row.starts]
    shapes += [element("line", x1=x, x2=x, y2=FIRST_LINE) for x in row.ends]
    if row.beads:
        shapes.append(element("line", "across", x1=row.beads[0], x2=row.line, y1=FIRST_LINE, y2=FIRST_LINE))
    if row.above == row.below:
        shapes += [element("path", row.above, d=f"M{row.line} 0V9999")] if row.above else []
    else:
        x = row.line
        shapes += [element("line", row.above, x1=x, x2=x, y2=FIRST_LINE)] if row.above else []
        shapes += [element("line", row.below, x1=x, x2=x, y1=FIRST_LINE, y2="100%")] if row.below else []
    shapes += [element("circle", "bead", cx=x, cy=FIRST_LINE, r=3.5) for x in row.beads]
    if row.stop:
        kind = f"{row.stop.kind} here".strip() if is_here else row.stop.kind
        shapes.append(element("circle", kind, cx=row.line, cy=FIRST_LINE, r=6))
    return f'<svg class="piece" width="{row.width}" aria-hidden="true">{"".join(shapes)}</svg>'
