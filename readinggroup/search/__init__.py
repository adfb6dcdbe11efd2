"""Search over sessions, papers, resources and people: one list, best first, that says why each answer is in it.

words.py      what was typed, as a query: words, phrases, what is left out; text as it is compared
spellings.py  other ways to spell a word, and which known word was probably meant
index.py      the rows that are searched; triggers of the database keep them (migrations 0005 and 0006)
filters.py    the form: words, kind, weeks, presenter, recording or slides
initials.py   titles by their initials
asking.py     a query as PostgreSQL's search reads it
meant.py      what an identifier, an address or the number of a session names outright
finding.py    what is found for a query, in a few queries of the database
mending.py    the words that nothing has, and what was probably meant by them
matching.py   which words of a text are those looked for
scoring.py    which of it comes first
marking.py    the words found, marked in titles and texts
answers.py    what the page says of each
page.py       what the page says of all of them
patience.py   how long the database may take
views.py      the page, and the part of it that scripts ask for
"""
