"""The door of SchedulerX workers: how they find the server over HTTP, and the first bytes on its worker port.

The frames are spoken by hand, as an official worker writes them; what follows the association (heartbeats, runs, reports) is
tested where the protocol is, in the program's own tests.
"""

import json
import socket
import struct
import urllib.parse

import pytest
from alibaba import SchedulerX
from conftest import opener

# The association of a worker called 192168001010_4242_12345 at 192.168.1.10:50000.
ASSOCIATE = bytes.fromhex(
    "00000041123f0801123b0a300a173139323136383030313031305f343234325f3132333435120c3139322e3136382e312e313018d086032203746370"
    "118877665544332211"
)
SIGN_OF_LIFE = bytes.fromhex("0000000412020803")
WAIT_SECONDS = 20


@pytest.fixture(scope="module")
def group(muster):
    """An application group: its number, namespace, group id and key."""
    client = SchedulerX(muster)
    namespace = client.create_namespace(name="workers").data.namespace_uid
    made = client.create_app_group(namespace=namespace, group_id="pay.batch", app_name="Payment batch", app_version=2)
    assert made.success, made
    return {"id": made.data.app_group_id, "namespace": namespace, "group": "pay.batch", "key": made.data.app_key}


def ask(muster, call, told):
    """A call as the Go worker makes it: only the key is escaped."""
    query = f"groupId={told['group']}&appKey={urllib.parse.quote(told['key'], safe='')}&namespace={told['namespace']}"
    with opener.open(f"{muster.http}/worker/v1/appgroup/{call}?{query}&enableScale=true", timeout=WAIT_SECONDS) as answer:
        assert answer.status == 200
        return json.load(answer)


def dial(muster):
    host, port = muster.worker.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=WAIT_SECONDS)


def frame(connection):
    """The next frame; nothing when the server has ended the connection."""
    received = b""
    while len(received) < 4 or len(received) < 4 + struct.unpack(">I", received[:4])[0]:
        wanted = 4 - len(received) if len(received) < 4 else 4 + struct.unpack(">I", received[:4])[0] - len(received)
        piece = connection.recv(wanted)
        if not piece:
            return None
        received += piece
    return received


def test_a_worker_finds_the_worker_port(muster, group):
    with opener.open(f"{muster.http}/schedulerx2/consolelist", timeout=WAIT_SECONDS) as answer:
        assert answer.read().decode() == muster.host
    leader = ask(muster, "getLeaderAddr", group)
    assert (leader["success"], leader["code"], leader["data"]) == (True, 200, muster.worker)
    # A number here would leave an official worker without heartbeats for ever.
    assert ask(muster, "getId", group)["data"] == str(group["id"])
    assert ask(muster, "get", group)["data"]["groupId"] == "pay.batch"


@pytest.mark.parametrize("call", ["getLeaderAddr", "getId", "get"])
@pytest.mark.parametrize("wrong", [{"key": "wrong"}, {"group": "other"}, {"namespace": "other"}])
def test_without_the_key_nothing_is_said(muster, group, call, wrong):
    answer = ask(muster, call, group | wrong)
    # Anything but a string here would end an official worker's process.
    assert (answer["success"], answer["data"]) == (False, "")
    assert answer["code"] not in (200, 300)


def test_an_advertised_address_is_what_workers_dial(start_muster, name):
    server = start_muster(args=["--advertise", "workers.example:4000"])
    client = SchedulerX(server)
    namespace = client.create_namespace(name="n").data.namespace_uid
    group_id = name("g")
    key = client.create_app_group(namespace=namespace, group_id=group_id, app_name="G").data.app_key
    group = {"namespace": namespace, "group": group_id, "key": key}
    assert ask(server, "getLeaderAddr", group)["data"] == "workers.example:4000"


def test_an_association_is_answered_at_once_and_signs_of_life_follow(muster):
    with dial(muster) as connection:
        connection.sendall(ASSOCIATE)
        answer = frame(connection)
        # AkkaProtocolMessage { instruction { command ASSOCIATE, handshake { origin { system "server" … } } } }
        assert answer[4] == 0x12 and b"\x0a\x06server" in answer
        assert frame(connection) == SIGN_OF_LIFE


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xff", ASSOCIATE + b"\x7f" * 8])
def test_garbage_costs_its_own_connection_only(muster, said):
    with dial(muster) as other, dial(muster) as connection:
        connection.sendall(said)
        with pytest.raises(ConnectionResetError):
            while frame(connection) is not None:
                pass
        other.sendall(ASSOCIATE)
        assert b"\x0a\x06server" in frame(other)


def test_a_stopped_server_lets_go_of_its_workers_at_once(start_muster):
    server = start_muster()
    with dial(server) as connection:
        connection.sendall(ASSOCIATE)
        assert frame(connection)
        server.stop()
        # A reset, not a farewell: only then official workers dial again at once.
        with pytest.raises(ConnectionResetError):
            while frame(connection) is not None:
                pass
