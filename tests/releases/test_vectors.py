"""The present code reads the golden files of an earlier release, and that release reads the present ones."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from protocol.codec import MSGPACK
from protocol.errors import ProtocolError
from protocol.golden import FOLDER, as_object
from tests.releases.history import Release
from tests.stack import ROOT

# Decodes the frames on stdin with the code in the working directory and prints them; null for an error.
READER: Final = """
import json, sys
from protocol.codec import MSGPACK
from protocol.errors import ProtocolError
from protocol.golden import as_object
def read(side, data):
    decode = MSGPACK.decode_client if side == "client" else MSGPACK.decode_server
    try:
        return as_object(decode(bytes.fromhex(data)))
    except ProtocolError:
        return None
print(json.dumps([read(*given) for given in json.load(sys.stdin)]))
"""
TYPESCRIPT: Final = """
import { decode } from "./src/wire/codec";
let given = "";
process.stdin.on("data", (data) => { given += data; }).on("end", () => {
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  console.log(JSON.stringify(JSON.parse(given).map((hex) => decode(bytes(hex)))));
});
"""


def vectors(folder: Path, stem: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
    return found


def within(part: Any, whole: Any) -> bool:
    """Whether `whole` contains all of `part`; a later release may know more fields."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and within(value, whole[name]) for name, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        # A position in `have` is `[seq, …]`: a later release adds to it.
        position = len(part) == 1 and isinstance(part[0], int)
        return (len(part) == len(whole) or position) and all(map(within, part, whole))
    return bool(part == whole)


@pytest.mark.parametrize("side", ["client", "server"])
def test_the_present_code_reads_every_frame_of_the_release(earlier: Path, side: str) -> None:
    decode = MSGPACK.decode_client if side == "client" else MSGPACK.decode_server
    for vector in vectors(earlier / "protocol/vectors", side):
        read = as_object(decode(bytes.fromhex(vector["hex"])))
        assert within(vector["frame"], read), vector["name"]


@pytest.mark.parametrize("side", ["client", "server"])
def test_the_release_reads_every_present_frame_of_a_known_type(
    earlier: Path, release: Release, side: str
) -> None:
    known = {vector["type"] for vector in vectors(earlier / "protocol/vectors", side)}
    present = [
        vector
        for vector in vectors(FOLDER, side)
        if vector["type"] in known and vector["name"] not in release.since_read
    ]
    asked = json.dumps([[side, vector["hex"]] for vector in present])
    done = subprocess.run(
        [sys.executable, "-c", READER], cwd=earlier, input=asked, capture_output=True, text=True, check=True
    )
    for vector, read in zip(present, json.loads(done.stdout), strict=True):
        assert read is not None and within(read, vector["frame"]), vector["name"]


def test_the_present_code_refuses_what_the_release_refuses_except_known_extensions(
    earlier: Path, release: Release
) -> None:
    readable = {vector["hex"] for vector in vectors(FOLDER, "later")}
    for vector in vectors(earlier / "protocol/vectors", "bad"):
        if vector["hex"] in readable or vector["name"] in release.since_read:
            continue
        with pytest.raises(ProtocolError):
            MSGPACK.decode_client(bytes.fromhex(vector["hex"]))


def test_the_widget_of_the_release_reads_every_frame_of_the_present_server(
    earlier: Path, tmp_path: Path
) -> None:
    """Its codec, built with the present esbuild, decodes the same types, and null for an unknown one."""
    entry = earlier / "widget/read_vectors.ts"
    entry.write_text(TYPESCRIPT)
    built = tmp_path / "read_vectors.mjs"
    esbuild = ROOT / "widget/node_modules/.bin/esbuild"
    words = [esbuild, entry, "--bundle", "--platform=node", "--format=esm", f"--outfile={built}"]
    subprocess.run(words, check=True, capture_output=True)
    present = vectors(FOLDER, "server") + [
        vector for vector in vectors(FOLDER, "later") if vector["from"] == "server"
    ]
    asked = json.dumps([vector["hex"] for vector in present])
    done = subprocess.run(["node", built], input=asked, capture_output=True, text=True, check=True)
    for vector, read in zip(present, json.loads(done.stdout), strict=True):
        assert read is None or within(read, vector["frame"]), vector["name"]
