"""What the tests of the pages share: a page in headless Chromium, by Debian's own Selenium."""
import os
import pathlib
import shutil
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

BUILD = pathlib.Path(os.environ["SHADOWTAPE_BUILD"])
HOSTILE = "</script><img src=x onerror='window.ran=1'><script>window.ran=1</script><!-- \" & \u2028 {{data}} =1+1 "


class BrowserTestCase(unittest.TestCase):
    """OUT: a folder of the class's own, new, for its pages and the screenshots that people look at. A page that complains to the console fails its test."""

    @classmethod
    def setUpClass(cls):
        shutil.rmtree(cls.OUT, ignore_errors=True)
        cls.OUT.mkdir(parents=True)
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        # No sandbox: as root, and in many containers, there is none; the pages are our own.
        for argument in ["--headless=new", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-sandbox"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        cls.addClassCleanup(cls.browser.quit)

    def setUp(self):
        self.browser.get_log("browser")

    def tearDown(self):
        self.assertEqual(self.browser.get_log("browser"), [], "the page complains")

    def cdp(self, command, **arguments):
        return self.browser.execute_cdp_cmd(command, arguments)

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def load(self, page, width, height, fragment="", **media):
        """A file of OUT, as somebody sees it whose browser has these media features."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.cdp("Emulation.setEmulatedMedia", media="", features=[{"name": key.replace("_", "-"), "value": value} for key, value in media.items()])
        self.browser.get("about:blank")
        self.browser.get((self.OUT / page).as_uri() + fragment)

    def shot(self, name):
        self.browser.save_screenshot(str(self.OUT / f"{name}.png"))

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return " ".join(self.script("return document.querySelector(arguments[0]).innerText", selector).split())
