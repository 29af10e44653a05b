"""The console as people use it: in a browser with and without scripts, in both languages, wide and narrow."""

import json
import re
import time

import pytest
from conftest import REPOSITORY
from console import Browser, Client, Page

UUID = "0f2d9c5e4b8a4c7d9e1f2a3b4c5d6e7f"


@pytest.fixture(scope="module")
def chromium(muster):
    browser = Browser(muster)
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium):
    """Signed in, in English, wide and light; nothing may have gone wrong in it by the end of the test."""
    chromium.driver.delete_all_cookies()
    chromium.driver.set_window_size(1280, 900)
    chromium.sign_in()
    chromium.complaints()
    yield chromium
    assert chromium.complaints() == []


@pytest.fixture
def client(muster):
    return Client(muster).sign_in()


def make(browser, slug, **fields):
    """Makes an object by its form and returns the path of its page."""
    browser.open(f"/console/new/{slug}")
    browser.fill(**fields)
    browser.send()
    assert browser.path.startswith(f"/console/{slug}/"), browser.text()
    return browser.path


# One line for each kind: what its form needs, what is changed afterwards, and where the change is seen.
KINDS = {
    "namespaces": (lambda n: {"name": n}, {"description": "second thoughts"}),
    "notification-policies": (lambda n: {"name": n}, {"description": "second thoughts"}),
    "contacts": (lambda n: {"name": n, "dingtalk": "http://127.0.0.1:9/robot"}, {"description": "second thoughts"}),
    "contact-groups": (lambda n: {"name": n, "members": "nobody yet"}, {"description": "second thoughts"}),
    "resource-groups": (lambda n: {"name": n}, {"name": "second-thoughts"}),
    "server-groups": (
        lambda n: {"name": n, "image": "image-1", "vpc": "vpc-1", "subnet": "subnet-1"},
        {"description": "second thoughts"},
    ),
    "published-groups": (lambda n: {"name": n}, {"description": "second thoughts"}),
    "scheduled-jobs": (lambda n: {"name": n, "target": UUID}, {"description": "second thoughts"}),
    "job-groups": (lambda n: {"name": n}, {"description": "second thoughts"}),
    "triggers": (lambda n: {"name": n}, {"description": "second thoughts"}),
}


def live_through(browser, slug, path, name, change):
    """From its page on: it is in the list, can be changed, and is gone after the question was answered."""
    browser.open(path)
    assert name in browser.text("h1")
    browser.open(f"/console/{slug}?q={name}")
    assert name in browser.text("table")
    browser.open(f"{path}/edit")
    browser.fill(**change)
    browser.send()
    assert browser.path == path, browser.text()
    changed = next(iter(change.values()))
    assert changed in browser.text("main"), browser.text()
    browser.open(f"{path}/delete")
    shown = change.get("name", name)
    assert shown in browser.text("h1")
    browser.send()
    assert browser.path == f"/console/{slug}", browser.text()
    assert shown in browser.text("[role=status]")


@pytest.mark.parametrize("slug", KINDS)
def test_a_life_of_each_kind(browser, client, name, slug):
    fields, change = KINDS[slug]
    own = name("c")
    path = make(browser, slug, **fields(own))
    live_through(browser, slug, path, own, change)
    assert client.get(path).status_code == 404


def test_a_life_of_an_application_group(browser, client, muster, name):
    space, group, own = name("s"), name("g"), name("a")
    namespace = make(browser, "namespaces", name=space).rsplit("/", 1)[1]
    make(browser, "contact-groups", name=group, members="Rita\n张三")
    path = make(
        browser,
        "app-groups",
        name=own,
        namespace=namespace,
        group_id=f"{own}.batch",
        audience="ContactGroup",
        names=group,
    )
    # The API sees what the form made, contacts by name included.
    seen = json.loads(
        muster.cli("call", "schedulerx", "GetAppGroup", f"Namespace={namespace}", f"GroupId={own}.batch")
    )["Data"]
    assert seen["AppName"] == own
    assert json.loads(seen["MonitorContactsJson"]) == {"name": group}
    # Links in both directions.
    assert browser.one(f"a[href='/console/contact-groups/{group}']")
    browser.open(f"/console/contact-groups/{group}")
    assert own in browser.text("[aria-labelledby=s-named-by]")
    browser.open(f"/console/namespaces/{namespace}")
    assert own in browser.text("[aria-labelledby=s-groups]")
    live_through(browser, "app-groups", path, own, {"description": "second thoughts"})
    assert client.get(path).status_code == 404


def test_alarm_texts_stay_as_terraform_wrote_them(browser, muster, name):
    space, own = name("s"), name("a")
    namespace = make(browser, "namespaces", name=space).rsplit("/", 1)[1]
    config = '{ "sendChannel": "mail, sms","alarmType": "Contacts", "webhookIsAtAll": "false" }'
    muster.cli(
        "call", "schedulerx", "CreateAppGroup", f"Namespace={namespace}", f"GroupId={own}", f"AppName={own}",
        f"MonitorConfigJson={config}", 'MonitorContactsJson=[ {"name": "Rita"} ]',
    )
    browser.open(f"/console/search?q={own}")
    browser.leave_by(browser.one("main table a, main .actions a[href$='/edit']"))
    browser.open(f"{browser.path}/edit" if not browser.path.endswith("/edit") else browser.path)
    browser.fill(description="changed in the console")
    browser.send()
    seen = json.loads(muster.cli("call", "schedulerx", "GetAppGroup", f"Namespace={namespace}", f"GroupId={own}"))
    assert seen["Data"]["MonitorConfigJson"] == config
    assert seen["Data"]["Description"] == "changed in the console"


def test_jobs_groups_and_triggers_are_tied_together(browser, name):
    trigger = name("t")
    trigger_path = make(browser, "triggers", name=trigger, cron="0 0 2 * * ?")
    assert len(browser.all("[aria-labelledby=s-due] tbody tr")) == 10
    job, group = name("j"), name("g")
    make(browser, "scheduled-jobs", name=job, target=UUID, kind="volume_snapshot")
    path = make(browser, "job-groups", name=group, kind="volume_snapshot")
    form = browser.one("[aria-labelledby=s-jobs] form.inline")
    form.find_element("xpath", f".//option[contains(., '{job}')]").click()
    browser.leave_by(form.find_element("css selector", "button"))
    assert job in browser.text("[aria-labelledby=s-jobs] table")
    form = browser.one("[aria-labelledby=s-triggers] form.inline")
    form.find_element("xpath", f".//option[contains(., '{trigger}')]").click()
    browser.leave_by(form.find_element("css selector", "button"))
    assert trigger in browser.text("[aria-labelledby=s-triggers] table")
    browser.leave_by(browser.one(f"form[action='{path}/do/disable'] button"))
    assert "Disabled" in browser.text(".plate")
    browser.open(trigger_path)
    assert group in browser.text("[aria-labelledby=s-groups]")


def test_members_of_a_resource_group(browser, name):
    path = make(browser, "resource-groups", name=name("r"))
    browser.fill(namespace="SYS.ECS", dimensions=f"instance_id={UUID}")
    browser.leave_by(browser.one("form.inline button"))
    assert UUID in browser.text("[aria-labelledby=s-members]")
    browser.leave_by(browser.one(f"form[action='{path}/do/remove'] button"))
    assert UUID not in browser.text("[aria-labelledby=s-members]")


def test_a_message_with_its_attempts(browser, muster, name):
    own = name("m")
    make(browser, "contacts", name=own, mail=f"{own}@example.com")
    browser.open(f"/console/messages?q={own}")

    def written():
        browser.driver.refresh()
        return browser.all("tbody .state.good")

    browser.wait(written)
    browser.leave_by(browser.one("tbody a.name"))
    assert "Written to a file" in browser.text(".plate")
    assert len(browser.all("[aria-labelledby=s-attempts] tbody tr")) == 1
    # An administrator vouches for the address, and a test message goes out to it.
    browser.open(f"/console/contacts/{own}")
    browser.leave_by(browser.one(f"form[action$='/do/activate'] button"))
    assert "In use" in browser.text("[aria-labelledby=s-channels]")
    browser.leave_by(browser.one(f"form[action$='/do/test'] button"))
    assert len(browser.all("[aria-labelledby=s-messages] tbody tr")) == 2


def test_what_an_api_did_is_seen(browser, muster, name):
    own = name("x")
    muster.cli("call", "cloudmonitor", "PutContactGroup", f"ContactGroupName={own}")
    browser.open(f"/console/contact-groups/{own}")
    assert "PutContactGroup" in browser.text("[aria-labelledby=happened]")
    browser.open(f"/console/audit?subject={own}")
    assert own in browser.text("tbody tr")
    browser.open("/console")
    assert own in browser.text("[aria-labelledby=o-latest]")


def test_live_rows_come_by_themselves(browser, muster, name):
    own = name("live")
    browser.open("/console/audit")
    muster.cli("call", "cloudmonitor", "PutContactGroup", f"ContactGroupName={own}")
    browser.wait(lambda: own in browser.text("table"))


def test_the_call_on_a_page_runs(browser, muster, name):
    own = name("r")
    make(browser, "resource-groups", name=own)
    call = browser.one("[data-tab='1'] .copy").get_attribute("data-copy")
    words = re.sub(r"\\\n\s*", "", call).split()
    assert words[:2] == ["muster", "call"], call
    assert json.loads(muster.cli(*words[1:]))["group_name"] == own


def test_search_finds_by_name_and_by_id(browser, name):
    own = name("find")
    path = make(browser, "namespaces", name=own)
    uid = path.rsplit("/", 1)[1]
    browser.open("/console")
    browser.one("body").send_keys("/")
    box = browser.driver.switch_to.active_element
    assert box.get_attribute("name") == "q"
    box.send_keys(own[:8])
    browser.wait(lambda: own in browser.text(".suggest"))
    browser.open(f"/console/search?q={own}")
    assert own in browser.text("table")
    browser.open(f"/console/search?q={uid}")
    assert browser.path == path


def test_an_access_key_from_birth_to_death(browser, muster):
    browser.open("/console/new/keys")
    browser.fill(description="a test's own")
    browser.send()
    shown = [element.text for element in browser.all("dd code")]
    key, secret = shown
    assert len(key) == 20 and len(secret) == 40
    call = ["call", "cloudmonitor", "DescribeContactGroupList", "--access-key-id", key, "--access-key-secret", secret]
    assert json.loads(muster.cli(*call))["Success"] is True
    browser.open("/console/keys")
    assert secret not in browser.driver.page_source
    browser.leave_by(browser.one(f"form[action='/console/keys/{key}/do/disable'] button"))
    assert "InvalidAccessKeyId" in muster.cli(*call, check=False)
    browser.leave_by(browser.one(f"form[action='/console/keys/{key}/do/enable'] button"))
    browser.leave_by(browser.one(f"form[action='/console/keys/{key}/do/rotate'] button"))
    rotated = browser.all("dd code")[0].text
    assert rotated != key
    for each in (key, rotated):
        browser.open(f"/console/keys/{each}/delete")
        assert each in browser.text("h1")
        browser.send()
    browser.open("/console/keys")
    assert key not in browser.text() and rotated not in browser.text()


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(browser, name):
    browser.open("/console/new/contacts")
    browser.fill(name=name("w"), mail="nobody at all")
    browser.send()
    assert browser.one("#mail").get_attribute("value") == "nobody at all"
    assert browser.one("#mail").get_attribute("aria-invalid") == "true"
    # The answer's status says that it was refused; Chromium notes that in its log.
    assert [entry for entry in browser.complaints() if "422" not in entry["message"]] == []


def test_chinese(browser, name):
    own = name("中文")
    browser.leave_by(browser.one("button[lang='zh-CN']"))
    assert browser.one("html").get_attribute("lang") == "zh-CN"
    path = make(browser, "contacts", name=own, sms="86-13800000000")
    assert "联系人" in browser.text(".plate")
    live_through(browser, "contacts", path, own, {"description": "值班"})


def test_the_browser_chooses_the_language(muster):
    assert Page(Client(muster, "zh-CN,zh;q=0.9").get("/console/sign-in").text).language == "zh-CN"
    assert Page(Client(muster, "en-GB").get("/console/sign-in").text).language == "en"
    assert Page(Client(muster, "fr").get("/console/sign-in").text).language == "en"


def test_everything_works_without_scripts(muster, name):
    browser = Browser(muster, javascript=False)
    try:
        browser.sign_in()
        assert browser.path == "/console"
        own = name("plain")
        browser.open("/console/new/contact-groups")
        browser.fill(name=own)
        browser.send()
        assert own in browser.text("h1")
        browser.open(f"{browser.path}/delete")
        browser.send()
        assert own in browser.text("[role=status]")
    finally:
        browser.close()


PAGES = ["", "/app-groups", "/contacts", "/messages", "/audit", "/keys", "/account", "/health", "/new/triggers", "/search?q=a"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_on_a_phone(browser, name, scheme):
    path = make(browser, "contacts", name=name("narrow"), mail="somebody-with-a-long-name@example.com")
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        for page in [f"/console{page}" for page in PAGES] + [path]:
            browser.open(page)
            wide = browser.driver.execute_script("return document.documentElement.scrollWidth")
            assert wide <= 390, f"{page}: {wide} px"
        ground = browser.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 150) == (scheme == "dark"), ground
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_link_is_dead_and_every_form_carries_a_token(muster, language, crowd):
    client = Client(muster, language).sign_in("admin", "crowd-password", "crowd")
    seen, ahead = set(), ["/console"]
    messages = (REPOSITORY / "console" / "messages.txt").read_text(encoding="utf-8")
    prefixes = set(re.findall(r"^([a-z-]+)\.", messages, re.MULTILINE))
    kinds = {}
    while ahead:
        path = ahead.pop()
        if path in seen:
            continue
        seen.add(path)
        page = client.page(path)
        assert page.language.startswith(language)
        # The engines on the health page are called as messages are; nothing else is.
        named = [] if path == "/console/health" else re.findall(r">\s*([a-z][a-z-]*\.[a-z][a-z._-]*)\s*<", client.get(path).text)
        assert [key for key in named if key.split(".")[0] in prefixes] == [], path
        for form in page.forms:
            assert form["csrf"] == (form["method"] == "post"), (path, form)
        for link in page.links:
            if not link.startswith("/console"):
                assert link.startswith("#"), (path, link)
                continue
            # A few pages of each kind are enough: they are made by the same code.
            shape = re.sub(r"/[^/]*\d[^/]*|=[^&]+", "/…", link)
            kinds[shape] = kinds.get(shape, 0) + 1
            if kinds[shape] <= 5:
                ahead.append(link)
    assert len(seen) > 40


def test_the_policy_of_every_page_is_strict(muster, client):
    for path in ("/console/sign-in", "/console", "/console/nowhere"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert " style=" not in answer.text and "<style" not in answer.text
        assert len(re.findall(r"<script", answer.text)) == 1
        assert answer.headers["cache-control"] == "no-store"
    fresh = Client(muster)
    page = Page(fresh.get("/console/sign-in").text)
    answer = fresh.post(
        "/console/sign-in",
        {"user": muster.credentials["user"], "password": muster.credentials["password"]},
        csrf=page.csrf,
    )
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


def test_a_forged_form_changes_nothing(client, name):
    own = name("forged")
    path = "/console/new/contact-groups"
    for options in (
        {"csrf": ""},
        {"csrf": "0" * 64},
        {"headers": {"Sec-Fetch-Site": "cross-site"}},
    ):
        assert client.post(path, {"name": own}, **options).status_code == 403
    assert client.get(f"/console/contact-groups/{own}").status_code == 404
    assert client.post(path, {"name": own}).status_code == 303


def test_nobody_comes_in_without_a_session(muster):
    stranger = Client(muster)
    for path in ("/console", "/console/contacts", "/console/keys", "/console/audit", "/console/live"):
        answer = stranger.get(path, allow_redirects=False)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/console/sign-in")
    token = Page(stranger.get("/console/sign-in").text).csrf
    answer = stranger.post("/console/new/contact-groups", {"name": "x"}, csrf=token)
    assert answer.headers["location"].startswith("/console/sign-in")
    refused = stranger.post("/console/sign-in", {"user": "admin", "password": "wrong", "next": "//evil"}, csrf=token)
    assert refused.status_code == 401
    answer = stranger.post(
        "/console/sign-in",
        {"user": muster.credentials["user"], "password": muster.credentials["password"], "next": "https://evil"},
        csrf=token,
    )
    assert answer.headers["location"] == "/console"


def test_tenants_never_see_each_other(muster, client, name):
    account, password, own = name("acct"), name("pw"), name("mine")
    muster.cli("account", "create", account, "--password-stdin", stdin=password)
    user = muster.cli_json("user", "list", "--account", account)
    root = (user if isinstance(user, list) else user["users"])[0]["name"]
    assert client.post("/console/new/contact-groups", {"name": own}).status_code == 303
    made = client.post("/console/new/resource-groups", {"name": own, "membership": "manual"})
    foreign = Client(muster).sign_in(root, password, account)
    for path in (f"/console/contact-groups/{own}", made.headers["location"]):
        assert client.get(path).status_code == 200
        for page in (path, f"{path}/edit", f"{path}/delete"):
            assert foreign.get(page).status_code == 404
        assert foreign.post(f"{path}/delete").status_code == 404
        assert client.get(path).status_code == 200
    assert 'id="found"' in client.get(f"/console/search?q={own}").text
    assert 'id="found"' not in foreign.get(f"/console/search?q={own}").text
    # The log of the other account holds what it asked for itself, and nothing of ours.
    assert "PutContactGroup" not in foreign.get("/console/audit").text


def test_a_user_without_rights_is_told_which_one_is_missing(muster, client, name):
    user, password, own = name("user"), name("pw"), name("secret")
    muster.cli("user", "create", user, "--password-stdin", stdin=password)
    client.post("/console/new/contact-groups", {"name": own})
    poor = Client(muster).sign_in(user, password)
    assert poor.get("/console").status_code == 200
    answer = poor.get("/console/contact-groups")
    assert answer.status_code == 403 and "cms:DescribeContactGroupList" in answer.text
    answer = poor.post("/console/new/contact-groups", {"name": name("no")})
    assert answer.status_code == 403 and "cms:PutContactGroup" in answer.text
    assert poor.get("/console/keys").status_code == 403
    assert poor.get("/console/audit").status_code == 403
    page = poor.get("/console").text
    assert own not in page, "the overview shows what the user may not list"
    assert 'id="found"' not in poor.get(f"/console/search?q={own}").text


def test_a_password_is_changed_and_every_session_ends(muster, name):
    user, password, wanted = name("user"), name("pw"), name("new")
    muster.cli("user", "create", user, "--password-stdin", stdin=password)
    here, there = Client(muster).sign_in(user, password), Client(muster).sign_in(user, password)
    refused = here.post("/console/account/password", {"current": "wrong one", "password": wanted})
    assert refused.status_code == 401
    short = here.post("/console/account/password", {"current": password, "password": "short"})
    assert short.status_code == 422
    assert here.post("/console/account/sessions").status_code == 303
    assert there.get("/console", allow_redirects=False).status_code == 303
    assert here.get("/console", allow_redirects=False).status_code == 200
    changed = here.post("/console/account/password", {"current": password, "password": wanted})
    assert changed.headers["location"] == "/console/sign-in"
    assert here.get("/console", allow_redirects=False).status_code == 303
    Client(muster).sign_in(user, wanted)


def test_names_cannot_become_markup(client, name):
    own = name("x")
    note = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    assert client.post("/console/new/namespaces", {"name": own, "description": note, "uid": own}).status_code == 303
    for path in (f"/console/namespaces/{own}", f"/console/namespaces?q={own}", f"/console/namespaces/{own}/edit"):
        text = client.get(path).text
        assert "<script>alert" not in text and "<img src=x" not in text


def test_odd_requests_are_refused_and_change_nothing(muster, client):
    for path in ("/console/%ff", "/console/contacts/%00", "/console/app-groups/zz", "/console/app-groups/9" + "9" * 30,
                 "/console/messages/x", "/console/a/b/c/d/e", "/console/new/nothing", "/console/assets/x"):
        assert client.get(path).status_code == 404, path
    for query in ("after=-1", "after=99999999999999999999", "after=x", "q=" + "%F0%9F%98%80" * 60, "q=%27%22%25_"):
        assert client.get(f"/console/contacts?{query}").status_code == 200, query
    assert client.get("/console/contacts?q=%00").status_code == 422
    assert client.post("/console/new/contact-groups", {"name": "a\0b"}).status_code == 422
    assert client.session.put(muster.http + "/console/contacts", timeout=30).status_code == 405


@pytest.fixture(scope="module")
def crowd(muster):
    """An account of its own with sixty things of each kind that is walked by key, and nothing else."""
    muster.cli("account", "create", "crowd", "--password-stdin", stdin="crowd-password")
    client = Client(muster).sign_in("admin", "crowd-password", "crowd")
    csrf = client.page("/console/account").csrf
    made = client.post("/console/new/namespaces", {"name": "crowd", "uid": "crowd"}, csrf=csrf)
    assert made.status_code == 303, made.text
    fields = {
        "contacts": {"dingtalk": "http://127.0.0.1:9/robot"},
        "contact-groups": {},
        "app-groups": {"namespace": "crowd", "edition": "2", "platform": "1", "audience": ""},
        "resource-groups": {"membership": "manual"},
        "scheduled-jobs": {"kind": "start_vm", "target": UUID},
        "triggers": {"rule": "cron", "cron": "0 0 2 * * ?"},
        "jobs": {
            "kind": "java", "mode": "standalone", "class-name": "a.B", "time-kind": "api", "max-concurrency": "1",
            "max-attempt": "0", "attempt-interval": "1", "priority": "5", "fail-times": "1", "timeout": "7200",
        },
    }  # fmt: skip
    for slug, rest in fields.items():
        if slug == "jobs":
            group = re.search(r'href="/console/app-groups/(\d+)"', client.get("/console/app-groups").text)
            rest = {**rest, "group": group.group(1)}
        for number in range(60):
            own = {"name": f"row-{number:02}", "group-id": f"row-{number:02}", **rest}
            answer = client.post(f"/console/new/{slug}", own, csrf=csrf)
            assert answer.status_code == 303, answer.text
    return client


@pytest.mark.parametrize("slug", ["contacts", "contact-groups", "app-groups", "resource-groups", "scheduled-jobs", "triggers", "jobs"])
def test_a_list_is_walked_without_gaps(crowd, slug):
    seen, path, pages = [], f"/console/{slug}", 0
    while path:
        page = crowd.page(path)
        pages += 1
        seen += re.findall(r'class="name"[^>]*>(row-\d+)<', crowd.get(path).text)
        path = next((link for link in page.links if "after=" in link), None)
    assert pages == 2
    assert sorted(seen) == [f"row-{number:02}" for number in range(60)]


@pytest.mark.parametrize("slug", ["contacts", "contact-groups", "app-groups", "resource-groups", "scheduled-jobs", "triggers", "jobs"])
def test_a_search_finds_inside_names(crowd, slug):
    found = re.findall(r'class="name"[^>]*>(row-\d+)<', crowd.get(f"/console/{slug}?q=w-3").text)
    assert sorted(found) == [f"row-{number}" for number in range(30, 40)]
    assert "class=\"name\"" not in crowd.get(f"/console/{slug}?q=%25").text


def test_an_open_page_does_not_hold_up_a_stop(start_muster):
    server = start_muster()
    stream = Client(server).sign_in().get("/console/live", stream=True)
    assert next(stream.iter_lines()) == b"data: changed"
    before = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - before < 4
