"""What the tests of Alibaba's platform and of SchedulerX share: the official clients in each of their signatures, and
requests signed by hand in the forms that no installed client sends."""

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import xml.etree.ElementTree

from alibabacloud_schedulerx220190430 import models
from alibabacloud_schedulerx220190430.client import Client
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi import utils_models
from conftest import opener
from darabonba.exceptions import DaraException

__all__ = ["Answer", "Key", "Refused", "SchedulerX", "Signed", "models", "send", "sts", "sts_models"]

# The clients' own names: V3 is their default, "v2" is what the platform calls version 1.
SIGNATURES = {"v3": None, "v1": "v2", "sm3": "ACS3-HMAC-SM3"}


class Key:
    """An access key, with a token when it is temporary."""

    def __init__(self, id, secret, token=None):
        self.id, self.secret, self.token = id, secret, token

    @classmethod
    def of(cls, muster):
        return cls(muster.credentials["access_key_id"], muster.credentials["access_key_secret"])


class Refused(Exception):
    """An error answer, as the client understood it."""

    def __init__(self, error):
        super().__init__(f"{error.status_code} {error.code}: {error.message}")
        self.status, self.code, self.message = error.status_code, error.code, error.message
        self.detail = getattr(error, "access_denied_detail", None)


def config(muster, key, signature):
    return utils_models.Config(
        access_key_id=key.id,
        access_key_secret=key.secret,
        security_token=key.token,
        endpoint=muster.host,
        protocol="HTTP",
        region_id="cn-hangzhou",
        signature_algorithm=SIGNATURES[signature],
    )


class Official:
    """An official client: `client.create_namespace(name=…)` is the typed call and returns its answer's body."""

    def __init__(self, client, models, defaults):
        self.client, self.models, self.defaults = client, models, defaults

    def __getattr__(self, operation):
        call = getattr(self.client, operation)
        request_class = getattr(self.models, "".join(word[0].upper() + word[1:] for word in operation.split("_")) + "Request", None)

        def run(**fields):
            try:
                if request_class is None:
                    return call().body
                known = vars(request_class())
                defaults = {name: value for name, value in self.defaults.items() if name in known}
                return call(request_class(**(defaults | fields))).body
            except DaraException as error:
                raise Refused(error) from None

        return run


def SchedulerX(muster, signature="v3", key=None):
    return Official(Client(config(muster, key or Key.of(muster), signature)), models, {"region_id": "cn-hangzhou"})


def sts(muster, signature="v3", key=None):
    return Official(StsClient(config(muster, key or Key.of(muster), signature)), sts_models, {})


class Answer:
    """Status, headers and body as they came."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def xml(self):
        return xml.etree.ElementTree.fromstring(self.body)

    @property
    def refusal(self):
        """Status and code; every refusal has the platform's envelope, with texts only."""
        assert self.status >= 400, self.body
        answer = self.json
        for name in ("RequestId", "HostId", "Code", "Message", "Recommend"):
            assert isinstance(answer[name], str) and answer[name], answer
        assert answer["RequestId"] == self.headers["x-acs-request-id"] == answer["RequestId"].upper()
        return self.status, answer["Code"]


def send(muster, method="POST", query="", headers=None, body=b"", path="/"):
    """A request as it stands."""
    target = f"{muster.http}{path}" + (f"?{query}" if query else "")
    request = urllib.request.Request(target, data=body or None, method=method, headers=headers or {})
    if not body:
        request.add_unredirected_header("Content-Length", "0")
    try:
        with opener.open(request, timeout=30) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def quote(text):
    return urllib.parse.quote(str(text), safe="-_.~")


def now(offset_seconds=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset_seconds))


class Signed:
    """A request signed by hand, which a test may still change before it is sent.

    `form` is one of F1 to F7: F1 V3 query POST, F2 V3 query GET, F3 V3 form body, F4 V1 query POST, F5 V1 with the
    operation's parameters in a form body (Terraform), F6 V1 query GET, F7 V1 with everything in a form body.
    """

    def __init__(self, muster, form, action, parameters, version="2019-04-30", key=None, time_offset=0, extra=None):
        self.muster, self.form = muster, form
        key = key or Key.of(muster)
        self.method = "GET" if form in ("F2", "F6") else "POST"
        self.query, self.body, self.headers = {}, {}, {}
        if form in ("F1", "F2", "F3"):
            self._v3(key, action, version, dict(parameters), now(time_offset), extra or {})
        else:
            self._v1(key, action, version, dict(parameters), now(time_offset), extra or {})

    def _v1(self, key, action, version, parameters, date, extra):
        platform = {
            "Action": action,
            "Version": version,
            "Format": "JSON",
            "AccessKeyId": key.id,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": str(uuid.uuid4()),
            "SignatureType": "",
            "Timestamp": date,
        } | extra
        if key.token:
            platform["SecurityToken"] = key.token
        platform = {name: value for name, value in platform.items() if value is not None}
        pairs = sorted((platform | parameters).items(), key=lambda pair: pair[0].encode())
        canonical = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
        text = f"{self.method}&%2F&{quote(canonical)}"
        digest = hmac.new(f"{key.secret}&".encode(), text.encode(), hashlib.sha1).digest()
        platform["Signature"] = base64.b64encode(digest).decode()
        if self.form == "F5":
            self.query, self.body = platform, parameters
            self.headers |= {"x-acs-action": action, "x-acs-version": version}
        elif self.form == "F7":
            self.body = platform | parameters
        else:
            self.query = platform | parameters
        self.headers["Content-Type"] = "application/x-www-form-urlencoded"

    def _v3(self, key, action, version, parameters, date, extra):
        if self.form == "F3":
            self.body = parameters
            self.headers["content-type"] = "application/x-www-form-urlencoded"
        else:
            self.query = parameters
        self.headers |= {
            "host": self.muster.host,
            "accept": "application/json",
            "x-acs-action": action,
            "x-acs-version": version,
            "x-acs-date": date,
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(self.encoded_body()).hexdigest(),
        } | extra
        if key.token:
            self.headers |= {"x-acs-accesskey-id": key.id, "x-acs-security-token": key.token}
        names = sorted(name for name in self.headers if name in ("host", "content-type") or name.startswith("x-acs-"))
        pairs = sorted(self.query.items(), key=lambda pair: pair[0].encode())
        query = "&".join(f"{name}={quote(value)}" for name, value in pairs)
        headers = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)
        signed = ";".join(names)
        canonical = f"{self.method}\n/\n{query}\n{headers}\n{signed}\n{self.headers['x-acs-content-sha256']}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        self.headers["authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={key.id},SignedHeaders={signed},Signature={signature}"
        )

    def encoded_body(self):
        # A blank becomes a plus sign on the wire, though it is signed as %20.
        return urllib.parse.urlencode(self.body).encode()

    def send(self):
        return send(self.muster, self.method, urllib.parse.urlencode(self.query), self.headers, self.encoded_body())
