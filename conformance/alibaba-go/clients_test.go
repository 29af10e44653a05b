// Package alibaba judges Muster by the two official Go clients: the older core SDK, on which the CLI and parts of
// Terraform's provider stand (signature V1), and the newer OpenAPI client, in the current signature V3 and as Terraform's
// generic client sends its requests: V1 with the operation's parameters in a form.
//
// The older one asserts the types of an error's members and ends the process when one is not a text.
package alibaba

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	coreerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
)

const version = "2019-04-30"

type credentials struct {
	ID     string `json:"access_key_id"`
	Secret string `json:"access_key_secret"`
}

func server(t *testing.T) (string, credentials) {
	t.Helper()
	host := strings.TrimPrefix(os.Getenv("MUSTER_HTTP"), "http://")
	text, err := os.ReadFile(os.Getenv("MUSTER_CREDENTIALS"))
	if host == "" || err != nil {
		t.Fatalf("MUSTER_HTTP and MUSTER_CREDENTIALS must name a running server: %v", err)
	}
	var keys credentials
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	return host, keys
}

// A call to SchedulerX through one of the clients: the answer's members, or the refusal's status and code.
type call func(t *testing.T, method, action string, parameters map[string]string) (map[string]any, int, string)

func core(t *testing.T, keys credentials, host string) call {
	client, err := sdk.NewClientWithAccessKey("cn-hangzhou", keys.ID, keys.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, method, action string, parameters map[string]string) (map[string]any, int, string) {
		t.Helper()
		request := requests.NewCommonRequest()
		request.Scheme, request.Domain, request.Method = "http", host, method
		request.Version, request.ApiName = version, action
		for name, value := range parameters {
			request.QueryParams[name] = value
		}
		response, err := client.ProcessCommonRequest(request)
		if refusal, ok := err.(*coreerrors.ServerError); ok {
			if refusal.RequestId() == "" || refusal.Message() == "" || refusal.HostId() != host {
				t.Errorf("the refusal is incomplete: %v", refusal)
			}
			return nil, refusal.HttpStatus(), refusal.ErrorCode()
		}
		if err != nil {
			t.Fatal(err)
		}
		var answer map[string]any
		if err := json.Unmarshal(response.GetHttpContentBytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return answer, response.GetHttpStatus(), ""
	}
}

func newer(t *testing.T, keys credentials, host string, asTerraform bool) call {
	config := &openapiutil.Config{
		AccessKeyId:     tea.String(keys.ID),
		AccessKeySecret: tea.String(keys.Secret),
		Endpoint:        tea.String(host),
		Protocol:        tea.String("HTTP"),
	}
	if asTerraform {
		// The client's own name for the older signature.
		config.SignatureAlgorithm = tea.String("v2")
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, method, action string, parameters map[string]string) (map[string]any, int, string) {
		t.Helper()
		given := map[string]*string{"RegionId": tea.String("cn-hangzhou")}
		for name, value := range parameters {
			given[name] = tea.String(value)
		}
		request := &openapiutil.OpenApiRequest{Query: given}
		bodyType := "json"
		if asTerraform && method == "POST" {
			form := map[string]any{}
			for name, value := range given {
				form[name] = tea.StringValue(value)
			}
			request, bodyType = &openapiutil.OpenApiRequest{Body: form}, "formData"
		}
		params := &openapiutil.Params{
			Action: tea.String(action), Version: tea.String(version), Protocol: tea.String("HTTP"),
			Pathname: tea.String("/"), Method: tea.String(method), AuthType: tea.String("AK"),
			Style: tea.String("RPC"), ReqBodyType: tea.String(bodyType), BodyType: tea.String("json"),
		}
		response, err := client.CallApi(params, request, &dara.RuntimeOptions{})
		if err != nil {
			var refusal interface {
				GetCode() *string
				GetStatusCode() *int
			}
			if errors.As(err, &refusal) {
				return nil, tea.IntValue(refusal.GetStatusCode()), tea.StringValue(refusal.GetCode())
			}
			var old *tea.SDKError
			if errors.As(err, &old) {
				return nil, tea.IntValue(old.StatusCode), tea.StringValue(old.Code)
			}
			t.Fatalf("%T %v", err, err)
		}
		return response["body"].(map[string]any), 200, ""
	}
}

func clients(t *testing.T) map[string]func(credentials) call {
	host, _ := server(t)
	return map[string]func(credentials) call{
		"core V1":  func(keys credentials) call { return core(t, keys, host) },
		"newer V3": func(keys credentials) call { return newer(t, keys, host, false) },
		"newer V1": func(keys credentials) call { return newer(t, keys, host, true) },
	}
}

func unique(prefix string) string {
	return fmt.Sprintf("%s%x", prefix, time.Now().UnixNano())
}

func TestTheLifeOfAGroup(t *testing.T) {
	_, keys := server(t)
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) {
			do := client(keys)
			uid := unique("go-")
			answer, _, refused := do(t, "POST", "CreateNamespace", map[string]string{"Name": "考勤 a+b*c~d", "Uid": uid})
			if refused != "" || answer["Success"] != true {
				t.Fatalf("%v %s", answer, refused)
			}
			group := map[string]string{
				"AppName": "Payment batch", "Namespace": uid, "GroupId": "pay.batch", "EnableLog": "true", "Description": "",
				"MonitorConfigJson": `{ "sendChannel": "ding" , "alarmType": "CustomContacts" }`,
			}
			for _, method := range []string{"GET", "POST"} {
				group["GroupId"] = "pay." + method
				answer, _, refused = do(t, method, "CreateAppGroup", group)
				if refused != "" || answer["Success"] != true {
					t.Fatalf("%v %s", answer, refused)
				}
				answer, _, _ = do(t, method, "GetAppGroup", map[string]string{"Namespace": uid, "GroupId": group["GroupId"]})
				data := answer["Data"].(map[string]any)
				if data["AppVersion"] != "2" || data["EnableLog"] != true || data["MonitorConfigJson"] != group["MonitorConfigJson"] {
					t.Fatalf("%v", data)
				}
				answer, status, refused := do(t, "POST", "DeleteAppGroup", map[string]string{"Namespace": uid, "GroupId": group["GroupId"]})
				if status != 200 || refused != "" || answer["Success"] != true {
					t.Fatalf("%v %s", answer, refused)
				}
			}
			answer, status, _ := do(t, "GET", "GetAppGroup", map[string]string{"Namespace": uid, "GroupId": "pay.GET"})
			if status != 200 || answer["Success"] != false || fmt.Sprint(answer["Code"]) != "-10001" {
				t.Fatalf("%d %v", status, answer)
			}
		})
	}
}

func TestRefusalsAreUnderstood(t *testing.T) {
	_, keys := server(t)
	wrong := credentials{ID: keys.ID, Secret: "wrong"}
	unknown := credentials{ID: "NOBODY", Secret: "x"}
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) {
			for _, test := range []struct {
				keys       credentials
				action     string
				parameters map[string]string
				status     int
				code       string
			}{
				{keys, "CreateAppGroup", map[string]string{"AppName": "a", "Namespace": "n"}, 400, "MissingGroupId"},
				{keys, "NoSuchThing", nil, 404, "InvalidAction.NotFound"},
				{unknown, "ListNamespaces", nil, 404, "InvalidAccessKeyId.NotFound"},
				{wrong, "ListNamespaces", nil, 400, "SignatureDoesNotMatch"},
			} {
				_, status, code := client(test.keys)(t, "POST", test.action, test.parameters)
				if status != test.status || !strings.HasPrefix(code, test.code) {
					t.Errorf("%s: %d %s, not %d %s", test.action, status, code, test.status, test.code)
				}
			}
		})
	}
}
