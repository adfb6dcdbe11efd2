"""A local server whose pages answer as the web's do, well and badly; it notes when it was asked, and for what."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


class Targets:
    """Listens on all of 127.0.0.0/8, so that 127.0.0.2 is another host."""

    def __init__(self):
        self.asked: list[tuple[float, str, str, str]] = []  # when, host, method, path
        self.most: dict[str, int] = {}  # requests of a host at the same time
        self.now: dict[str, int] = {}
        self.lock = threading.Lock()
        targets = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                host = self.headers["Host"].split(":")[0]
                with targets.lock:
                    targets.now[host] = targets.now.get(host, 0) + 1
                    targets.most[host] = max(targets.most.get(host, 0), targets.now[host])
                    targets.asked.append((time.monotonic(), host, self.command, self.path))
                    times = sum(path == self.path for *_, path in targets.asked)
                try:
                    self.behave(self.path.strip("/").split("?")[0], times)
                except OSError:
                    pass
                finally:
                    with targets.lock:
                        targets.now[host] -= 1

            do_HEAD = do_GET  # noqa: N815  (as http.server calls it)

            def behave(self, name, times):
                head = self.command == "HEAD"
                kind, _, rest = name.partition("/")
                if kind == "to":  # /to/301/where
                    status, _, where = rest.partition("/")
                    return self.answer(int(status), Location=targets.places.get(where, f"/{where}"))
                if kind == "status":
                    return self.answer(int(rest), **({"Retry-After": "0"} if rest == "429" else {}))
                if kind == "later":  # /later/<Retry-After, quoted>
                    return self.answer(503, **{"Retry-After": unquote(rest)})
                if kind == "head":  # /head/405: HEAD is answered so, GET is fine
                    return self.answer(int(rest) if head else 200)
                if kind == "recovers":
                    return self.answer(500 if times <= 2 else 200)
                if kind == "trickle":
                    for _ in range(50):
                        self.wfile.write(b"H")
                        time.sleep(0.05)
                    return None
                if kind == "hang":
                    return time.sleep(1)
                if kind == "close":
                    return None
                if kind == "huge":
                    return self.answer(200, **{"X-Huge": "x" * 100_000})
                if kind == "endless":
                    self.answer(200)
                    while not head:
                        self.wfile.write(b"x" * 65536)
                return self.answer(200)

            def answer(self, status, **headers):
                self.send_response(status)
                for header, value in headers.items():
                    self.send_header(header, value)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.places = {
            "metadata": "http://169.254.169.254/latest/",
            "private": "http://10.0.0.1/",
            "loopback": "http://[::1]/",
            "file": "file:///etc/passwd",
            "loop": "/to/302/loop",
            "latin": "/caf\xe9",
            "again": "/to/301/ok",
        }
        self.server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def url(self, path, host="127.0.0.1"):
        return f"http://{host}:{self.server.server_address[1]}/{path}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
