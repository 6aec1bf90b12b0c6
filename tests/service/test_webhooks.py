"""Messages to shops: signed as the standard says, and never sent where only we can reach."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.server
import ipaddress
import json
import threading
import time

import pytest

from arviz.core.errors import BackendError, InputError
from arviz.jobs.table import JobTable
from arviz.service import deliveries, webhooks
from arviz.service.webhooks import check_webhook, deliver, signed_headers, wait_seconds, webhook_secret

WHSEC = webhook_secret("key", secret=bytes(32))


@pytest.fixture
def shop():
    """A shop's server on this machine that notes what it gets and answers what it is told."""
    got: list[tuple[str, dict, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        status = 204
        location = None

        def do_POST(self):
            got.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(type(self).status)
            if type(self).location:
                self.send_header("Location", type(self).location)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", got, Handler
    server.shutdown()
    server.server_close()


def test_a_message_arrives_with_a_signature_that_fits(shop):
    url, got, _ = shop
    deliver(f"{url}/hook?shop=1", {"type": "job.done"}, identity="j.1", whsec=WHSEC, trusted=["127.0.0.1"])
    path, headers, body = got[0]
    assert path == "/hook?shop=1"
    assert json.loads(body) == {"type": "job.done"}
    signed = f"j.1.{headers['webhook-timestamp']}.".encode() + body
    expected = hmac.digest(base64.b64decode(WHSEC.removeprefix("whsec_")), signed, hashlib.sha256)
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()


def test_the_example_of_the_standard():
    # github.com/standard-webhooks/standard-webhooks, libraries/python, the vector of its tests
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', whsec="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", at=1614265330
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [199 + 101, 400, 500])
def test_a_message_that_is_not_taken_is_told(shop, status):
    url, _, handler = shop
    handler.status = status
    with pytest.raises(BackendError) as caught:
        deliver(url, {}, identity="j.1", whsec=WHSEC, trusted=["127.0.0.1"])
    assert str(status) in caught.value.found


def test_redirects_are_not_followed(shop):
    url, got, handler = shop
    handler.status, handler.location = 302, f"{url}/elsewhere"
    with pytest.raises(BackendError):
        deliver(url, {}, identity="j.1", whsec=WHSEC, trusted=["127.0.0.1"])
    assert len(got) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "ftp://example.com/x",
        "https://user:word@example.com/",
        "https:///x",
        "https://example.com:99999/",
        "https://[::1/",
        "file:///etc/passwd",
    ],
)
def test_addresses_of_other_kinds_are_refused(url):
    with pytest.raises(InputError) as caught:
        check_webhook(url)
    assert caught.value.code == "E_WEBHOOK"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
        "[fe80::1]",
        "2130706433",
        "0x7f.1",
    ],
)
def test_addresses_inside_are_never_connected_to(host, monkeypatch):
    def connected(*_, **__):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(webhooks.socket, "create_connection", connected)
    with pytest.raises((InputError, BackendError)) as caught:
        deliver(f"https://{host}/", {}, identity="j.1", whsec=WHSEC)
    assert caught.value.code in ("E_WEBHOOK", "E_WEBHOOK_FAILED")  # the last two forms are not looked up everywhere


@pytest.mark.parametrize("address", ["https://a..b/", f"https://{'a' * 64}.example/", "http://127.0.0.1:9/ü", "http://127.0.0.1:9/a b"])
def test_addresses_that_no_message_can_name_fail_as_others_do(address):
    with pytest.raises((InputError, BackendError)) as caught:
        deliver(address, {}, identity="j.1", whsec=WHSEC, trusted=["127.0.0.1"])
    assert caught.value.code == "E_WEBHOOK_FAILED"


def test_a_name_that_nobody_answers_for_is_given_up(monkeypatch):
    answered = threading.Event()
    monkeypatch.setattr(webhooks, "SECONDS", 0.2)
    monkeypatch.setattr(webhooks.socket, "getaddrinfo", lambda *asked, **more: answered.wait(60))
    try:
        with pytest.raises(BackendError) as error:
            deliver("https://shop.example/told", {}, identity="j", whsec=WHSEC)
    finally:
        answered.set()
    assert (error.value.code, error.value.found) == ("E_WEBHOOK_FAILED", "TimeoutError")


def test_an_answer_that_drips_is_cut(shop, monkeypatch):
    url, _, handler = shop
    monkeypatch.setattr(webhooks, "_MOST_SECONDS", 0.3)

    def drip(request):
        with contextlib.suppress(OSError):
            for _ in range(200):  # each letter is in time
                request.wfile.write(b"H")
                time.sleep(0.1)

    handler.do_POST = drip
    begun = time.monotonic()
    with pytest.raises(BackendError) as caught:
        deliver(url, {}, identity="j.1", whsec=WHSEC, trusted=["127.0.0.1"])
    assert caught.value.code == "E_WEBHOOK_FAILED"
    assert time.monotonic() - begun < 15  # of the 20 that it would drip


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True), ("64:ff9b::5db8:d70e", True), ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False), ("::ffff:93.184.215.14", True), ("100.64.0.1", False), ("224.0.0.1", False), ("fc00::1", False),
        ("::127.0.0.1", False), ("::ffff:0:10.0.0.1", False), ("64:ff9b:1::a00:1", False), ("fec0::1", False), ("ff0e::1", False),
    ],
)  # fmt: skip
def test_what_is_public(text, public):
    assert webhooks._public(ipaddress.ip_address(text)) is public


def test_one_message_that_cannot_be_sent_does_not_keep_the_others(tmp_path, monkeypatch):
    told = []

    def sent(url, *_, **__):
        if "bad" in url:
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        told.append(url)

    monkeypatch.setattr(deliveries, "deliver", sent)
    with JobTable(tmp_path / "jobs.db") as table:
        for url in ("https://bad.example/", "https://good.example/"):
            table.cancel(table.submit("check", {"inputs": {}, "options": {}, "webhook": url})[0].id)
        delivering = deliveries.Deliveries(tmp_path / "webhooks.db", table, secret=bytes(32))
        monkeypatch.setattr(deliveries, "_LOOK_SECONDS", 0.0)
        turns = Turns(2)
        delivering.run(turns)
        assert told == ["https://good.example/"]


def test_messages_that_wait_longest_go_first(tmp_path, monkeypatch):
    """Addresses that never answer, more than are asked at once, come again after a moment; a message that came meanwhile has its turn."""
    asked = []
    now = 0.0

    def sent(url, *_, **__):
        asked.append(url)
        if "dead" in url:
            raise BackendError("E_WEBHOOK_FAILED", "dead")

    monkeypatch.setattr(deliveries, "deliver", sent)
    monkeypatch.setattr(deliveries, "_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(deliveries, "wait_seconds", lambda attempt: 0.0)
    with JobTable(tmp_path / "jobs.db", clock=lambda: now) as table:
        for number in range(3 * deliveries._AT_ONCE):
            now = float(number)
            url = "https://good.example/" if number == 3 * deliveries._AT_ONCE - 1 else f"https://dead.example/{number}"
            table.cancel(table.submit("check", {"inputs": {}, "options": {}, "webhook": url})[0].id)
        deliveries.Deliveries(tmp_path / "webhooks.db", table, secret=bytes(32)).run(Turns(3))
    assert "https://good.example/" in asked


class Turns(threading.Event):
    """The end of a loop, which comes after so many turns."""

    def __init__(self, turns):
        super().__init__()
        self.left = turns

    def wait(self, timeout=None):
        self.left -= 1
        return self.left < 0


def test_every_key_has_a_secret_of_its_own():
    assert webhook_secret("a", secret=bytes(32)) != webhook_secret("b", secret=bytes(32))


def test_waits_grow_to_hours():
    assert [wait_seconds(attempt) for attempt in (1, 2, 3)] == [5.0, 30.0, 180.0]
