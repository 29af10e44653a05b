"""Workspace's application streaming through the official Python SDK, and its raw requests signed by the SDK's signer."""

import json
import re
import warnings

import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions import exceptions
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from huaweicloudsdkworkspaceapp.v1 import WorkspaceAppClient, model

models = model
REGION = "cn-north-4"


def check_type(value, declared, place):
    """Fails unless a JSON value has the type that the SDK's models declare. Python takes anything; Go and Java do not."""
    plain = {"str": str, "int": int, "bool": bool}
    inner = re.fullmatch(r"(?:list|dict)[\[(](?:str, )?(.*)[\])]", declared)
    if declared in plain:
        assert type(value) is plain[declared], f"{place}: {value!r} is not {declared}"
    elif declared == "datetime":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value), f"{place}: {value!r}"
    elif declared.startswith("list"):
        for item in value:
            check_type(item, inner[1], f"{place}[]")
    elif declared.startswith("dict"):
        for key, item in value.items():
            check_type(item, inner[1], f"{place}.{key}")
    elif words := {word for name, word in vars(getattr(model, declared)).items() if name.isupper()}:
        assert value in words, f"{place}: {value!r} is none of {words}"
    else:
        fields = getattr(model, declared).openapi_types
        for name, item in value.items():
            if name in fields:
                check_type(item, fields[name], f"{place}.{name}")


class Refused(Exception):
    """A refusal, as the SDK understood it."""

    def __init__(self, error):
        super().__init__(f"{error.status_code} {error.error_code} {error.error_msg}")
        self.status, self.code, self.message = error.status_code, error.error_code, error.error_msg
        self.request_id = error.request_id


class Workspace:
    """A client of one project. `call("create_app_group", body=…)` builds the SDK's request object and sends it."""

    def __init__(self, muster, credentials=None, *, derived=False, project_id=None):
        self.http = muster.http
        known = credentials or muster.credentials
        self.ak, self.sk = known["access_key_id"], known["access_key_secret"]
        self.project_id = project_id or known["project_id"]
        signing = BasicCredentials(self.ak, self.sk, self.project_id)
        builder = WorkspaceAppClient.new_builder()
        if derived:
            signing = signing.with_derived_predicate(lambda request: True)
            # This SDK names no service for the derived key; its gateway would take the endpoint's.
            signing._process_derived_auth_params("workspaceapp", REGION)
            builder = builder.with_region(Region(REGION, muster.http))
        else:
            builder = builder.with_endpoint(muster.http)
        self.client = builder.with_credentials(signing).build()

    def call(self, operation, **fields):
        """The SDK's answer; a warning of the SDK about what it cannot read is an error."""
        camel = "".join(part.capitalize() for part in operation.split("_"))
        request = getattr(model, f"{camel}Request")(**fields)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                answer = getattr(self.client, operation)(request)
            except exceptions.ServiceResponseException as error:
                raise Refused(error) from None
        if answer.status_code != 204:
            check_type(json.loads(answer.raw_content), type(answer).__name__, operation)
        return answer

    def refusal(self, operation, **fields):
        """Status and code of a call that must be refused."""
        try:
            answer = self.call(operation, **fields)
        except Refused as refused:
            assert re.fullmatch("[0-9a-f]{32}", refused.request_id), refused
            assert 0 < len(refused.message) <= 256, refused
            return refused.status, refused.code
        raise AssertionError(f"{operation} was not refused: {answer}")

    def raw(self, method, path, body=b"", *, headers=None, query=()):
        """A request that the SDK would not send, signed by its signer. `path` follows the project."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        path = path if path.startswith("/v") else f"/v1/{self.project_id}{path}"
        request = SdkRequest(
            method=method,
            schema="http",
            host=self.http.removeprefix("http://"),
            resource_path=path,
            uri=path,
            query_params=list(query),
            header_params={"Content-Type": "application/json", **(headers or {})},
            body=body,
        )
        signed = Signer(self).sign(request)
        return requests.request(method, self.http + signed.uri, data=body, headers=signed.header_params, timeout=30)

    def raw_refusal(self, *args, **options):
        """Status and code of a raw request that must be refused with the flat envelope."""
        answer = self.raw(*args, **options)
        body = answer.json()
        assert isinstance(body["error_msg"], str)
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])
        return answer.status_code, body["error_code"]

    # App groups

    def create_app_group(self, name, **fields):
        return self.call("create_app_group", body=model.CreateAppGroupReq(name=name, **fields))

    def update_app_group(self, group_id, **fields):
        return self.call("update_app_group", app_group_id=group_id, body=model.UpdateAppGroupReq(**fields))

    def app_group(self, group_id):
        return self.call("show_app_group_detail", app_group_id=group_id)

    # Server groups

    @staticmethod
    def server_group_body(name, **fields):
        plan = {
            "image_id": "3c7a4b1e-image",
            "image_type": "private",
            "os_type": "Windows",
            "product_id": "workspace.appstream.general.xlarge.2",
            "vpc_id": "vpc-1",
            "subnet_id": "subnet-1",
            "system_disk_type": "SAS",
            "system_disk_size": 80,
        }
        return model.CreateServerGroupReq(name=name, **(plan | fields))

    def create_server_group(self, name, **fields):
        return self.call("create_server_group", body=self.server_group_body(name, **fields))

    def update_server_group(self, group_id, **fields):
        body = model.UpdateServerGroupReq(**fields)
        return self.call("update_server_group", server_group_id=group_id, body=body)

    def server_group(self, group_id):
        return self.call("show_server_group", server_group_id=group_id)

    def delete_server_group(self, group_id):
        return self.call("delete_server_groups", server_group_id=group_id)


def tag(key, value=None):
    return model.TmsTag(key=key, value=value)
