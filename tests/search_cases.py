"""What people look for, and what has to be found first: written down before the search was built that is held to it.

The group is the first one as the site comes with it, and what `DETAILS` and `SUMMARIES` add to it: authors as arXiv
has them, and a few sentences of our own in the place of abstracts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# By the title as listed: authors, and words that only the abstract has.
DETAILS = {
    "Denoising Diffusion Probabilistic Models": (
        "Jonathan Ho\nAjay Jain\nPieter Abbeel",
        "A chain of small denoising steps, trained with a weighted variational bound, draws faces and rooms.",
    ),
    "Generative Modeling by Estimating Gradients of the Data Distribution": (
        "Yang Song\nStefano Ermon",
        "Samples come from annealed Langevin dynamics along gradients that a network has learned.",
    ),
    "Classifier-Free Diffusion Guidance": (
        "Jonathan Ho\nTim Salimans",
        "One network with and without its condition: their difference guides the samples.",
    ),
    "Progressive Distillation for Fast Sampling of Diffusion Models": (
        "Tim Salimans\nJonathan Ho",
        "Each student halves the steps of its teacher.",
    ),
    "High-Resolution Image Synthesis with Latent Diffusion Models": (
        "Robin Rombach\nAndreas Blattmann\nDominik Lorenz\nPatrick Esser\nBjörn Ommer",
        "Denoising happens in the latent space of an autoencoder, with cross-attention for text.",
    ),
    "Flow Matching for Generative Modeling": (
        "Yaron Lipman\nRicky T. Q. Chen\nHeli Ben-Hamu\nMaximilian Nickel\nMatt Le",
        "Continuous normalizing flows are trained without simulation, along paths of optimal transport.",
    ),
}
# By the session's number.
SUMMARIES = {
    6: "A look back at everything so far, with time for questions on the **reparameterization** of the loss."
}


@dataclass(frozen=True)
class Case:
    """Words and filters as a visitor gives them (the query string of /search/), and the first answer.

    `first` is the kind and what the answer is called: “session”, “paper”, “resource” or “person”; or “goes to” and an
    address, where no list is to be seen in between. An empty `first` says that nothing is to be found.
    """

    q: str
    first: tuple[str, str] | tuple[()]
    filters: dict[str, str] = field(default_factory=dict)


DDPM = ("paper", "Denoising Diffusion Probabilistic Models")
DDIM = ("paper", "Denoising Diffusion Implicit Models")
EDM = ("paper", "Elucidating the Design Space of Diffusion-Based Generative Models")
CFG = ("paper", "Classifier-Free Diffusion Guidance")
SDE = ("paper", "Score-Based Generative Modeling through Stochastic Differential Equations")
I2SB = ("paper", "I²SB: Image-to-Image Schrödinger Bridge")
FLOW = ("session", "Week 16 & 17: Flow Matching")
HOWARD = ("person", "Jeremy Howard")

CASES = [
    # As written, and as remembered.
    Case("denoising diffusion probabilistic models", DDPM),
    Case("flow matching", FLOW),
    Case("flow matching generative", ("paper", "Flow Matching for Generative Modeling")),
    Case("transformers diffusion", ("paper", "Scalable Diffusion Models with Transformers")),
    Case("super resolution", ("paper", "Image super-resolution via iterative refinement")),
    Case("clip latents", ("paper", "Hierarchical Text-Conditional Image Generation with CLIP Latents")),
    Case(
        "finding effective mcmc",
        ("paper", "Journey to the BAOAB-limit: finding effective MCMC samplers for score-based models"),
    ),
    Case(
        "dpm-solver++",
        ("paper", "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models"),
    ),
    Case("score sdes and ddim", ("session", "Week 4: Score SDEs and DDIM")),
    # Accents and TeX.
    Case("schrodinger bridge", I2SB),
    Case('Schr\\"odinger bridge', I2SB),
    Case("SCHRÖDINGER BRIDGE", I2SB),
    Case("i2sb", I2SB),
    Case("I$^2$SB", I2SB),
    Case("bjorn ommer", ("paper", "High-Resolution Image Synthesis with Latent Diffusion Models")),
    # Misspelt.
    Case("schroedinger bridge", I2SB),
    Case("denoising difusion probablistic models", DDPM),
    Case("latent difussion", ("session", "Week 13: Latent Diffusion and Stable Diffusion")),
    Case("jermy howrad", HOWARD),
    Case("vector quantised text", ("paper", "Vector quantized diffusion model for text-to-image synthesis")),
    Case("distilation of guided", ("paper", "On Distillation of Guided Diffusion Models")),
    # The beginning of a word.
    Case("diffw", ("paper", "DiffWave: A Versatile Diffusion Model for Audio Synthesis")),
    Case("magic3", ("paper", "Magic3D: High-Resolution Text-to-3D Content Creation")),
    Case("jerem", HOWARD),
    # Authors, people, abstracts, summaries, resources.
    Case(
        "salimans distillation", ("paper", "Progressive Distillation for Fast Sampling of Diffusion Models")
    ),
    Case("jonathan ho guidance", ("paper", "Classifier-Free Diffusion Guidance")),
    Case("jeremy howard", HOWARD),
    Case("rombach", ("session", "Week 14: Q&A with Robin Rombach")),
    Case(
        "annealed langevin", ("paper", "Generative Modeling by Estimating Gradients of the Data Distribution")
    ),
    Case("reparameterization", ("session", "Week 6: Review")),
    Case("katherine codebase", ("resource", "Katherine's codebase")),
    Case("assemblyai", ("resource", "AssemblyAI blog post")),
    # Weeks, and identifiers.
    Case("week 8", ("session", "Week 8: Perception-Prioritized Training, Elucidating Design Spaces")),
    Case("week 17", FLOW),
    Case("17", FLOW),
    Case("2006.11239", ("goes to", "/papers/denoising-diffusion-probabilistic-models/")),
    Case("https://arxiv.org/pdf/2210.02747v2", ("goes to", "/papers/flow-matching-for-generative-modeling/")),
    # Quoted, and left out.
    Case('"image synthesis" -diffusion', ("paper", "Semi-Parametric Neural Image Synthesis")),
    Case('"matching flow"', ()),
    Case(
        "bridge -image",
        ("paper", "Diffusion Schrödinger Bridge with Applications to Score-Based Generative Modeling"),
    ),
    # Filters, alone too.
    Case("ddpm", ("session", "Week 1: DDPM paper")),
    Case("ddpm", ("paper", "Understanding ddpm latent codes through optimal transport"), {"kind": "paper"}),
    Case(
        "distillation",
        ("session", "Week 11: Progressive Distillation, Distillation of Guided Models"),
        {"from": "9", "to": "12"},
    ),
    Case(
        "notebook",
        ("session", "Week 8: Perception-Prioritized Training, Elucidating Design Spaces"),
        {"presenter": "molly-beavers"},
    ),
    Case(
        "diffusion",
        ("session", "Week 13: Latent Diffusion and Stable Diffusion"),
        {"from": "10", "has": "slides"},
    ),
    Case("", FLOW, {"kind": "session", "has": "recording", "from": "15"}),
    # Methods by their usual names, years, and what people put around what they mean.
    Case("ddim", ("session", "Week 4: Score SDEs and DDIM")),
    Case("ddim", DDIM, {"kind": "paper"}),
    Case("DDIMs", DDIM, {"kind": "paper"}),
    Case("ddim paper", DDIM, {"kind": "paper"}),
    Case("the ddpm paper", ("session", "Week 1: DDPM paper")),
    Case("ddpm", DDPM, {"kind": "paper", "from": "1", "to": "1"}),
    Case("edm", EDM, {"kind": "paper"}),
    Case("cfg", CFG),
    Case("cfg salimans", CFG),
    Case("ldm", ("paper", "High-Resolution Image Synthesis with Latent Diffusion Models"), {"kind": "paper"}),
    Case("score sde", ("session", "Week 4: Score SDEs and DDIM")),
    Case("score sde", SDE, {"kind": "paper"}),
    Case("score-based sde", SDE, {"kind": "paper"}),
    Case("ho et al 2020", DDPM),
    Case("ho et al., 2020", DDPM),
    Case(
        "salimans 2022 distillation",
        ("paper", "Progressive Distillation for Fast Sampling of Diffusion Models"),
    ),
    Case("lipman", ("paper", "Flow Matching for Generative Modeling")),
    Case("lipman", FLOW, {"kind": "session"}),
    Case("ommer", ("paper", "High-Resolution Image Synthesis with Latent Diffusion Models")),
]
