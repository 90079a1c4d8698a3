"""A name server for tests that knows the TXT records it is given."""

import socket
import struct
import threading


class NameServer:
    """Answers until it is closed; records by name."""

    def __init__(self, **records: str) -> None:
        self.records = {name.replace("__", "."): text for name, text in records.items()}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._socket.getsockname()
        return host, port

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            question, peer = self._socket.recvfrom(1_500)
            if not question:
                return
            labels, at = [], 12
            while length := question[at]:
                labels.append(question[at + 1 : at + 1 + length].decode())
                at += 1 + length
            text = self.records.get(".".join(labels))
            parts = [] if text is None else [text[n : n + 200].encode() for n in range(0, len(text), 200)]
            data = b"".join(bytes([len(part)]) + part for part in parts)
            code = 0 if parts else 3  # no such name
            head = question[:2] + struct.pack("!5H", 0x8180 | code, 1, len(parts) and 1, 0, 0)
            record = b"\xc0\x0c" + struct.pack("!2HIH", 16, 1, 60, len(data)) + data
            self._socket.sendto(head + question[12 : at + 5] + (record if parts else b""), peer)
