"""Characters that nobody sees, and that change what stands beside them."""

import re

# Control characters but tabs and line breaks, embeddings, overrides and isolates of direction (UAX #9), and what is none.
# Joiners, marks of direction (U+200E, U+200F) and spaces without width stay: scripts and emoji need them, and they reach no
# further than their neighbours.
TURNS_AROUND = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
