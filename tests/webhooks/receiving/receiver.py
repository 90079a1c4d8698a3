"""`python receiver.py VERIFIED.py` answers 204 to what the file's `verified` accepts, and 401."""

import importlib.util
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

spec = importlib.util.spec_from_file_location("verified", sys.argv[1])
assert spec is not None and spec.loader is not None
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        accepted = module.verified(os.environ["WEBHOOK_SECRET"], headers, body)
        self.send_response(204 if accepted else 401)
        self.end_headers()


server = HTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()
