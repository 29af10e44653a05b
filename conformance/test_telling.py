"""Messages that really go out: mail to a real SMTP server on loopback, robots to a sink, files where there is no gateway."""

import base64
import contextlib
import datetime
import email
import email.policy
import hashlib
import hmac
import http.server
import ipaddress
import json
import re
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cloudmonitor import CloudMonitor, eventually, models
from conftest import opener
from cryptography import x509  # comes with the official clients
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Mailbox:
    """What an SMTP server does with mails: keeps them, after refusing the first `refusals`."""

    def __init__(self, refusals=0, refusal="451 come back later"):
        self.mails, self.tries = [], 0
        self.refusals, self.refusal = refusals, refusal

    async def handle_DATA(self, _server, _session, envelope):
        self.tries += 1
        if self.tries <= self.refusals:
            return self.refusal
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, mail))
        return "250 taken"

    def to(self, address):
        return [mail for _, recipients, mail in list(self.mails) if recipients == [address]]


class AnyPort(Controller):
    """Takes a free port, and dials that one when it checks whether it listens."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextlib.contextmanager
def smtp(mailbox, port=0, **options):
    controller = AnyPort(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def mail_settings(port, more="", security="none"):
    return f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "{security}"\nfrom = "Muster <ops@muster.example>"\n{more}'


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def link_in(text):
    return re.search(r"^http://\S+/public/activations/[0-9a-f]+$", text, re.MULTILINE).group()


def put_mail(monitor, contact, address, **fields):
    monitor.put_contact(contact_name=contact, describe="", channels=models.PutContactRequestChannels(mail=address), **fields)


def first_attempt(muster):
    """How the first attempt ended to send the server's only message."""

    def ended():
        [message] = muster.cli_json("message", "list")
        attempts = muster.cli_json("message", "show", message["id"])["attempts"]
        return [attempt for attempt in attempts if attempt["outcome"] != "running"]

    return eventually(ended, "the end of the first attempt")[0]


def test_a_mail_goes_out_and_its_link_activates(start_muster):
    mailbox = Mailbox()
    with smtp(mailbox) as port:
        muster = start_muster(config=mail_settings(port))
        monitor = CloudMonitor(muster)
        put_mail(monitor, "Alice", "alice@example.com", lang="en")
        mail = eventually(lambda: mailbox.to("alice@example.com"), "the mail that asks for confirmation")[0]
        assert (mail["From"], mail["To"]) == ("Muster <ops@muster.example>", "alice@example.com")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"].endswith("@muster.example>")
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        link = link_in(text_of(mail))
        assert link.startswith(muster.http)
        assert link in mail.get_body(("html",)).get_content()

        # Opening the link shows a page and changes nothing: mail scanners open links, too.
        for _ in range(2):
            with opener.open(link) as page:
                html = page.read().decode()
                assert page.headers["Content-Type"] == "text/html; charset=utf-8"
                assert page.headers["Referrer-Policy"] == "no-referrer"
                assert "<form method=\"post\">" in html and "alice@example.com" in html
            assert monitor.contact("Alice")["ChannelsState"] == {"Mail": "PENDING"}
        with opener.open(urllib.request.Request(link, method="POST", data=b"")) as page:
            assert page.status == 200
        contact = monitor.contact("Alice")
        assert contact["ChannelsState"] == {"Mail": "OK"}
        assert contact["Channels"]["Mail"] == "alice@example.com"

        # It works once.
        for method, data in (("GET", None), ("POST", b"")):
            with pytest.raises(urllib.error.HTTPError) as gone:
                opener.open(urllib.request.Request(link, method=method, data=data))
            assert gone.value.code == 404
        put_mail(monitor, "Alice", "alice@example.com")
        assert monitor.contact("Alice")["ChannelsState"] == {"Mail": "OK"}


def test_a_contact_is_asked_in_its_language(start_muster):
    mailbox = Mailbox()
    with smtp(mailbox) as port:
        monitor = CloudMonitor(start_muster(config=mail_settings(port)))
        put_mail(monitor, "张三", "zhang@example.com", lang="zh-cn")
        mail = eventually(lambda: mailbox.to("zhang@example.com"), "the mail")[0]
        assert "确认" in mail["Subject"] and "张三" in text_of(mail)


def test_a_wrong_link_is_a_friendly_page(muster):
    for token in ("0" * 48, "x", "0" * 48 + "/..", "%00"):
        for method, data in (("GET", None), ("POST", b"")):
            with pytest.raises(urllib.error.HTTPError) as wrong:
                opener.open(urllib.request.Request(f"{muster.http}/public/activations/{token}", method=method, data=data))
            assert wrong.value.code == 404
            assert "<html" in wrong.value.read().decode()


def test_a_refused_mail_is_tried_again(start_muster):
    mailbox = Mailbox(refusals=1)
    with smtp(mailbox) as port:
        monitor = CloudMonitor(start_muster(config=mail_settings(port)))
        put_mail(monitor, "Bob", "bob@example.com")
        eventually(lambda: mailbox.to("bob@example.com"), "the second attempt")
        assert (mailbox.tries, len(mailbox.mails)) == (2, 1)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_the_gateway_may_want_a_password(start_muster):
    tried = []

    def authenticate(_server, _session, _envelope, _mechanism, login):
        tried.append((login.login, login.password))
        return AuthResult(success=login.password == b"right")

    options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    for password, outcome in (("right", "delivered"), ("wrong", "retry")):
        mailbox = Mailbox()
        with smtp(mailbox, **options) as port:
            muster = start_muster(config=mail_settings(port, f'username = "ops"\npassword = "{password}"\n'))
            put_mail(CloudMonitor(muster), "Alice", "alice@example.com")
            # A wrong password is the operator's to mend: the mail waits for that.
            assert first_attempt(muster)["outcome"] == outcome
            assert (b"ops", password.encode()) in tried
            assert len(mailbox.mails) == (1 if outcome == "delivered" else 0)


def certificate(folder):
    """A certificate for 127.0.0.1 that signs itself: its file, and a context for a server that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail gateway")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "gateway.pem", folder / "gateway.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


@pytest.mark.parametrize("trusted", [True, False])
def test_a_protected_connection_is_verified(start_muster, tmp_path, trusted):
    public, context = certificate(tmp_path)
    mailbox = Mailbox()
    with smtp(mailbox, tls_context=context, require_starttls=True) as port:
        ca_file = f'ca_file = "{public}"\n' if trusted else ""
        muster = start_muster(config=mail_settings(port, ca_file, security="starttls"))
        put_mail(CloudMonitor(muster), "Alice", "alice@example.com")
        attempt = first_attempt(muster)
    assert attempt["outcome"] == ("delivered" if trusted else "retry"), attempt
    assert len(mailbox.mails) == (1 if trusted else 0)


def test_a_mail_survives_a_kill_and_a_gateway_that_was_away(start_muster):
    with smtp(Mailbox()) as port:
        pass  # nobody listens there now
    muster = start_muster(config=mail_settings(port))
    put_mail(CloudMonitor(muster), "Carol", "carol@example.com")
    muster.kill()
    mailbox = Mailbox()
    with smtp(mailbox, port):
        muster.start()
        eventually(lambda: mailbox.to("carol@example.com"), "the mail of before the kill")


def test_without_a_gateway_mails_are_files(muster, name):
    contact = name()
    address = f"{contact}@example.com"
    put_mail(CloudMonitor(muster), contact, address)

    def written():
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in muster.outbox.glob("*.eml")]
        return [mail for mail in mails if mail["To"] == address]

    mail = eventually(written, "a file in the outbox folder")[0]
    assert (muster.outbox.stat().st_mode & 0o777) == 0o700
    with opener.open(urllib.request.Request(link_in(text_of(mail)), method="POST", data=b"")) as page:
        assert page.status == 200
    assert CloudMonitor(muster).contact(contact)["ChannelsState"] == {"Mail": "OK"}


def test_the_operator_can_switch_activation_off(start_muster):
    muster = start_muster(config="[contacts]\nactivation = false\n")
    monitor = CloudMonitor(muster)
    put_mail(monitor, "Dave", "dave@example.com")
    assert monitor.contact("Dave")["ChannelsState"] == {"Mail": "OK"}


def test_a_strict_directory_refuses_unknown_members(start_muster):
    monitor = CloudMonitor(start_muster(config="[contacts]\nstrict = true\n"))
    with pytest.raises(Exception) as refused:
        monitor.put_contact_group(contact_group_name="g", contact_names=["nobody"])
    assert (refused.value.status, refused.value.code) == (404, "ContactNotExists")
    assert monitor.groups() == []


class Robot:
    """A DingTalk robot on loopback: keeps what it is told, and answers with the next of `answers`, the last one for ever."""

    def __init__(self, *answers):
        self.told = []
        robot, left = self, list(answers)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                robot.told.append((self.path, self.headers, json.loads(body)))
                answer = json.dumps(left.pop(0) if len(left) > 1 else left[0]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/robot/send?access_token=t"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


OK = {"errcode": 0, "errmsg": "ok"}


def put_robot(monitor, contact, url, **fields):
    channels = models.PutContactRequestChannels(ding_web_hook=url)
    monitor.put_contact(contact_name=contact, describe="", channels=channels, **fields)


def ended(muster, contact):
    """The newest message for a contact with its attempts, once it has reached its end."""

    def last():
        messages = muster.cli_json("message", "list", "--contact", contact)
        return [message for message in messages[:1] if message["state"] not in ("queued", "sending")]

    message = eventually(last, f"the end of the message to {contact}")[0]
    return muster.cli_json("message", "show", message["id"])


def test_a_robot_is_told(muster, name):
    contact, secret = name("Ding"), "SEC" + "0" * 61
    with Robot(OK) as robot:
        put_robot(CloudMonitor(muster), contact, f"{robot.url}&secret={secret}", lang="zh-cn")
        muster.cli("contact", "test", contact)
        message = ended(muster, contact)
    assert (message["state"], message["medium"], len(message["attempts"])) == ("delivered", "dingtalk", 1)
    [(path, headers, body)] = robot.told
    assert headers["Content-Type"].startswith("application/json")
    assert body["msgtype"] == "markdown" and "CloudMonitor" in body["markdown"]["text"]
    assert contact in body["markdown"]["text"] and "测试" in body["markdown"]["title"]
    query = dict(urllib.parse.parse_qsl(path.partition("?")[2]))
    expected = hmac.new(secret.encode(), f"{query['timestamp']}\n{secret}".encode(), hashlib.sha256).digest()
    assert query["sign"] == base64.b64encode(expected).decode()
    assert query["access_token"] == "t" and "secret" not in query


def test_a_busy_robot_is_told_again_and_a_refusing_one_is_not(muster, name):
    busy, refusing = name("busy"), name("refusing")
    monitor = CloudMonitor(muster)
    with Robot({"errcode": 130101, "errmsg": "send too fast"}, OK) as robot:
        put_robot(monitor, busy, robot.url)
        muster.cli("contact", "test", busy)
        message = ended(muster, busy)
        assert [attempt["outcome"] for attempt in message["attempts"]] == ["retry", "delivered"]
        assert "send too fast" in message["attempts"][0]["detail"]
    with Robot({"errcode": 310000, "errmsg": "keywords not in content"}) as robot:
        put_robot(monitor, refusing, robot.url)
        muster.cli("contact", "test", refusing)
        message = ended(muster, refusing)
        assert (message["state"], len(message["attempts"])) == ("failed", 1)
        assert "keywords not in content" in message["detail"]


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]", "[::ffff:10.0.0.1]", "167772161"])
def test_private_targets_are_not_dialled(muster, name, host):
    contact = name("inner")
    put_robot(CloudMonitor(muster), contact, f"http://{host}/robot")
    muster.cli("contact", "test", contact)
    message = ended(muster, contact)
    assert (message["state"], len(message["attempts"])) == ("failed", 1)
    assert "outbound.allow" in message["detail"]


def test_loopback_is_not_dialled_by_a_server_that_others_can_reach(start_muster):
    muster = start_muster(args=["--listen", "0.0.0.0:0"])
    with Robot(OK) as robot:
        put_robot(CloudMonitor(muster), "loop", robot.url)
        muster.cli("contact", "test", "loop")
        message = ended(muster, "loop")
    assert (message["state"], robot.told) == ("failed", [])
    assert "loopback" in message["detail"]


def test_nothing_goes_to_a_channel_that_waits(muster, name):
    contact = name()
    monitor = CloudMonitor(muster)
    put_mail(monitor, contact, f"{contact}@example.com")
    assert muster.cli_json("contact", "test", contact)["messages"] == []
    muster.cli("contact", "activate", contact, "mail")
    assert monitor.contact(contact)["ChannelsState"] == {"Mail": "OK"}
    assert len(muster.cli_json("contact", "test", contact)["messages"]) == 1


def test_messages_to_a_deleted_contact_are_withdrawn(start_muster):
    with smtp(Mailbox()) as port:
        pass  # nobody listens there now
    muster = start_muster(config=mail_settings(port))
    monitor = CloudMonitor(muster)
    put_mail(monitor, "Eve", "eve@example.com")
    waiting = lambda: [message for message in muster.cli_json("message", "list") if message["attempts"] >= 1]
    eventually(waiting, "the first attempt")
    monitor.delete_contact(contact_name="Eve")
    message = ended(muster, "Eve")
    assert (message["state"], message["detail"]) == ("cancelled", "the contact was deleted")


def test_an_sms_needs_a_gateway(muster, name):
    contact = name()
    channels = models.PutContactRequestChannels(sms="86-13800000000")
    CloudMonitor(muster).put_contact(contact_name=contact, describe="", channels=channels)
    message = ended(muster, contact)
    assert (message["state"], message["medium"]) == ("failed", "sms")
    assert "channel not configured" in message["detail"]
