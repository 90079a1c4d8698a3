"""The golden frames match our codec and an independent one; the TypeScript tests read the same files."""

import json
from typing import Any

import msgpack
import pytest

from protocol.bad import BAD, BAD_JSON
from protocol.codec import JSON, MSGPACK
from protocol.codes import ErrorCode
from protocol.errors import ProtocolError
from protocol.golden import CLIENT, FOLDER, LATER_CLIENT, LATER_SERVER, SERVER, as_object, later, vector

Vector = dict[str, Any]


def read(stem: str) -> list[Vector]:
    vectors: list[Vector] = json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))
    return vectors


def named(vectors: list[Vector]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("given", vectors, ids=[vector["name"] for vector in vectors])


def without_later(read: Vector, given: Vector) -> Vector:
    """A vector of an earlier release lacks the elements that came after it: they are read as absent."""
    return {name: part for name, part in read.items() if name in given or part is not None}


@named(read("client"))
def test_a_client_vector_is_read_as_its_object(given: Vector) -> None:
    frame = MSGPACK.decode_client(bytes.fromhex(given["hex"]))
    assert without_later(as_object(frame), given["frame"]) == given["frame"]
    assert JSON.decode_client(given["json"].encode()) == frame


@named(read("server"))
def test_a_server_vector_is_read_as_its_object(given: Vector) -> None:
    frame = MSGPACK.decode_server(bytes.fromhex(given["hex"]))
    assert without_later(as_object(frame), given["frame"]) == given["frame"]
    assert JSON.decode_server(given["json"].encode()) == frame


@named(read("client") + read("server"))
def test_a_vector_is_the_shortest_msgpack_there_is(given: Vector) -> None:
    data = bytes.fromhex(given["hex"])
    assert msgpack.packb(msgpack.unpackb(data)) == data


@named(read("bad"))
def test_a_bad_vector_is_refused_with_its_code(given: Vector) -> None:
    with pytest.raises(ProtocolError) as caught:
        MSGPACK.decode_client(bytes.fromhex(given["hex"]))
    assert caught.value.code == given["code"]


@named(read("bad_json"))
def test_a_bad_json_vector_is_refused_with_its_code(given: Vector) -> None:
    with pytest.raises(ProtocolError) as caught:
        JSON.decode_client(given["json"].encode())
    assert caught.value.code == given["code"]


@pytest.mark.parametrize(("stem", "frames"), [("client", CLIENT), ("server", SERVER)])
def test_every_frame_that_we_encode_is_in_the_files(stem: str, frames: dict[str, Any]) -> None:
    kept = {given["name"]: given for given in read(stem)}
    for name, frame in frames.items():
        assert kept.get(name) == vector(name, frame), f"{name}: run python -m protocol.golden"


def test_every_poison_is_in_the_files() -> None:
    kept = {given["name"]: given["hex"] for given in read("bad")}
    assert {name: data.hex() for name, (data, _) in BAD.items()} == kept
    kept = {given["name"]: given["json"] for given in read("bad_json")}
    assert {name: text for name, (text, _) in BAD_JSON.items()} == kept


@named([given for given in read("later") if given["from"] == "client"])
def test_a_server_reads_the_known_elements_of_a_later_clients_frame(given: Vector) -> None:
    assert as_object(MSGPACK.decode_client(bytes.fromhex(given["hex"]))) == given["frame"]


@named([given for given in read("later") if given["from"] == "server"])
def test_a_client_reads_the_known_elements_of_a_later_servers_frame(given: Vector) -> None:
    data = bytes.fromhex(given["hex"])
    if given["frame"] is None:
        with pytest.raises(ProtocolError) as caught:
            MSGPACK.decode_server(data)
        assert caught.value.code == ErrorCode.UNSUPPORTED
    else:
        assert as_object(MSGPACK.decode_server(data)) == given["frame"]


def test_every_later_frame_is_in_the_files() -> None:
    made = [later("client", name, *given) for name, given in LATER_CLIENT.items()]
    made += [later("server", name, *given) for name, given in LATER_SERVER.items()]
    assert made == read("later")


def test_every_frame_has_a_vector() -> None:
    from typing import get_args

    from protocol.from_client import ClientFrame
    from protocol.from_server import ServerFrame

    assert {type(frame) for frame in CLIENT.values()} == set(get_args(ClientFrame))
    assert {type(frame) for frame in SERVER.values()} == set(get_args(ServerFrame))
