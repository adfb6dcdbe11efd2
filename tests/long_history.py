"""A group of many years for the map: papers read again, breaks, what was cancelled and what is to come."""

from datetime import datetime, timedelta
from random import Random

from papers.models import Paper, PaperTitle
from papers.titles import title_key
from sessions.models import BacklogEntry, Group, Reading, Session
from tests.factories import in_days

TOPICS = [
    "Diffusion", "Flow Matching", "Score Distillation", "Latent Consistency", "Classifier-Free Guidance", "Attention",
    "State Space Models", "Variational Autoencoders", "Discrete Denoising", "Optimal Transport",
]  # fmt: skip
WHAT = [
    "{} from First Principles",
    "On the Convergence of {}",
    "{} without Supervision",
    "Scaling {} to Long Videos",
    "Fast Sampling for {} by Straightening Trajectories in Data Space",
    "What Does {} Learn?",
]


def make_long_history(sessions: int = 300, papers: int = 2000, reads: int = 3, years: float = 6) -> None:
    """So many sessions over so many years up to now and a little beyond, each with about so many readings.

    About one paper in seven is read again, mostly soon. What no session reads is on the backlog, every fourth paper.
    """
    chance = Random(7)
    Group.objects.get_or_create(defaults={"name": "The Long Readers", "time_zone": "Europe/Berlin"})
    titles = [
        f"{chance.choice(WHAT).format(chance.choice(TOPICS))}, Part {number}" for number in range(papers)
    ]
    made = Paper.objects.bulk_create(
        Paper(
            title=title,
            slug=f"{title_key(title).replace(' ', '-')[:60]}-{number}".replace(",", "").replace("?", ""),
        )
        for number, title in enumerate(titles)
    )
    PaperTitle.objects.bulk_create(PaperTitle(paper=paper, key=title_key(paper.title)) for paper in made)
    days = _days(chance, sessions, years)
    lines = Session.objects.bulk_create(
        Session(
            number=number,
            title=f"{chance.choice(WHAT).format(chance.choice(TOPICS))}",
            slug=f"{number}-session",
            state="cancelled" if chance.random() < 0.02 else "published",
            starts_at=day,
        )
        for number, day in enumerate(days, 1)
    )
    read: list[Paper] = []
    fresh = iter(made)
    readings = []
    for session in lines:
        for position in range(chance.randint(1, 2 * reads - 1)):
            if read and chance.random() < 0.15:
                paper = read[-min(len(read), 1 + int(chance.expovariate(1 / 30)))]
            else:
                paper = next(fresh)
                read.append(paper)
            readings.append(Reading(session=session, paper=paper, position=position))
    Reading.objects.bulk_create(readings)
    BacklogEntry.objects.bulk_create(
        BacklogEntry(paper=paper, position=place) for place, paper in enumerate(fresh) if place % 4 == 0
    )


def _days(chance: Random, sessions: int, years: float) -> list[datetime]:
    """Weekly, with a long break now and then; the last ones are still to come."""
    gaps = [7.0 if chance.random() > 0.02 else chance.uniform(30, 120) for _ in range(sessions)]
    scale = years * 365 / sum(gaps)
    start = in_days(-years * 365 + 40)
    found = []
    for gap in gaps:
        start += timedelta(days=gap * scale)
        found.append(start)
    return found
