"""The console's pages of jobs as people use them: scripts run by the worker inside the server, watched in a browser."""

import time

import pytest
from console import Browser, Client
from selenium.webdriver.support.ui import Select

# The README's promise: a job that is due every five seconds shows its runs and what they print within ten.
PROMISED_SECONDS = 10


@pytest.fixture(scope="module")
def chromium(muster):
    browser = Browser(muster)
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium):
    chromium.driver.delete_all_cookies()
    chromium.driver.set_window_size(1280, 900)
    chromium.sign_in()
    chromium.complaints()
    yield chromium
    assert chromium.complaints() == []


@pytest.fixture
def client(muster):
    return Client(muster).sign_in()


class Group:
    """An application group of the test's own, made without a browser."""

    def __init__(self, client, name):
        self.client, self.name = client, name
        space, self.group_id = name("s"), name("g")
        namespace = self.post("/console/new/namespaces", name=space).rsplit("/", 1)[1]
        page = self.post(
            "/console/new/app-groups", name=self.group_id, namespace=namespace, group_id=self.group_id, edition="2"
        )
        self.id = page.rsplit("/", 1)[1]

    def post(self, path, **fields):
        answer = self.client.post(path, {field.replace("_", "-"): value for field, value in fields.items()})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def job(self, script="echo hello", **fields):
        """A shell job that is due only when somebody asks; the path of its page."""
        plain = {
            "group": self.id, "name": self.name("j"), "kind": "shell", "mode": "standalone", "script": script,
            "time_kind": "api", "max_concurrency": "1", "max_attempt": "0", "attempt_interval": "1", "priority": "5",
            "fail_times": "1", "timeout": "7200", "enabled": "true",
        }  # fmt: skip
        return self.post("/console/new/jobs", **{**plain, **fields})


@pytest.fixture
def group(client, name):
    return Group(client, name)


def state(browser):
    return browser.text(".plate .state")


def reload_until(browser, condition):
    """Asks for the page again and again, for pages that scripts do not keep fresh."""

    def again():
        browser.driver.refresh()
        return condition()

    browser.wait(again)


def test_a_job_of_every_five_seconds_is_seen_running_within_ten(browser, group):
    start = time.monotonic()
    page = group.job("date\necho here I am", time_kind="cron", time_expression="*/5 * * * * ?")
    browser.open(page)
    # The page is kept fresh by the server's stream: nobody reloads it.
    browser.wait(lambda: browser.all("[aria-labelledby=s-runs] .state.good"))
    browser.leave_by(browser.one("[aria-labelledby=s-runs] tbody a.name"))
    browser.wait(lambda: "here I am" in browser.text("[aria-labelledby=s-log]"))
    assert time.monotonic() - start < PROMISED_SECONDS
    browser.open(page)
    assert browser.all(".timeline .ran")
    browser.open(f"/console/ledger?job={page.rsplit('/', 1)[1]}")
    assert "Ran" in browser.text("[aria-labelledby=s-rows]")
    browser.open(page)
    browser.leave_by(browser.one(f"form[action='{page}/do/disable'] button"))
    assert state(browser) == "Disabled"


def test_due_times_are_shown_while_the_expression_is_typed(browser, group):
    browser.open(f"/console/new/jobs?group={group.id}")
    field = browser.one("#time-expression")
    field.clear()
    field.send_keys("0 30 6 1 1 ?")
    browser.wait(lambda: "-01-01 06:30:00" in browser.text("#coming"))
    assert len(browser.all("#coming li")) == 10
    field.clear()
    field.send_keys("0 0 0 31 2 ?")
    browser.wait(lambda: "never fires again" in browser.text("#coming"))
    # Only what the chosen type needs is asked.
    assert browser.one("#script").is_displayed() and not browser.one("#url").is_displayed()
    Select(browser.one("#kind")).select_by_value("http")
    assert browser.one("#url").is_displayed() and not browser.one("#script").is_displayed()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("java", {"class_name": "com.example.Settle"}),
        ("go", {"task": "settle"}),
        ("python", {"script": "print(1)"}),
        ("http", {"url": "http://127.0.0.1:9/", "http_timeout": "3"}),
        ("xxljob", {"content": "demo"}),
    ],
)
@pytest.mark.parametrize(
    ("time_kind", "expression"),
    [("cron", "0 0 3 * * ?"), ("fixed_rate", "600"), ("fixed_delay", "30"), ("once", "2037-01-01 00:00:00"), ("none", "")],
)
def test_every_type_and_time_survives_its_form(client, group, kind, fields, time_kind, expression):
    # A disabled job is never due, so nothing runs here.
    fields = {"script": "", **fields}
    page = group.job(kind=kind, time_kind=time_kind, time_expression=expression, enabled="", **fields)
    text = client.get(f"{page}/edit").text
    for value in [*fields.values(), expression]:
        assert value in text
    assert client.get(page).status_code == 200


def test_forms_without_scripts(muster, group):
    """The due times on a button, and every group of questions in sight."""
    plain = Browser(muster, javascript=False)
    try:
        plain.sign_in()
        plain.open(f"/console/new/jobs?group={group.id}")
        assert plain.one("#url").is_displayed() and plain.one("#script").is_displayed()
        plain.fill(name=group.name("j"), script="date", time_expression="0 15 7 * * ?")
        plain.leave_by(plain.one("[data-preview-button]"))
        assert "07:15:00" in plain.text("#coming")
        plain.send()
        assert plain.path.startswith("/console/jobs/"), plain.text()
    finally:
        plain.close()


def test_a_run_with_parameters_is_stopped_and_set_to_success(browser, group):
    page = group.job("echo begun; sleep 300")
    browser.open(f"{page}/do/run")
    browser.fill(instance_parameters="day=1")
    browser.send()
    assert browser.path.startswith("/console/runs/")
    assert "day=1" in browser.text("aside")
    browser.wait(lambda: "begun" in browser.text("[aria-labelledby=s-log]"))
    browser.leave_by(browser.one("a[href$='/do/stop']"))
    assert "is told to stop it" in browser.text("main")
    browser.send()
    assert state(browser) == "Stopped"
    browser.leave_by(browser.one("a[href$='/do/succeed']"))
    browser.send()
    assert state(browser) == "Success"
    browser.open(f"/console/runs?job={page.rsplit('/', 1)[1]}&state=success")
    assert len(browser.all("tbody tr")) == 1


def test_attempts_of_a_failing_run(browser, group):
    page = group.job("echo no luck >&2; exit 3", max_attempt="1", attempt_interval="1")
    browser.open(group.post(f"{page}/do/run"))
    browser.wait(lambda: state(browser) == "Failed")
    browser.wait(lambda: len(browser.all("[aria-labelledby=s-attempts] tbody tr")) == 2)
    assert "! no luck" in browser.text("[aria-labelledby=s-log]")
    browser.open("/console")
    assert "failed in the last hour" in browser.text(".attention")


def test_many_jobs_at_once(browser, group):
    pages = [group.job(), group.job()]
    browser.open(f"/console/jobs?group={group.id}")
    for box in browser.all("td.pick input"):
        box.click()
    browser.leave_by(browser.one("#bulk button[value=disable]"))
    assert len(browser.all("tbody .state.good")) == len(pages)
    browser.open(pages[0])
    assert state(browser) == "Disabled"


def test_a_script_and_its_versions(browser, group):
    page = group.job("echo one")
    browser.open(f"{page}/do/script")
    browser.fill(script="echo two", version_description="the second")
    browser.send()
    assert "echo two" in browser.text("[aria-labelledby=s-script]")
    assert len(browser.all("[aria-labelledby=s-versions] tbody tr")) == 2
    assert "the second" in browser.text("[aria-labelledby=s-versions]")


def test_a_workflow_from_its_form_to_its_last_node(browser, group):
    first, second = group.job("echo 1"), group.job("exit 1")
    browser.open(f"/console/new/workflows?group={group.id}")
    browser.fill(name=group.name("w"))
    browser.send()
    workflow = browser.path
    ids = [page.rsplit("/", 1)[1] for page in (first, second)]
    for place, node in enumerate(ids):
        form = browser.one(f"form[action='{workflow}/do/add-node']")
        Select(form.find_element("name", "node")).select_by_value(node)
        if place:
            form.find_element("css selector", "input[name=after]").click()
        browser.leave_by(form.find_element("css selector", "button"))
    assert len(browser.all(".graph .node")) == 2 and len(browser.all(".graph .edge")) == 1
    browser.open(f"{workflow}/do/run")
    browser.send()
    assert browser.path.startswith("/console/workflow-runs/")
    run = browser.path
    browser.wait(lambda: state(browser) == "Failed")
    assert len(browser.all(".graph .node.good")) == 1 and len(browser.all(".graph .node.bad")) == 1
    # The failed node is as good as done: so is the run.
    browser.leave_by(browser.one("[aria-labelledby=s-nodes] a[href$='/do/succeed']"))
    browser.send()
    browser.open(run)
    reload_until(browser, lambda: state(browser) == "Success")


def test_a_calendar_is_ticked_day_by_day(browser, name):
    browser.open("/console/new/calendars?year=2027")
    browser.fill(calendar_name=name("c"))
    browser.send()
    # Working days are the beginning; a Saturday more makes one more.
    before = len(browser.all(".year rect.on"))
    browser.open(f"{browser.path}/edit")
    browser.one("input[name=month-1][value='2']").click()
    browser.send()
    assert len(browser.all(".year rect.on")) == before + 1


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_pages_of_jobs_fit_a_phone(muster, group, language):
    job = group.job()
    run = group.post(f"{job}/do/run")
    paths = [
        "/console/jobs", job, f"{job}/edit", f"{job}/do/run", f"{job}/do/workers", "/console/runs", run,
        "/console/ledger", "/console/workers", "/console/workflows", "/console/calendars",
        "/console/new/calendars", "/console/new/workflows",
    ]  # fmt: skip
    phone = Browser(muster, language=language)
    try:
        size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        phone.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        phone.sign_in()
        for path in paths:
            phone.open(path)
            assert phone.driver.execute_script("return document.documentElement.scrollWidth") <= 390, path
        assert phone.complaints() == []
    finally:
        phone.close()
