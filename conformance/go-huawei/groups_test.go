// Cloud Eye's resource groups through the official Go SDK: it decodes strictly, ends its bodies with a line feed and signs
// neither host nor content type.
package huawei

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	v1 "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/ces/v1"
	v1model "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/ces/v1/model"
	ces "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/ces/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/ces/v2/model"
)

type credentials struct {
	AccessKeyID     string `json:"access_key_id"`
	AccessKeySecret string `json:"access_key_secret"`
	ProjectID       string `json:"project_id"`
	Region          string `json:"region"`
}

func load(t *testing.T) (string, credentials) {
	t.Helper()
	text, err := os.ReadFile(os.Getenv("MUSTER_CREDENTIALS"))
	must(t, err)
	var own credentials
	must(t, json.Unmarshal(text, &own))
	return os.Getenv("MUSTER_HTTP"), own
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// refused demands a refusal with this status and code, as the SDK reads them.
func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	var response *sdkerr.ServiceResponseError
	if !errors.As(err, &response) {
		t.Fatalf("not a refusal: %v", err)
	}
	equal(t, "status", response.StatusCode, status)
	equal(t, "code", response.ErrorCode, code)
	equal(t, "length of the request id", len(response.RequestId), 32)
}

func of[T any](value T) *T { return &value }

func client(t *testing.T, secret string) *ces.CesClient {
	t.Helper()
	http, own := load(t)
	if secret == "" {
		secret = own.AccessKeySecret
	}
	auth, err := basic.NewCredentialsBuilder().
		WithAk(own.AccessKeyID).WithSk(secret).WithProjectId(own.ProjectID).SafeBuild()
	must(t, err)
	built, err := ces.CesClientBuilder().WithEndpoints([]string{http}).WithCredential(auth).SafeBuild()
	must(t, err)
	return ces.NewCesClient(built)
}

func TestGroupLivesAndDies(t *testing.T) {
	client := client(t, "")
	name := fmt.Sprintf("go_%d_生产", time.Now().UnixNano())
	created, err := client.CreateResourceGroup(&model.CreateResourceGroupRequest{
		Body: &model.CreateResourceGroupRequestBody{
			GroupName: name,
			Type:      of("TAG"),
			Tags:      &[]model.ResourceGroupTagRelation{{Key: "env", Value: of("prod")}, {Key: "any"}},
		},
	})
	must(t, err)
	equal(t, "status of create", created.HttpStatusCode, 200)
	id := *created.GroupId

	shown, err := client.ShowResourceGroup(&model.ShowResourceGroupRequest{GroupId: id})
	must(t, err)
	equal(t, "name", *shown.GroupName, name)
	equal(t, "type", shown.Type.Value(), "TAG")
	equal(t, "number of tags", len(*shown.Tags), 2)
	equal(t, "operator", (*shown.Tags)[0].Operator.Value(), "equal")
	if age := time.Since(time.Time(*shown.CreateTime)); age < -time.Minute || age > 2*time.Minute {
		t.Fatalf("create_time is %v ago", age)
	}

	listed, err := client.ListResourceGroups(&model.ListResourceGroupsRequest{GroupName: &name, Limit: of(int32(10))})
	must(t, err)
	equal(t, "count", *listed.Count, 1)
	equal(t, "listed id", (*listed.ResourceGroups)[0].GroupId, id)

	updated, err := client.UpdateResourceGroup(&model.UpdateResourceGroupRequest{
		GroupId: id,
		Body: &model.PutResourceGroupReq{
			GroupName: name + "2",
			Tags:      &[]model.ResourceGroupTagRelation{{Key: "env", Value: of("test")}},
		},
	})
	must(t, err)
	equal(t, "status of update", updated.HttpStatusCode, 204)
	shown, err = client.ShowResourceGroup(&model.ShowResourceGroupRequest{GroupId: id})
	must(t, err)
	equal(t, "new name", *shown.GroupName, name+"2")
	equal(t, "new value", *(*shown.Tags)[0].Value, "test")

	deleted, err := client.BatchDeleteResourceGroups(&model.BatchDeleteResourceGroupsRequest{
		Body: &model.BatchDeleteResourceGroupsRequestBody{GroupIds: []string{id}},
	})
	must(t, err)
	equal(t, "deleted", (*deleted.GroupIds)[0], id)
	_, err = client.ShowResourceGroup(&model.ShowResourceGroupRequest{GroupId: id})
	refused(t, err, 404, "ces.0016")
}

func TestMembersAreDecodedStrictly(t *testing.T) {
	client := client(t, "")
	host := func(id string) model.Resource {
		return model.Resource{
			Namespace:  "SYS.ECS",
			Dimensions: []model.ResourceDimension{{Name: "instance_id", Value: id}},
		}
	}
	created, err := client.CreateResourceGroup(&model.CreateResourceGroupRequest{
		Body: &model.CreateResourceGroupRequestBody{
			GroupName: fmt.Sprintf("go_%d", time.Now().UnixNano()),
			Resources: &[]model.Resource{host("a")},
		},
	})
	must(t, err)
	id := *created.GroupId
	added, err := client.BatchCreateResources(&model.BatchCreateResourcesRequest{
		GroupId: id, Body: &model.AddResourcesReq{Resources: &[]model.Resource{host("a"), host("b")}},
	})
	must(t, err)
	equal(t, "added", *added.SucceedCount, 1)
	members, err := client.ListResourceGroupsServicesResources(
		&model.ListResourceGroupsServicesResourcesRequest{GroupId: id, Service: "SYS.ECS"})
	must(t, err)
	equal(t, "members", *members.Count, 2)
	equal(t, "health", (*members.Resources)[0].Status.Value(), "no_alarm_rule")
	removed, err := client.BatchDeleteResources(&model.BatchDeleteResourcesRequest{
		GroupId: id, Body: &model.DelResourcesReq{Resources: &[]model.Resource{host("a"), host("c")}},
	})
	must(t, err)
	equal(t, "removed", *removed.SucceedCount, 1)
}

func TestOlderVersionFindsItsProject(t *testing.T) {
	http, own := load(t)
	// No project id: the SDK looks it up by the region's name and wants exactly one.
	auth, err := basic.NewCredentialsBuilder().
		WithAk(own.AccessKeyID).WithSk(own.AccessKeySecret).WithIamEndpointOverride(http).SafeBuild()
	must(t, err)
	built, err := v1.CesClientBuilder().WithRegion(region.NewRegion(own.Region, http)).WithCredential(auth).SafeBuild()
	must(t, err)
	client := v1.NewCesClient(built)
	name := fmt.Sprintf("go_%d", time.Now().UnixNano())
	created, err := client.CreateResourceGroup(&v1model.CreateResourceGroupRequest{
		Body: &v1model.CreateResourceGroupRequestBody{GroupName: name},
	})
	must(t, err)
	id := *created.GroupId
	listed, err := client.ListResourceGroup(&v1model.ListResourceGroupRequest{GroupName: &name})
	must(t, err)
	equal(t, "total", *listed.MetaData.Total, int32(1))
	equal(t, "listed id", *(*listed.ResourceGroups)[0].GroupId, id)
	shown, err := client.ShowResourceGroup(&v1model.ShowResourceGroupRequest{GroupId: id})
	must(t, err)
	equal(t, "name", *shown.GroupName, name)
	_, err = client.DeleteResourceGroup(&v1model.DeleteResourceGroupRequest{GroupId: id})
	must(t, err)
	_, err = client.ShowResourceGroup(&v1model.ShowResourceGroupRequest{GroupId: id})
	refused(t, err, 404, "ces.0016")
}

func TestWrongSecretIsRefused(t *testing.T) {
	_, err := client(t, "wrong").ListResourceGroups(&model.ListResourceGroupsRequest{})
	refused(t, err, 401, "APIGW.0301")
}
