"""Alarms of SchedulerX's jobs: from a run on the real server to a real SMTP server, a robot and a callback."""

import http.server
import json
import queue
import threading

import pytest
from alibaba import SchedulerX
from alibaba import models as schedulerx
from cloudmonitor import CloudMonitor, eventually, models
from test_telling import OK, Mailbox, Robot, mail_settings, put_robot, smtp, text_of


class Target:
    """What HTTP jobs call and where alarms are posted: `/ok` is fine, `/hang` answers when it is released, all else fails; callbacks
    are kept."""

    def __init__(self):
        self.told, self.released = queue.Queue(), threading.Event()
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/hang":
                    target.released.wait(60)
                self.answer(200 if self.path in ("/ok", "/hang") else 503)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                target.told.put((self.headers, json.loads(body)))
                self.answer(200)

            def answer(self, status):
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def target():
    with Target() as target:
        yield target


def group(client, name, **fields):
    namespace = client.create_namespace(name=name("stage")).data.namespace_uid
    where = {"namespace": namespace, "group_id": name("jobs")}
    made = client.create_app_group(app_name="Billing", **where, **fields)
    assert made.success, made
    return where


def http_job(client, where, url, **fields):
    plain = {"name": "night", "job_type": "http", "execute_mode": "standalone", "time_type": 100}
    plain["content"] = json.dumps({"url": url, "method": "GET", "timeout": 10})
    made = client.create_job(**(plain | where | fields))
    assert made.success, made
    return made.data.job_id


def run(client, where, job):
    executed = client.execute_job(job_id=job, **where)
    assert executed.success, executed
    return executed.data.job_instance_id


CONTACTS = {
    "monitor_config_json": '{"sendChannel":"mail,ding","alarmType":"Contacts"}',
    "monitor_contacts_json": '[{"name":"Rita"},{"name":"Chen"}]',
}


def test_people_are_told_of_a_failure_by_mail_and_robot(start_muster, name, target):
    mailbox = Mailbox()
    with smtp(mailbox) as port, Robot(OK) as robot:
        muster = start_muster(config=mail_settings(port, more="[contacts]\nactivation = false\n"))
        monitor, client = CloudMonitor(muster), SchedulerX(muster)
        channels = models.PutContactRequestChannels(mail="rita@example.com")
        monitor.put_contact(contact_name="Rita", describe="", channels=channels, lang="en")
        put_robot(monitor, "Chen", robot.url, lang="zh-cn")
        where = group(client, name, **CONTACTS)
        job = http_job(client, where, f"{target.url}/broken", fail_enable=True)
        instance = run(client, where, job)
        mail = eventually(lambda: mailbox.to("rita@example.com"), "the mail about the failure")[0]
        assert mail["Subject"] == 'Job "night" failed'
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        text, link = text_of(mail), f"{muster.http}/console/runs/{instance}"
        for fact in (f"Job: night ({job})", f"Application group: {where['group_id']} (Billing)", f"Run: {instance}", "503"):
            assert fact in text, text
        assert "1 of the last 1 runs failed" in text and text.splitlines()[-1] == link
        assert f'href="{link}"' in mail.get_body(("html",)).get_content()
        _, _, told = eventually(lambda: robot.told, "the robot's text")[0]
        assert told["markdown"]["title"] == "任务“night”执行失败" and link in told["markdown"]["text"]
        messages = [row for row in muster.cli_json("message", "list") if row["purpose"] == "job"]
        assert len(messages) == 2 and len(mailbox.mails) == 1


def test_a_callback_gets_the_facts(muster, name, target):
    client = SchedulerX(muster)
    where = group(client, name)
    contact = schedulerx.CreateJobRequestContactInfo(user_name="op", ding=f"{target.url}/hook")
    fields = {"contact_info": [contact], "send_channel": "webhook", "success_notice_enable": True}
    fields |= {"timeout_enable": True, "timeout": 1}
    job = http_job(client, where, f"{target.url}/ok", **fields)
    instance = run(client, where, job)
    headers, body = target.told.get(timeout=20)
    assert (body["event"], body["job_id"], body["instance_id"]) == ("job.success", job, instance)
    assert (body["job_name"], body["group_id"], body["attempt"]) == ("night", where["group_id"], 1)
    assert body["url"] == f"{muster.http}/console/runs/{instance}"
    assert headers["Idempotency-Key"].startswith(body["key"])

    slow = http_job(client, where, f"{target.url}/hang", **fields)
    instance = run(client, where, slow)
    _, body = target.told.get(timeout=20)
    assert (body["event"], body["job_id"], body["instance_id"]) == ("job.too_long", slow, instance)
    target.released.set()
    _, body = target.told.get(timeout=20)
    assert (body["event"], body["instance_id"]) == ("job.success", instance)


def test_outside_of_the_policys_hours_a_message_is_a_row_with_its_reason(muster, name, target):
    client, policy, rita = SchedulerX(muster), name("never"), name("Rita")
    times = {"sendChannel": "webhook", "timezone": "GMT+8", "timeRanges": {"all": []}}
    assert client.create_schedulerx_notification_policy(policy_name=policy, channel_time_range=json.dumps(times)).success
    put_robot(CloudMonitor(muster), rita, f"{target.url}/robot/send?access_token=a")
    where = group(
        client,
        name,
        notification_policy_name=policy,
        monitor_config_json='{"sendChannel":"ding","alarmType":"Contacts"}',
        monitor_contacts_json=json.dumps([{"name": rita}]),
    )
    run(client, where, http_job(client, where, f"{target.url}/broken", fail_enable=True))
    [message] = eventually(lambda: muster.cli_json("message", "list", "--contact", rita), "the row about Rita")
    assert message["state"] == "silenced"
    assert message["detail"] == f"outside of the hours of notification policy {policy}"
    assert target.told.empty()
