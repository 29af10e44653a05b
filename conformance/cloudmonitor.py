"""What the tests of CloudMonitor share: the official client in both of its signatures, and calls that show the raw answer."""

import time

from alibaba import Key, Refused, config
from alibabacloud_cms20190101.client import Client
from alibabacloud_cms20190101 import models
from alibabacloud_tea_openapi import utils_models
from alibabacloud_tea_openapi.utils import Utils
from darabonba.exceptions import DaraException
from darabonba.runtime import RuntimeOptions

WAIT_SECONDS = 30
POLL_SECONDS = 0.02

__all__ = ["CloudMonitor", "Refused", "models", "eventually"]


class CloudMonitor:
    """The official client of one key, in one of its signatures: "v1" or "v3"."""

    def __init__(self, muster, signature="v3", key=None):
        self.client = Client(config(muster, key or Key.of(muster), signature))

    def __getattr__(self, operation):
        """`monitor.put_contact(contact_name=…)`: the typed call, its answer's body."""
        request_class = getattr(models, "".join(word.capitalize() for word in operation.split("_")) + "Request")
        call = getattr(self.client, operation)

        def run(**fields):
            try:
                return call(request_class(**fields)).body
            except DaraException as error:
                raise Refused(error) from None

        return run

    def raw(self, action, **parameters):
        """The answer's JSON as it stands, without the models that drop what they do not know."""
        params = utils_models.Params(
            action=action,
            version="2019-01-01",
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        request = utils_models.OpenApiRequest(query=Utils.query(parameters))
        try:
            return self.client.call_api(params, request, RuntimeOptions())["body"]
        except DaraException as error:
            raise Refused(error) from None

    def contact(self, name):
        """The one contact of this name, raw."""
        contacts = self.raw("DescribeContactList", ContactName=name)["Contacts"]["Contact"]
        assert [contact["Name"] for contact in contacts] == [name]
        return contacts[0]

    def groups(self, size=100):
        """All contact groups, page by page as Terraform reads them: until a page is shorter than asked."""
        found, number = [], 1
        while True:
            answer = self.raw("DescribeContactGroupList", PageNumber=number, PageSize=size)
            page = answer["ContactGroupList"]["ContactGroup"]
            assert [group["Name"] for group in page] == answer["ContactGroups"]["ContactGroup"]
            found += page
            if len(page) < size:
                return found
            number += 1

    def group(self, name):
        return next(group for group in self.groups() if group["Name"] == name)


def eventually(check, what):
    """Waits until `check` gives something; that."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {WAIT_SECONDS} s: {what}"
        time.sleep(POLL_SECONDS)
