"""A browser at the console, and a plain HTTP client for what no browser would send."""

import html.parser
import shutil
import tempfile
import urllib.parse

import pytest
import requests
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

WAIT_SECONDS = 20
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()


def program(*names):
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    pytest.exit(f"{names[0]} is not installed: apt-get install chromium chromium-driver", returncode=2)


class Browser:
    """Chromium with what a test says again and again."""

    def __init__(self, muster, *, language="en-US", javascript=True):
        self.muster = muster
        self.profile = tempfile.mkdtemp(prefix="muster-console-")
        options = webdriver.ChromeOptions()
        options.binary_location = program("chromium", "chromium-browser", "google-chrome")
        for flag in [*FLAGS, f"--user-data-dir={self.profile}", f"--lang={language}"]:
            options.add_argument(flag)
        preferences = {"intl.accept_languages": language}
        if not javascript:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(program("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, path):
        self.driver.get(self.muster.http + path)

    @property
    def path(self):
        return urllib.parse.urlsplit(self.driver.current_url).path

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="main"):
        return self.one(selector).text

    def wait(self, condition):
        # A live page may replace what was found a moment ago; then the condition is asked again.
        ignored = [StaleElementReferenceException]
        return WebDriverWait(self.driver, WAIT_SECONDS, ignored_exceptions=ignored).until(lambda _: condition())

    def leave_by(self, element):
        """Presses what leads to another page, and waits for that page."""
        before = self.one("html")
        element.click()
        gone = lambda: self._gone(before)
        self.wait(gone)
        self.wait(lambda: self.driver.execute_script("return document.readyState") == "complete")

    @staticmethod
    def _gone(element):
        try:
            element.is_enabled()
        except Exception:  # noqa: BLE001  the driver has several errors for an element of a page that is left
            return True
        return False

    def fill(self, **fields):
        """Answers a form: texts, choices (select) and boxes (True or False), by the fields' names."""
        for field, value in fields.items():
            element = self.one(f"main [name='{field.replace('_', '-')}']")
            if isinstance(value, bool):
                if element.is_selected() != value:
                    element.click()
            elif element.tag_name == "select":
                Select(element).select_by_value(value)
            else:
                element.clear()
                element.send_keys(value)

    def send(self):
        """Presses the form's own button."""
        self.leave_by(self.one("main form.sheet .actions button, main form.panel > button"))

    def sign_in(self, user=None, password=None, account=None):
        credentials = self.muster.credentials
        self.open("/console/sign-in")
        self.fill(user=user or credentials["user"], password=password or credentials["password"])
        if account:
            self.one("summary").click()
            self.fill(account=account)
        self.send()

    def complaints(self):
        """What the browser's own log holds: script errors, refused styles, missing files."""
        return [entry for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


class Page(html.parser.HTMLParser):
    """The links, forms and hidden fields of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.forms, self.csrf, self.language = [], [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "html":
            self.language = given.get("lang")
        elif tag == "form":
            self.forms.append({"method": given.get("method"), "action": given.get("action"), "csrf": False})
        elif tag == "input" and given.get("name") == "csrf":
            self.csrf = given["value"]
            self.forms[-1]["csrf"] = True


class Client:
    """The console without a browser."""

    def __init__(self, muster, language="en"):
        self.muster = muster
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Accept-Language"] = language

    def get(self, path, **options):
        return self.session.get(self.muster.http + path, timeout=30, **options)

    def page(self, path):
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return Page(answer.text)

    def post(self, path, fields=None, *, csrf=None, **options):
        """Sends a form with the token that this browser's pages carry."""
        if csrf is None:
            csrf = Page(self.get("/console/account").text).csrf
        data = {"csrf": csrf, **(fields or {})}
        return self.session.post(self.muster.http + path, data=data, timeout=30, allow_redirects=False, **options)

    def sign_in(self, user=None, password=None, account=""):
        credentials = self.muster.credentials
        fields = {
            "user": user or credentials["user"],
            "password": password or credentials["password"],
            "account": account,
        }
        answer = self.post("/console/sign-in", fields)
        assert answer.status_code == 303, answer.text
        return self
