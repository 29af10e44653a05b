package alibaba

import (
	"fmt"
	"slices"
	"testing"
	"time"

	coreerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"
)

// CloudMonitor's typed client of the core SDK: what Terraform's alarm contacts and contact groups are made with.
func monitor(t *testing.T) *cms.Client {
	t.Helper()
	host, keys := server(t)
	client, err := cms.NewClientWithAccessKey("cn-hangzhou", keys.ID, keys.Secret)
	if err != nil {
		t.Fatal(err)
	}
	client.Domain = host
	client.GetConfig().Scheme = "HTTP"
	return client
}

func must[T any](answer T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

func refusal(t *testing.T, err error) string {
	t.Helper()
	refused, ok := err.(*coreerrors.ServerError)
	if !ok {
		t.Fatalf("no refusal of the server: %v", err)
	}
	return fmt.Sprintf("%d %s", refused.HttpStatus(), refused.ErrorCode())
}

func contacts(t *testing.T, client *cms.Client, name string) []cms.Contact {
	t.Helper()
	list := cms.CreateDescribeContactListRequest()
	list.ContactName = name
	answer := must(client.DescribeContactList(list))(t)
	if answer.Code != "200" || !answer.Success || answer.Total != len(answer.Contacts.Contact) {
		t.Fatalf("%+v", answer)
	}
	return answer.Contacts.Contact
}

// group pages as Terraform's provider does: twenty at a time, until a page is shorter.
func group(t *testing.T, client *cms.Client, name string) (cms.ContactGroup, bool) {
	t.Helper()
	for page := 1; ; page++ {
		list := cms.CreateDescribeContactGroupListRequest()
		list.PageNumber, list.PageSize = requests.NewInteger(page), requests.NewInteger(20)
		found := must(client.DescribeContactGroupList(list))(t).ContactGroupList.ContactGroup
		for _, group := range found {
			if group.Name == name {
				return group, true
			}
		}
		if len(found) < 20 {
			return cms.ContactGroup{}, false
		}
	}
}

func TestContactsAndGroupsThroughTheTypedClient(t *testing.T) {
	client := monitor(t)
	suffix := fmt.Sprint(time.Now().UnixNano())
	contact, name := "Alice"+suffix, "考勤系统组"+suffix

	put := cms.CreatePutContactRequest()
	put.ContactName, put.Describe, put.Lang = contact, "dba", "zh-cn"
	put.ChannelsMail, put.ChannelsDingWebHook = "alice@example.com", "http://127.0.0.1:9/robot"
	if answer := must(client.PutContact(put))(t); answer.Code != "200" || !answer.Success || answer.RequestId == "" {
		t.Fatalf("%+v", answer)
	}
	found := contacts(t, client, contact)
	if len(found) != 1 || found[0].Lang != "zh-cn" || found[0].Desc != "dba" || found[0].CreateTime == 0 {
		t.Fatalf("%+v", found)
	}
	if found[0].Channels.Mail != "" || found[0].Channels.DingWebHook != "http://127.0.0.1:9/robot" {
		t.Errorf("%+v", found[0].Channels)
	}
	if found[0].ChannelsState.Mail != "PENDING" || found[0].ChannelsState.DingWebHook != "OK" {
		t.Errorf("%+v", found[0].ChannelsState)
	}

	putGroup := cms.CreatePutContactGroupRequest()
	putGroup.ContactGroupName, putGroup.Describe = name, "告警 a+b"
	putGroup.EnableSubscribed = requests.NewBoolean(true)
	putGroup.ContactNames = &[]string{contact, "lucy"}
	must(client.PutContactGroup(putGroup))(t)
	held, ok := group(t, client, name)
	if !ok || !held.EnableSubscribed || held.Describe != "告警 a+b" || !slices.Equal(held.Contacts.Contact, []string{contact, "lucy"}) {
		t.Fatalf("%v %+v", ok, held)
	}
	// Terraform changes one attribute and sends only that.
	change := cms.CreatePutContactGroupRequest()
	change.ContactGroupName, change.EnableSubscribed = name, requests.NewBoolean(false)
	must(client.PutContactGroup(change))(t)
	held, _ = group(t, client, name)
	if held.EnableSubscribed || held.Describe != "告警 a+b" || len(held.Contacts.Contact) != 2 {
		t.Errorf("%+v", held)
	}
	byGroup := cms.CreateDescribeContactListByContactGroupRequest()
	byGroup.ContactGroupName = name
	if members := must(client.DescribeContactListByContactGroup(byGroup))(t).Contacts.Contact; len(members) != 1 || members[0].Name != contact {
		t.Errorf("%+v", members)
	}

	remove, removeGroup := cms.CreateDeleteContactRequest(), cms.CreateDeleteContactGroupRequest()
	remove.ContactName, removeGroup.ContactGroupName = contact, name
	must(client.DeleteContactGroup(removeGroup))(t)
	must(client.DeleteContact(remove))(t)
	if _, ok := group(t, client, name); ok || len(contacts(t, client, contact)) != 0 {
		t.Error("they are still there")
	}

	// A refusal must not end the client's process: it asserts the types of an error's members.
	_, err := client.DeleteContact(remove)
	if code := refusal(t, err); code != "404 ContactNotExists" {
		t.Error(code)
	}
	_, err = client.DeleteContactGroup(removeGroup)
	if code := refusal(t, err); code != "404 ContactNotExists" {
		t.Error(code)
	}
	_, err = client.DescribeContactListByContactGroup(byGroup)
	if code := refusal(t, err); code != "404 ContactGroupNotExists" {
		t.Error(code)
	}
	_, err = client.PutContact(cms.CreatePutContactRequest())
	if code := refusal(t, err); code != "400 MissingContactName" {
		t.Error(code)
	}
}
