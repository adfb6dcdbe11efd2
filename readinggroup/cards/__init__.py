"""Social cards: what a chat shows of a link to a session, a paper or the site.

fonts.py    which font has which letter, and what stands for a letter that none has
setting.py  a title in lines, as large as it fits, never cut inside a word
drawing.py  a Card as a PNG: pure, no Django
cards.py    the cards of sessions, papers and the site, and their addresses
views.py    those addresses
"""
