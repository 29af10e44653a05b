"""Rules on pushed metrics, from the sample to the robot and the callback, and the log that accounts for it."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.parse

import pytest
from cloudmonitor import CloudMonitor, Refused, eventually, models
from conftest import unique

MINUTE_MS = 60_000
SECRET = "callbacks of the night shift"
FIELDS = (
    "lastTime rawMetricName expression metricName instanceName signature transId groupId regionName productGroupName "
    "metricProject userId curValue unit alertName regionId namespace triggerLevel alertState preTriggerLevel ruleId "
    "dimensions timestamp"
).split()


class Sink(http.server.ThreadingHTTPServer):
    """Keeps what is posted to it, and answers as robots do."""

    def __init__(self):
        sink = self
        self.posts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                sink.posts.append((self.path, self.headers["Content-Type"], body))
                answer = b'{"errcode":0,"errmsg":"ok"}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}/{path}"

    def at(self, path):
        return [(kind, body) for where, kind, body in list(self.posts) if where == f"/{path}"]


@pytest.fixture
def sink():
    server = Sink()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def server(start_muster):
    return start_muster(config=f'[alarms]\nsettle_s = 0\ncallback_secret = "{SECRET}"\n')


def level(operator, threshold, times, name):
    return models.__dict__[f"PutResourceMetricRuleRequestEscalations{name}"](
        statistics="Average", comparison_operator=operator, threshold=str(threshold), times=times
    )


def minutes_ago(count):
    """The middle of a whole minute."""
    now = int(time.time() * 1000)
    return now // MINUTE_MS * MINUTE_MS - count * MINUTE_MS + MINUTE_MS // 2


def early_in_a_minute():
    """Waits until much of the minute is left: what is judged is the last complete one."""
    eventually(lambda: time.time() % 60 < 35, "the beginning of a minute")


def push(monitor, metric, host, *values):
    """One value for each of the last complete minutes, the last value for the latest of them."""
    at = [minutes_ago(len(values) - place) for place in range(len(values))]
    monitor.put_custom_metric(
        metric_list=[
            models.PutCustomMetricRequestMetricList(
                group_id="0",
                metric_name=metric,
                dimensions=json.dumps({"host": host}),
                type="0",
                values=json.dumps({"value": value}),
                time=str(instant),
            )
            for instant, value in zip(at, values)
        ]
    )


def log(monitor, rule):
    rows = monitor.raw("DescribeAlertLogList", RuleId=rule, PageSize=100)["AlertLogList"]
    return sorted(rows, key=lambda row: (int(row["AlertTime"]), int(row["LogId"])))


def form(body):
    return urllib.parse.parse_qsl(body, keep_blank_values=True, strict_parsing=True)


def test_an_alarm_reaches_people_and_callbacks_and_is_accounted_for(server, sink):
    monitor = CloudMonitor(server)
    metric, rule, account = unique("load"), unique("rule"), server.credentials["account_id"]
    monitor.put_contact(
        contact_name="Alice",
        describe="on call",
        channels=models.PutContactRequestChannels(mail="alice@example.com", ding_web_hook=sink.url("robot")),
    )
    monitor.put_contact_group(contact_group_name="ops", contact_names=["Alice"])
    monitor.put_resource_metric_rule(
        rule_id=rule,
        rule_name="load is high",
        namespace=f"acs_customMetric_{account}",
        metric_name=metric,
        resources=json.dumps([{"host": "a"}]),
        contact_groups="ops",
        period="60",
        webhook=sink.url("hook"),
        escalations=models.PutResourceMetricRuleRequestEscalations(
            critical=level("GreaterThanThreshold", 50, 1, "Critical"),
            info=level("GreaterThanThreshold", 5, 2, "Info"),
        ),
    )
    early_in_a_minute()
    push(monitor, metric, "b", 99, 99)
    push(monitor, metric, "a", 9, 9)
    eventually(lambda: len(sink.at("hook")) == 1, "a callback for information")
    # More values of the same minute change its average: to 100, then to 0.
    push(monitor, metric, "a", 191)
    eventually(lambda: len(sink.at("hook")) == 2, "a callback for what has become critical")
    push(monitor, metric, "a", -200)
    eventually(lambda: len(sink.at("hook")) == 3, "a callback for the recovery")
    calls = [form(body) for _, body in sink.at("hook")]
    assert {kind for kind, _ in sink.at("hook")} == {"application/x-www-form-urlencoded; charset=UTF-8"}
    assert [name for name, _ in calls[0]] == FIELDS
    states = [[dict(call)[name] for name in ("triggerLevel", "preTriggerLevel", "alertState")] for call in calls]
    assert states == [["INFO", "null", "ALERT"], ["CRITICAL", "INFO", "ALERT"], ["OK", "CRITICAL", "OK"]]
    for call in calls:
        fields = dict(call)
        signed = "&".join(sorted(f"{name}={value}" for name, value in call if name != "signature"))
        key = hmac.new(SECRET.encode(), account.encode(), hashlib.sha256).hexdigest()
        expected = base64.b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        assert fields["signature"] == expected
        assert (fields["ruleId"], fields["rawMetricName"], fields["groupId"]) == (rule, metric, "null")

    rows = eventually(lambda: [row for row in [log(monitor, rule)] if len(row) == 3], "three rows")[0]
    assert [row["LevelChange"] for row in rows][1:] == ["P4->P2", "P2->OK"]
    assert {row["SendStatus"] for row in rows} == {"0"}
    eventually(lambda: len(sink.at("robot")) == 3, "three messages of the robot, and no others")
    for row in eventually(
        lambda: [rows for rows in [log(monitor, rule)] if all(row["SendResultList"] for row in rows)], "all sent"
    )[0]:
        # The mail address was never confirmed: nothing was sent there.
        assert row["ContactMailList"] == [] and row["ContactGroups"] == ["ops"]
        assert row["SendResultList"] == [{"Key": "DING", "Value": [sink.url("robot")]}]
        assert row["WebhookList"] == [{"code": "200", "message": "HTTP 200", "url": sink.url("hook")}]
        assert row["SendDetail"]["ResultCode"] == "success"
    history = monitor.raw("DescribeAlertHistoryList", RuleId=rule)
    assert (history["Total"], [row["State"] for row in history["AlarmHistoryList"]["AlarmHistory"]]) == ("2", ["ALARM"] * 2)
    counts = monitor.raw("DescribeAlertLogCount", GroupBy="level", RuleId=rule)["AlertLogCount"]
    assert {entry["Logs"][0]["Value"]: entry["Count"] for entry in counts} == {"P4": 1, "P2": 1, "OK": 1}
    [shown] = monitor.raw("DescribeMetricRuleList", RuleIds=rule)["Alarms"]["Alarm"]
    assert shown["AlertState"] == "OK"


def test_a_disabled_rule_and_a_deleted_contact_are_silent(server, sink):
    monitor = CloudMonitor(server)
    metric, rule, account = unique("load"), unique("rule"), server.credentials["account_id"]
    monitor.put_contact(
        contact_name="Bob", describe="", channels=models.PutContactRequestChannels(ding_web_hook=sink.url("bob"))
    )
    monitor.put_contact_group(contact_group_name="night", contact_names=["Bob"])
    monitor.put_resource_metric_rule(
        rule_id=rule,
        rule_name="any load",
        namespace=f"acs_customMetric_{account}",
        metric_name=metric,
        contact_groups="night",
        escalations=models.PutResourceMetricRuleRequestEscalations(
            warn=level("GreaterThanThreshold", 5, 1, "Warn"),
        ),
    )
    push(monitor, metric, "a", 9)
    eventually(lambda: sink.at("bob"), "the first message")
    alerting = monitor.raw("DescribeAlertingMetricRuleResources", RuleId=rule)
    assert (alerting["Total"], alerting["Resources"]["Resource"][0]["Level"]) == (1, 3)
    monitor.delete_contact(contact_name="Bob")
    push(monitor, metric, "b", 9)
    rows = eventually(lambda: [rows for rows in [log(monitor, rule)] if len(rows) > 1], "a row of the second host")[0]
    assert rows[-1]["SendStatus"] == "4" and rows[-1]["SendResultList"] == []
    monitor.disable_metric_rules(rule_id=[rule])
    assert monitor.raw("DescribeAlertingMetricRuleResources", RuleId=rule)["Total"] == 0
    assert len(sink.at("bob")) == 1


def test_rules_that_cannot_be_judged_are_refused(muster):
    monitor = CloudMonitor(muster)
    for fields in ({"namespace": "acs_prometheus"}, {"resources": "x"}, {"period": "90"}):
        wanted = {
            "rule_id": unique("rule"),
            "rule_name": "none",
            "namespace": "acs_ecs_dashboard",
            "metric_name": "cpu_total",
            "contact_groups": "",
            "escalations": models.PutResourceMetricRuleRequestEscalations(
                warn=level("GreaterThanThreshold", 5, 1, "Warn")
            ),
        } | fields
        with pytest.raises(Refused):
            monitor.put_resource_metric_rule(**wanted)
