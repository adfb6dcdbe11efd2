"""Whether links answer: asked politely, and never anything but public web addresses. No Django, no database.

`addresses` says what may be asked, `asking` makes one request, `checking` judges one link by redirects, retries and
second questions, `crowd` checks many at the same time, one request at a time for each host.
"""

from papers.linkcheck.asking import Manners
from papers.linkcheck.checking import Finding, Kind, check
from papers.linkcheck.crowd import check_all, host_of

__all__ = ["Finding", "Kind", "Manners", "check", "check_all", "host_of"]
