"""SMN through the official client: topics that alarms are sent to, their subscribers, messages that arrive."""

import email
import email.policy
import http.server
import json
import threading
import urllib.request

import huaweicloudsdksmn.v2 as smn
import pytest
from cloudmonitor import CloudMonitor, eventually
from conftest import opener, unique
from huawei import basic, refused
from test_telling import link_in, text_of


@pytest.fixture
def client(muster):
    return smn.SmnClient.new_builder().with_credentials(basic(muster)).with_endpoint(muster.http).build()


@pytest.fixture
def topic(client):
    body = smn.CreateTopicRequestBody(name=unique("topic"), display_name="Night shift")
    urn = client.create_topic(smn.CreateTopicRequest(body=body)).topic_urn
    yield urn
    client.delete_topic(smn.DeleteTopicRequest(topic_urn=urn))


def subscribe(client, topic, protocol, endpoint, remark=None):
    body = smn.AddSubscriptionRequestBody(protocol=protocol, endpoint=endpoint, remark=remark)
    return client.add_subscription(smn.AddSubscriptionRequest(topic_urn=topic, body=body)).subscription_urn


def of_topic(client, topic, **query):
    request = smn.ListSubscriptionsByTopicRequest(topic_urn=topic, **query)
    return client.list_subscriptions_by_topic(request)


def detail(client, topic):
    return client.list_topic_details(smn.ListTopicDetailsRequest(topic_urn=topic))


def test_a_topic_from_its_beginning_to_its_end(muster, client):
    name = unique("topic")
    body = smn.CreateTopicRequestBody(name=name, display_name="Night shift")
    made = client.create_topic(smn.CreateTopicRequest(body=body))
    own = muster.credentials
    assert made.topic_urn == f"urn:smn:{own['region']}:{own['project_id']}:{name}"
    assert client.create_topic(smn.CreateTopicRequest(body=body)).topic_urn == made.topic_urn
    shown = detail(client, made.topic_urn)
    assert (shown.name, shown.display_name, shown.push_policy, shown.enterprise_project_id) == (name, "Night shift", 0, "0")
    client.update_topic(
        smn.UpdateTopicRequest(topic_urn=made.topic_urn, body=smn.UpdateTopicRequestBody(display_name="Day shift"))
    )
    listed = client.list_topics(smn.ListTopicsRequest(name=name))
    assert (listed.topic_count, listed.topics[0].display_name, listed.topics[0].topic_id) == (1, "Day shift", shown.topic_id)
    assert client.list_topics(smn.ListTopicsRequest(fuzzy_name=name[2:], limit=1)).topic_count == 1
    assert client.list_topics(smn.ListTopicsRequest(topic_id="0" * 32)).topics == []
    # Its people are a contact group, which CloudMonitor shows too.
    assert name in [group["Name"] for group in CloudMonitor(muster).groups()]
    client.delete_topic(smn.DeleteTopicRequest(topic_urn=made.topic_urn))
    with refused(404):
        detail(client, made.topic_urn)
    assert name not in [group["Name"] for group in CloudMonitor(muster).groups()]


def test_attributes_and_tags(client, topic):
    policy = json.dumps({"Version": "2016-09-07", "Id": "__default_policy_ID", "Statement": []})
    for name, value in (("access_policy", policy), ("introduction", "who is on duty")):
        body = smn.UpdateTopicAttributeRequestBody(value=value)
        client.update_topic_attribute(smn.UpdateTopicAttributeRequest(topic_urn=topic, name=name, body=body))
    attributes = client.list_topic_attributes(smn.ListTopicAttributesRequest(topic_urn=topic)).attributes
    assert (attributes.access_policy, attributes.introduction) == (policy, "who is on duty")
    client.delete_topic_attribute_by_name(smn.DeleteTopicAttributeByNameRequest(topic_urn=topic, name="introduction"))
    only = client.list_topic_attributes(smn.ListTopicAttributesRequest(topic_urn=topic, name="introduction")).attributes
    assert (only.introduction, only.access_policy) == ("", None)
    client.delete_topic_attributes(smn.DeleteTopicAttributesRequest(topic_urn=topic))
    assert client.list_topic_attributes(smn.ListTopicAttributesRequest(topic_urn=topic)).attributes.access_policy == ""
    with refused(400):
        body = smn.UpdateTopicAttributeRequestBody(value="no JSON")
        client.update_topic_attribute(smn.UpdateTopicAttributeRequest(topic_urn=topic, name="access_policy", body=body))

    where = {"resource_type": "smn_topic", "resource_id": detail(client, topic).topic_id}
    for action in ("create", "delete"):
        tags = [smn.ResourceTag(key="team", value="ops"), smn.ResourceTag(key="stage", value="prod")]
        body = smn.BatchCreateOrDeleteResourceTagsRequestBody(action=action, tags=tags[: 2 if action == "create" else 1])
        client.batch_create_or_delete_resource_tags(smn.BatchCreateOrDeleteResourceTagsRequest(body=body, **where))
    body = smn.CreateResourceTagRequestBody(tag=smn.ResourceTag(key="shift", value="night"))
    client.create_resource_tag(smn.CreateResourceTagRequest(body=body, **where))
    client.delete_resource_tag(smn.DeleteResourceTagRequest(key="stage", **where))
    left = client.list_resource_tags(smn.ListResourceTagsRequest(**where)).tags
    assert [(tag.key, tag.value) for tag in left] == [("shift", "night")]


def test_subscribers_are_contacts_who_confirm(muster, client, topic):
    address = f"{unique('alice')}@example.com"
    urn = subscribe(client, topic, "email", address, "on duty")
    assert urn.startswith(topic + ":") and subscribe(client, topic, "email", address) == urn
    [waiting] = of_topic(client, topic).subscriptions
    assert (waiting.endpoint, waiting.protocol, waiting.status, waiting.remark) == (address, "email", 0, "on duty")

    def asked():
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in muster.outbox.glob("*.eml")]
        return [mail for mail in mails if mail["To"] == address]

    link = link_in(text_of(eventually(asked, "the mail that asks for confirmation")[0]))
    opener.open(urllib.request.Request(link, method="POST", data=b"")).close()
    assert [one.status for one in of_topic(client, topic).subscriptions] == [1]
    body = smn.UpdateSubscriptionRequestBody(remark="off duty")
    client.update_subscription(smn.UpdateSubscriptionRequest(topic_urn=topic, subscription_urn=urn, body=body))
    everywhere = client.list_subscriptions(smn.ListSubscriptionsRequest(endpoint=address, status=1, protocol="email"))
    assert (everywhere.subscription_count, everywhere.subscriptions[0].remark) == (1, "off duty")
    subscribe(client, topic, "sms", "+8613800000000")
    subscribe(client, topic, "https", "https://hooks.example.com/in")
    assert of_topic(client, topic, limit=1).subscription_count == 3
    client.cancel_subscription(smn.CancelSubscriptionRequest(subscription_urn=urn))
    assert address not in [one.endpoint for one in of_topic(client, topic).subscriptions]
    for protocol, endpoint in (("email", "alice"), ("http", "https://x.example.com"), ("pigeon", "x"), ("sms", "call me")):
        with refused(400):
            subscribe(client, topic, protocol, endpoint)


def test_a_published_message_arrives(client, topic):
    arrived = []

    class Sink(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            arrived.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    sink = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    try:
        subscribe(client, topic, "http", f"http://127.0.0.1:{sink.server_address[1]}/in")
        body = smn.PublishMessageRequestBody(subject="disk", message="is full")
        sent = client.publish_message(smn.PublishMessageRequest(topic_urn=topic, body=body))
        [message] = eventually(lambda: arrived, "the callback")
        assert {key: message[key] for key in ("type", "message_id", "topic_urn", "subject", "message")} == {
            "type": "Notification",
            "message_id": sent.message_id,
            "topic_urn": topic,
            "subject": "disk",
            "message": "is full",
        }
        structure = json.dumps({"default": "for all", "http": "for callbacks"})
        body = smn.PublishMessageRequestBody(subject="disk", message_structure=structure)
        client.publish_message(smn.PublishMessageRequest(topic_urn=topic, body=body))
        assert eventually(lambda: arrived[1:], "the second callback")[0]["message"] == "for callbacks"
    finally:
        sink.shutdown()
    with refused(400):
        body = smn.PublishMessageRequestBody(message_structure=json.dumps({"http": "no default"}))
        client.publish_message(smn.PublishMessageRequest(topic_urn=topic, body=body))
    with refused(404):
        body = smn.PublishMessageRequestBody(message="x")
        client.publish_message(smn.PublishMessageRequest(topic_urn=topic + "x", body=body))
