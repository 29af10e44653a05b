"""What the tests of Huawei's services share: the official clients, and requests signed by the official signer."""

import contextlib
import json

import requests
from huaweicloudsdkces.v1 import CesClient as CesV1Client
from huaweicloudsdkces.v2 import CesClient as CesV2Client
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

PROJECT = "{project}"


def basic(muster, project_id=None, key=None):
    """Credentials of a project; `key` is (id, secret) of somebody other than the root user."""
    own = muster.credentials
    ak, sk = key or (own["access_key_id"], own["access_key_secret"])
    credentials = BasicCredentials(ak, sk, project_id or own["project_id"])
    return credentials.with_iam_endpoint(muster.http)


def ces_v2(muster, **who):
    return CesV2Client.new_builder().with_credentials(basic(muster, **who)).with_endpoint(muster.http).build()


def ces_v1(muster, **who):
    return CesV1Client.new_builder().with_credentials(basic(muster, **who)).with_endpoint(muster.http).build()


def global_credentials(muster, domain_id=None):
    own = muster.credentials
    return GlobalCredentials(own["access_key_id"], own["access_key_secret"], domain_id).with_iam_endpoint(muster.http)


class Expected:
    """What was refused, filled when the block ends."""

    status = code = message = request_id = None


@contextlib.contextmanager
def refused(status, code=None):
    """The block must end in this refusal, as the SDK understands it."""
    seen = Expected()
    try:
        yield seen
    except ClientRequestException as error:
        seen.status, seen.code, seen.message = error.status_code, error.error_code, error.error_msg
        seen.request_id = error.request_id
        assert seen.status == status, f"{error.status_code} {error.error_code}: {error.error_msg}"
        assert code is None or seen.code == code, f"{error.error_code}: {error.error_msg}"
        assert len(seen.request_id) == 32, seen.request_id
    else:
        raise AssertionError(f"expected a refusal with {status} {code}")


class Plain:
    """Requests as bytes, signed by the official signer. "{project}" in a path stands for the default project.

    `headers` are signed, `unsigned` are added after the signature was made, as Terraform does.
    """

    def __init__(self, muster, key=None):
        self.muster = muster
        own = muster.credentials
        self.key = key or (own["access_key_id"], own["access_key_secret"])

    def __call__(self, method, path, body=None, *, query=(), headers=None, unsigned=None, signer=Signer, tamper=None):
        path = path.replace(PROJECT, self.muster.credentials["project_id"])
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        request = SdkRequest(
            method=method,
            schema="http",
            host=self.muster.host,
            resource_path=path,
            uri=path,
            query_params=list(query),
            header_params={"Content-Type": "application/json"} | dict(headers or {}),
            body=body or b"",
        )
        ak, sk = self.key
        request = signer(type("Key", (), {"ak": ak, "sk": sk})).sign(request)
        request.header_params |= dict(unsigned or {})
        if tamper:
            tamper(request)
        return self.send(method, request.uri, request.body, request.header_params)

    def terraform(self, method, path, body=None, query=()):
        """The layout of Terraform's own signer: few headers signed, the project added afterwards, a line feed at the end
        of a JSON body. Its rule for success is checked too, and the answer's JSON is returned."""

        class TerraformSigner(Signer):
            @classmethod
            def _process_header_host(cls, request):
                """Terraform does not sign the host."""

        if body is not None:
            body = json.dumps(body, separators=(",", ":")).encode() + b"\n"
        answer = self(
            method,
            path,
            body,
            query=query,
            headers={"Accept": "application/json", "User-Agent": "terraform-provider-iac golangsdk/2.0.0"},
            unsigned={"X-Project-Id": self.muster.credentials["project_id"]},
            signer=TerraformSigner,
        )
        return answer

    def anonymous(self, method, path, body=None, headers=None):
        path = path.replace(PROJECT, self.muster.credentials["project_id"])
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.send(method, path, body, {"Content-Type": "application/json"} | dict(headers or {}))

    def send(self, method, uri, body, headers):
        headers = {name: value for name, value in headers.items() if name.lower() != "host"}
        request = requests.Request(method, self.muster.http + "/", data=body or None, headers=headers).prepare()
        # The library would spell the path in its own way; what was signed must go out as it is.
        request.url = self.muster.http + uri
        with requests.Session() as session:
            session.trust_env = False
            answer = session.send(request, timeout=30)
        assert len(answer.headers["X-Request-Id"]) == 32, answer.headers
        return answer
