"""A local server that answers as https://export.arxiv.org/api/query does, its refusals and broken bodies included."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

HEAD = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
  <title>arXiv Query: search_query=&amp;id_list={ids}</title>
  <updated>2026-11-22T00:00:00Z</updated>
  <link href="https://arxiv.org/api/query?id_list={ids}" type="application/atom+xml"/>
  <opensearch:itemsPerPage>{count}</opensearch:itemsPerPage>
  <opensearch:totalResults>{count}</opensearch:totalResults>
  <opensearch:startIndex>0</opensearch:startIndex>
"""
HTML = b"<!DOCTYPE html><html><head><title>arXiv is down for maintenance</title></head><body><p>Sorry</body></html>"


@dataclass
class Known:
    """A paper as arXiv has it. Title and abstract are wrapped in the feed, as arXiv does."""

    title: str
    authors: list[str] = field(default_factory=lambda: ["Jonathan Ho", "Ajay Jain", "Pieter Abbeel"])
    abstract: str = "We present high quality image synthesis results\nusing diffusion probabilistic models."
    published: str = "2020-06-19T17:24:44Z"
    version: int = 2
    doi: str = ""
    answers_as: str = ""  # another id, where arXiv would mix them up


@dataclass
class Reply:
    """One answer out of the ordinary."""

    status: int = 200
    body: bytes | None = None  # None: the feed
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    cut_at: float = 1  # the part of the body that is sent before the connection breaks
    truncate: float = 1  # the part of the body that is sent as if it were all
    reset: bool = False  # instead of any answer
    drip: float = 0  # seconds between two bytes


class ArxivServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.papers: dict[str, Known] = {}
        self.replies: list[Reply] = []  # used up one a request; then all is well
        self.always: Reply | None = None
        self.asked: list[list[str]] = []  # the ids of each request
        self.agents: list[str] = []
        self.times: list[float] = []
        self.while_asked: Callable[[], object] = lambda: None
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api/query"

    def handle_error(self, *_: object) -> None:
        """A client that went away is none of the tests' business."""


class Handler(BaseHTTPRequestHandler):
    server: ArxivServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        server.times.append(time.monotonic())
        query = parse_qs(urlsplit(self.path).query)
        ids = [each for each in query.get("id_list", [""])[0].split(",") if each]
        most = int(query.get("max_results", ["10"])[0])
        server.asked.append(ids)
        server.agents.append(self.headers.get("User-Agent", ""))
        server.while_asked()
        reply = server.always or (server.replies.pop(0) if server.replies else Reply())
        if reply.delay:
            server.closing.wait(reply.delay)
        if reply.reset:
            # An empty linger time has the kernel send RST.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        status, body = reply.status, reply.body
        if body is None:
            status, body = feed(server.papers, ids[:most], status)
        body = body[: int(len(body) * reply.truncate)]
        self.send_response(status)
        self.send_header("Content-Type", "application/atom+xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.drip:
            for byte in body:
                if server.closing.wait(reply.drip):
                    break
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
        else:
            self.wfile.write(body[: int(len(body) * reply.cut_at)])
        if reply.cut_at < 1:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def feed(papers: dict[str, Known], ids: list[str], status: int = 200) -> tuple[int, bytes]:
    """What arXiv says of these ids: newest first, nothing of those it does not know, an error for what is no id."""
    for each in ids:
        if not each[0].isalnum() or each.startswith("bad") or "/bad" in each:
            return 400, page(ids, [error(f"incorrect id format for {each}")])
    known = [(each, papers[each]) for each in sorted(ids, reverse=True) if each in papers]
    return status, page(ids, [entry(each, paper) for each, paper in known])


def page(ids: list[str], entries: list[str], count: int | None = None) -> bytes:
    head = HEAD.format(ids=",".join(map(escape, ids)), count=len(entries) if count is None else count)
    return (head + "".join(entries) + "</feed>\n").encode()


def error(said: str) -> str:
    return f"""  <entry>
    <id>https://arxiv.org/api/errors#{escape(said.replace(" ", "_"))}</id>
    <title>Error</title>
    <summary>{escape(said)}</summary>
    <updated>2026-11-22T00:00:00Z</updated>
    <link href="https://arxiv.org/api/errors#x" rel="alternate" type="text/html"/>
    <author><name>arXiv api core</name></author>
  </entry>
"""


def entry(identifier: str, paper: Known) -> str:
    at = f"{paper.answers_as or identifier}v{paper.version}"
    authors = "".join(f"\n    <author><name>{escape(name)}</name></author>" for name in paper.authors)
    doi = f"\n    <arxiv:doi>{escape(paper.doi)}</arxiv:doi>" if paper.doi else ""
    return f"""  <entry>
    <id>http://arxiv.org/abs/{at}</id>
    <title>{escape(paper.title)}</title>
    <updated>2020-12-16T21:15:05Z</updated>
    <link href="https://arxiv.org/abs/{at}" rel="alternate" type="text/html"/>
    <link href="https://arxiv.org/pdf/{at}" rel="related" type="application/pdf" title="pdf"/>
    <summary>  {escape(paper.abstract)}
</summary>
    <category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/>
    <published>{paper.published}</published>{doi}
    <arxiv:primary_category term="cs.LG"/>{authors}
  </entry>
"""


@contextmanager
def arxiv_server() -> Iterator[ArxivServer]:
    """arXiv on a port of this machine, for as long as the test takes."""
    server = ArxivServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
