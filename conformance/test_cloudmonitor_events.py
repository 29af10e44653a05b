"""CloudMonitor's events, event rules and their targets through the official Python client, in both of its signatures."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlparse

import pytest
from cloudmonitor import CloudMonitor, Refused, eventually, models


@pytest.fixture(params=["v1", "v3"])
def monitor(request, muster):
    return CloudMonitor(muster, request.param)


class Sink:
    """Takes callbacks: (method, path, query, body)."""

    def __init__(self):
        self.calls = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                url = urlparse(self.path)
                sink.calls.append((self.command, url.path, parse_qs(url.query), body, self.headers["Content-Type"]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = answer

            def log_message(self, *_):
                """Tests are silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.server.shutdown()
    sink.server.server_close()


def put_events(monitor, *events):
    info = [models.PutCustomEventRequestEventInfo(**event) for event in events]
    answer = monitor.put_custom_event(event_info=info)
    assert (answer.code, answer.message) == ("200", "success")


def put_rule(monitor, name, **fields):
    pattern = {"product": "*", **fields.pop("pattern", {})}
    patterns = [models.PutEventRuleRequestEventPattern(**pattern)]
    answer = monitor.put_event_rule(rule_name=name, event_pattern=patterns, **fields)
    assert (answer.code, answer.success, answer.data) == ("200", True, "1")


def test_custom_events_are_listed_counted_and_found(monitor, name):
    event = name("deploy")
    put_events(
        monitor,
        {"event_name": event, "content": "version 7 is out", "group_id": "7"},
        {"event_name": event, "content": "version 7 is out", "group_id": "7"},
        {"event_name": event, "content": "eve", "time": str(int(time.time() * 1000) - 60_000)},
    )
    listed = monitor.describe_custom_event_attribute(name=event)
    assert (listed.code, listed.success) == ("200", "true")
    found = listed.custom_events.custom_event
    assert [one.content for one in found] == ["version 7 is out", "version 7 is out", "eve"]
    assert {one.group_id for one in found} == {"7", "0"} and len({one.id for one in found}) == 3
    by_id = monitor.describe_custom_event_attribute(event_id=found[2].id).custom_events.custom_event
    assert [one.name for one in by_id] == [event]
    words = monitor.describe_custom_event_attribute(name=event, search_keywords="version and out or nothing")
    assert len(words.custom_events.custom_event) == 2
    counted = monitor.describe_custom_event_count(name=event).custom_event_counts.custom_event_count
    assert [(one.name, one.num) for one in counted] == [(event, 3)]
    along = monitor.describe_custom_event_histogram(name=event).event_histograms.event_histogram
    assert sum(one.count for one in along) == 3
    assert all(one.end_time > one.start_time for one in along)


def test_a_rule_is_shown_switched_and_deleted(monitor, name):
    rule = name("rule")
    pattern = {
        "product": "ECS",
        "event_type_list": ["Exception"],
        "level_list": ["CRITICAL", "WARN"],
        "name_list": ["Instance:Reboot:Executing"],
        "status_list": ["Executing"],
        "sqlfilter": "i-1 and Executing",
        "custom_filters": "i-1",
    }
    put_rule(monitor, rule, pattern=pattern, description="d", group_id="7", silence_time=60, state="DISABLED")

    def listed(**fields):
        return monitor.describe_event_rule_list(name_prefix=rule, **fields)

    only = listed().event_rules.event_rule[0]
    assert (only.name, only.state, only.event_type, only.description) == (rule, "DISABLED", "SYSTEM", "d")
    assert (only.group_id, only.silence_time, listed().total) == ("7", 60, 1)
    shown = only.event_pattern.event_pattern[0]
    assert (shown.product, shown.sqlfilter, shown.custom_filters) == ("ECS", "i-1 and Executing", "i-1")
    assert shown.level_list.level_list == ["CRITICAL", "WARN"]
    assert shown.name_list.name_list == ["Instance:Reboot:Executing"]
    assert shown.event_type_list.event_type_list == ["Exception"]
    # Terraform reads the pattern's members one step higher.
    raw = monitor.raw("DescribeEventRuleList", NamePrefix=rule)["EventRules"]["EventRule"][0]["EventPattern"]
    assert (raw["Product"], raw["LevelList"]["LevelList"]) == ("ECS", ["CRITICAL", "WARN"])
    one = monitor.describe_event_rule_attribute(rule_name=rule).result
    assert (one.name, one.state, one.event_pattern.product) == (rule, "DISABLED", "ECS")
    assert one.event_pattern.status_list.status_list == ["Executing"]
    assert listed(is_enable=True).total == 0
    monitor.enable_event_rules(rule_names=[rule])
    assert listed(is_enable=True).total == 1
    monitor.disable_event_rules(rule_names=[rule])
    assert listed(is_enable=True).total == 0
    monitor.delete_event_rules(rule_names=[rule])
    assert listed().total == 0
    for call in (monitor.delete_event_rules, monitor.enable_event_rules):
        with pytest.raises(Refused) as caught:
            call(rule_names=[rule])
        assert (caught.value.status, caught.value.code) == (404, "ResourceNotFound")


def test_targets_are_put_shown_and_deleted(monitor, name):
    rule = name("rule")
    put_rule(monitor, rule)
    answer = monitor.put_event_rule_targets(
        rule_name=rule,
        contact_parameters=[
            models.PutEventRuleTargetsRequestContactParameters(id="1", contact_group_name="ops", level="3")
        ],
        webhook_parameters=[
            models.PutEventRuleTargetsRequestWebhookParameters(id="2", protocol="http", method="GET", url="http://h/x")
        ],
        mns_parameters=[models.PutEventRuleTargetsRequestMnsParameters(id="3", region="cn-hangzhou", queue="q")],
        fc_parameters=[
            models.PutEventRuleTargetsRequestFcParameters(
                id="4", region="cn-hangzhou", service_name="s", function_name="f"
            )
        ],
        sls_parameters=[
            models.PutEventRuleTargetsRequestSlsParameters(id="5", region="cn-hangzhou", project="p", log_store="l")
        ],
    )
    assert (answer.success, answer.failed_parameter_count) == (True, "0")
    shown = monitor.describe_event_rule_target_list(rule_name=rule)
    contact = shown.contact_parameters.contact_parameter[0]
    assert (contact.id, contact.contact_group_name, contact.level) == ("1", "ops", "3")
    hook = shown.webhook_parameters.webhook_parameter[0]
    assert (hook.id, hook.protocol, hook.method, hook.url) == ("2", "http", "GET", "http://h/x")
    queue = shown.mns_parameters.mns_parameter[0]
    assert (queue.queue, queue.arn.split(":")[-1]) == ("q", "/queues/q/message")
    assert shown.fc_parameters.fcparameter[0].function_name == "f"
    assert shown.sls_parameters.sls_parameter[0].log_store == "l"
    monitor.delete_event_rule_targets(rule_name=rule, ids=["1", "2", "3", "4"])
    shown = monitor.describe_event_rule_target_list(rule_name=rule)
    assert shown.contact_parameters.contact_parameter == []
    assert len(shown.sls_parameters.sls_parameter) == 1


def test_a_drill_reaches_a_group_and_its_callbacks(muster, name, sink):
    monitor = CloudMonitor(muster)
    rule, group, contact, product = name("rule"), name("group"), name("contact"), name("product")
    robot = models.PutContactRequestChannels(ding_web_hook=f"{sink.url}/robot/{contact}")
    monitor.put_contact(contact_name=contact, describe="on call", channels=robot)
    monitor.put_contact_group(contact_group_name=group, contact_names=[contact])
    put_rule(monitor, rule, pattern={"product": product, "level_list": ["CRITICAL"]}, silence_time=3600)
    monitor.put_event_rule_targets(
        rule_name=rule,
        contact_parameters=[
            models.PutEventRuleTargetsRequestContactParameters(id="1", contact_group_name=group, level="4")
        ],
        webhook_parameters=[
            models.PutEventRuleTargetsRequestWebhookParameters(id=way, protocol="http", method=way, url=f"{sink.url}/{way}")
            for way in ["POST", "GET"]
        ],
    )
    content = {"product": product, "resourceId": "i-1", "regionId": "cn-hangzhou", "level": "CRITICAL"}
    event = "Instance:SystemFailure.Reboot:Executing"
    answer = monitor.send_dry_run_system_event(product=product, event_name=event, event_content=json.dumps(content))
    assert (answer.code, answer.success) == ("200", "true")
    monitor.send_dry_run_system_event(
        product=product, event_name=event, event_content=json.dumps(content | {"level": "INFO"})
    )
    calls = eventually(lambda: len(sink.calls) == 3 and {one[1]: one for one in sink.calls}, "three callbacks")
    method, _, _, body, content_type = calls["/POST"]
    told = json.loads(body)
    assert (method, content_type) == ("POST", "application/json")
    assert (told["name"], told["level"], told["status"], told["resourceId"]) == (event, "CRITICAL", "Executing", "i-1")
    assert (told["product"], told["userId"], told["drill"]) == (product, muster.credentials["account_id"], True)
    method, _, query, body, _ = calls["/GET"]
    assert (method, query["name"], query["level"], body) == ("GET", [event], ["CRITICAL"], b"")
    robot_text = json.loads(calls[f"/robot/{contact}"][3])["markdown"]["text"]
    assert "i-1" in robot_text and rule in robot_text
    listed = monitor.describe_system_event_attribute(product=product).system_events.system_event
    assert sorted(one.level for one in listed) == ["CRITICAL", "INFO"]
    counted = monitor.describe_system_event_count(product=product, level="CRITICAL")
    assert [one.num for one in counted.system_event_counts.system_event_count] == [1]
    along = monitor.describe_system_event_histogram(product=product)
    assert sum(one.count for one in along.system_event_histograms.system_event_histogram) == 2
    meta = monitor.raw("DescribeSystemEventMetaList")["Data"]["Resource"]
    assert {one["Level"] for one in meta if one["Product"] == product} == {"CRITICAL", "INFO"}


def test_what_cannot_be_is_refused(monitor, name):
    for events in [
        [{"event_name": name(), "content": ""}],
        [{"event_name": name(), "content": "x", "time": "soon"}],
        [{"event_name": name(), "content": "x"}] * 101,
    ]:
        with pytest.raises(Refused) as caught:
            put_events(monitor, *events)
        assert caught.value.status == 400
    with pytest.raises(Refused) as caught:
        put_rule(monitor, name(), pattern={"sqlfilter": "("})
    assert (caught.value.status, caught.value.code) == (400, "InvalidParameterValue")
