"""What the tests of ZStack share: plain HTTP in the three styles in which its clients write.

The official Java client names a job for every call and polls for its result; the official Go client (and Terraform,
which stands on it) names none; both sign with access keys in the same way. Neither can be had from a registry here, so
their requests are written out, as their sources and the API's manual have them.
"""

import base64
import hashlib
import hmac
import http.client
import json
import re
import urllib.parse
import uuid
from datetime import datetime, timedelta, timezone

ROOT = "/zstack/v1"
DATE = re.compile(r"^\w+ \d{1,2}, \d{4} \d{1,2}:\d{1,2}:\d{1,2} (AM|PM)$")
DATE_MEMBERS = ("createDate", "lastOpDate", "startTime", "stopTime", "expiredDate")
WIRE_ZONE = timezone(timedelta(hours=8))
TARGET = "36c27e8ff05c4780bf6d2fa65700f22e"

# The members that the Java client's classes have; a schema that names another one makes it fail.
MEMBERS = {
    "org.zstack.header.scheduler.SchedulerJobGroupInventory": {
        "uuid", "name", "description", "state", "createDate", "lastOpDate", "jobType", "jobData", "triggersUuid", "jobsUuid",
    },
    "org.zstack.header.scheduler.SchedulerJobInventory": {
        "uuid", "targetResourceUuid", "name", "description", "state", "createDate", "lastOpDate", "jobData", "jobClassName",
        "triggersUuid", "schedulerJobGroupUuids",
    },
    "org.zstack.header.scheduler.SchedulerTriggerInventory": {
        "uuid", "name", "description", "cron", "schedulerType", "schedulerInterval", "repeatCount", "startTime", "stopTime",
        "createDate", "lastOpDate", "jobsUuid", "jobGroupsUuid",
    },
    "org.zstack.header.scheduler.SchedulerJobSchedulerTriggerInventory": {
        "uuid", "schedulerJobUuid", "schedulerTriggerUuid", "createDate", "lastOpDate",
    },
    "org.zstack.header.scheduler.SchedulerJobGroupSchedulerTriggerRefInventory": {
        "schedulerJobGroupUuid", "schedulerTriggerUuid", "createDate", "lastOpDate",
    },
    "org.zstack.header.scheduler.SchedulerJobGroupJobRefInventory": {
        "schedulerJobGroupUuid", "schedulerJobUuid", "priority", "createDate", "lastOpDate",
    },
    "org.zstack.header.identity.SessionInventory": {
        "uuid", "accountUuid", "userUuid", "expiredDate", "createDate",
    },
}


def new_uuid() -> str:
    return uuid.uuid4().hex


def sha512(text: str) -> str:
    return hashlib.sha512(text.encode()).hexdigest()


class Answer:
    def __init__(self, status: int, headers, body: bytes):
        self.status, self.headers, self.text = status, headers, body.decode()

    @property
    def json(self) -> dict:
        assert self.headers["Content-Type"].startswith("application/json"), (self.status, self.text)
        body = json.loads(self.text)
        assert isinstance(body, dict), "the Go client reads members without looking"
        check_shape(body)
        return body

    @property
    def error(self) -> dict:
        assert self.status == 503, (self.status, self.text)
        return self.json["error"]

    @property
    def code(self) -> str:
        return self.error["code"]

    @property
    def inventory(self) -> dict:
        assert self.status == 200, (self.status, self.text)
        return self.json["inventory"]

    @property
    def inventories(self) -> list:
        assert self.status == 200, (self.status, self.text)
        return self.json["inventories"]

    def plain(self, status: int) -> str:
        """The text of a refusal below the API."""
        assert self.status == status, (self.status, self.text)
        assert self.headers["Content-Type"].startswith("text/plain"), self.headers["Content-Type"]
        return self.text


def check_shape(body) -> None:
    """What every client relies on in every answer: no nulls, dates in one form, a schema that fits."""

    def walk(value):
        if isinstance(value, dict):
            for name, item in value.items():
                assert item is not None, f"{name} is null"
                if name in DATE_MEMBERS:
                    assert DATE.match(item), f"{name} is {item!r}"
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk({name: value for name, value in body.items() if name != "schema"})
    for path, class_name in body.get("schema", {}).items():
        value = body
        for step in re.findall(r"\w+", path):
            value = value[int(step)] if isinstance(value, list) else value[step]
        if class_name in MEMBERS:
            assert set(value) <= MEMBERS[class_name], set(value) - MEMBERS[class_name]


class Client:
    """One caller. `style` is "go" (no job is named), "java" (each call names one and polls) or "curl"."""

    def __init__(self, muster, *, session=None, key=None, style="curl"):
        self.muster, self.session, self.key, self.style = muster, session, key, style

    def styled(self, style: str) -> "Client":
        return Client(self.muster, session=self.session, key=self.key, style=style)

    def send(self, method: str, path: str, body=None, headers=None, root=ROOT) -> Answer:
        """Exactly one request and its answer."""
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "*/*"} | dict(headers or {})
        target = root + path
        if "Authorization" not in headers:
            headers |= self.proof(method, target.split("?")[0].removeprefix("/zstack"))
        headers = {name: value for name, value in headers.items() if value is not None}
        data = body if isinstance(body, (bytes, str)) or body is None else json.dumps(body)
        connection = http.client.HTTPConnection(self.muster.host, timeout=30)
        try:
            connection.request(method, target, data.encode() if isinstance(data, str) else data, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def proof(self, method: str, path: str, date: str | None = None) -> dict:
        if self.key:
            date = date or datetime.now(timezone.utc).strftime("%a, %d %b %Y %H:%M:%S UTC")
            signature = hmac.new(self.key[1].encode(), f"{method}\n{date}\n{path}".encode(), hashlib.sha1).digest()
            return {"Date": date, "Authorization": f"ZStack {self.key[0]}:{base64.b64encode(signature).decode()}"}
        if self.session:
            return {"Authorization": f"OAuth {self.session}"}
        return {}

    def call(self, method: str, path: str, body=None, headers=None) -> Answer:
        """The answer as this style's client sees it in the end."""
        headers = dict(headers or {})
        if self.style == "go":
            headers |= {"Accept-Encoding": "*", "User-Agent": "zstack-sdk-go/202206"}
            if self.session:
                headers["x-session-id"] = self.session
        if self.style == "java":
            headers |= {"X-Job-UUID": new_uuid(), "X-JSON-Schema": "true"}
        answer = self.send(method, path, body, headers)
        if answer.status == 202:
            assert method not in ("GET",), "the Java client throws"
            return self.poll(answer)
        return answer

    def poll(self, accepted: Answer) -> Answer:
        # With an access key the Java client has no session to name, and names "null".
        location = accepted.json["location"]
        assert location.count("/zstack/v1/api-jobs") == 1, location
        rest = location.split("/zstack/v1/api-jobs")[1]
        headers = {"Authorization": f"OAuth {self.session or 'null'}"} if self.style == "java" else {"Authorization": None}
        answer = self.send("GET", f"/api-jobs{rest}", headers=headers)
        assert answer.status in (200, 503), "everything here ends within its call"
        return answer

    def get(self, path: str, **query) -> Answer:
        pairs = [(name, value) for name, values in query.items() for value in (values if isinstance(values, list) else [values])]
        text = urllib.parse.urlencode(pairs)
        return self.call("GET", f"{path}?{text}" if text else path)

    def post(self, path: str, params=None, **outer) -> Answer:
        return self.call("POST", path, {"params": params or {}, **outer})

    def put(self, path: str, action: str, **fields) -> Answer:
        return self.call("PUT", path, {action: fields})

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    # What most tests begin with.

    def group(self, name: str, **params) -> dict:
        return self.post("/scheduler/jobgroups", {"name": name, "type": "volumeSnapshot"} | params).inventory

    def job(self, name: str, **params) -> dict:
        params = {"name": name, "type": "volumeSnapshot", "targetResourceUuid": TARGET} | params
        return self.post("/scheduler/jobs", params).inventory

    def trigger(self, name: str, **params) -> dict:
        params = {"name": name, "schedulerType": "cron", "cron": "0 0 3 * * ?"} | params
        return self.post("/scheduler/triggers", params).inventory


def log_in(muster, account=None, password=None) -> Answer:
    password = sha512(password or muster.credentials["password"])
    body = {"logInByAccount": {"accountName": account or muster.credentials["user"], "password": password}}
    return Client(muster).send("PUT", "/accounts/login", body)


def by_session(muster, style="curl") -> Client:
    return Client(muster, session=log_in(muster).inventory["uuid"], style=style)


def by_key(muster, style="curl") -> Client:
    credentials = muster.credentials
    return Client(muster, key=(credentials["access_key_id"], credentials["access_key_secret"]), style=style)


def new_account(muster, name: str) -> Client:
    """Another tenant, signed in as its root user."""
    made = muster.cli_json("account", "create", name)
    return Client(muster, session=log_in(muster, name, made["password"]).inventory["uuid"])


def epoch(date: str) -> int:
    """A printed date as the Go client reads it."""
    return int(datetime.strptime(date, "%b %d, %Y %I:%M:%S %p").replace(tzinfo=WIRE_ZONE).timestamp())


