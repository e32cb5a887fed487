"""The page of `shadowtape export --to html` in headless Chromium, as a support engineer has it: wide, narrow, dark, by mouse and keyboard, of a hostile trace, of 100,000 calls.

Screenshots go to the build folder, timeline_test/*.png, for people to look at.
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.keys import Keys

sys.path.append("traces/page")
from browser_test_case import BUILD, HOSTILE, BrowserTestCase

OUT = BUILD / "timeline_test"
SAMPLES = pathlib.Path("exports/samples")


def shadowtape(*arguments):
    ran = subprocess.run([BUILD / "bin/shadowtape", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{arguments}: exit {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


class TimelineTest(BrowserTestCase):
    OUT = OUT

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("night_backup", "hostile"):
            shadowtape("export", SAMPLES / f"{name}.vsst.zst", "--to", "html", "-o", OUT / f"{name}.html")
        # 23 calls a round.
        shadowtape("record", "-o", OUT / "long.vsst", "--", BUILD / "requesters/status_loop", "-q", "-t", "4", "-n", "1100")
        shadowtape("export", OUT / "long.vsst", "--to", "html", "-o", OUT / "long.html")
        shadowtape("import", "traces/samples/listings/seen-hyperv-inconsistent.txt", "-o", OUT / "listing.vsst")
        shadowtape("export", OUT / "listing.vsst", "--to", "html", "-o", OUT / "listing.html")
        shadowtape("export", "traces/samples/golden/never_came_back.vsst", "--to", "html", "-o", OUT / "cut.html")
        shadowtape("export", "traces/samples/vectors/environment.vsst", "--to", "html", "-o", OUT / "machine.html")
        cls.calls = sorted((json.loads(line) for line in shadowtape("show", "--format", "json", SAMPLES / "night_backup.vsst.zst").splitlines()), key=lambda call: call["call"])

    def open(self, name="night_backup", width=1400, height=900, **media):
        self.load(f"{name}.html", width, height, **media)
        self.settle()

    def settle(self):
        """Until what was asked for is drawn, and what a new size of the page asks for after that: drawing replaces the slices."""
        self.browser.execute_async_script("""
          const done = arguments[0], look = () => (waiting ? requestAnimationFrame(look) : done());
          requestAnimationFrame(() => requestAnimationFrame(look));""")

    def shot(self, name):
        self.settle()
        super().shot(name)

    def press(self, *keys):
        ActionChains(self.browser).send_keys(*keys).perform()
        self.settle()

    def slices(self, lane):
        """What a lane shows, from left to right: (text, left, right, classes), pixels from its left edge."""
        return self.script("""
          const lane = [...document.querySelectorAll('.lane')].find((one) => one.firstChild.textContent.endsWith(arguments[0])), box = lane.lastChild.getBoundingClientRect();
          return [...lane.querySelectorAll('.slice')].map((one) => { const r = one.getBoundingClientRect(); return [one.textContent, r.left - box.left, r.right - box.left, one.className]; });""", lane)

    def slice(self, lane, at):
        self.settle()
        return self.script("""
          const lane = [...document.querySelectorAll('.lane')].find((one) => one.firstChild.textContent.endsWith(arguments[0]));
          return lane.querySelectorAll('.slice')[arguments[1]];""", lane, at)

    def details(self):
        return dict(self.script("return [...document.querySelectorAll('#details dt')].map((dt) => [dt.innerText, dt.nextSibling.innerText])"))

    def assert_details_of(self, call):
        """The panel has all that `show` says of the call."""
        shown, details = self.text("#details"), self.details()
        self.assertIn(f"call {call['call']} · {call['interface'] + '::' if call['interface'] else ''}{call['method']}", shown)
        for name, value in {**call["inputs"], **call["outputs"]}.items():
            self.assertIn(name, details)
            if isinstance(value, str):
                self.assertEqual(details[name].strip('"'), value)
        self.assertTrue(details["result"].startswith(str(call["result"])))

    def assert_fits(self, width):
        self.assertLessEqual(self.script("return document.documentElement.scrollWidth"), width, "the page scrolls sideways")

    def test_wide_tells_in_five_seconds_who_went_red_and_what_took_long(self):
        self.open()
        self.assert_fits(1400)
        cards = [" ".join(card.text.split()) for card in self.all("#outstanding li")]
        self.assertIn("35.2 s ✗ SqlServerWriter: failed at freeze VSS_E_WRITERERROR_TIMEOUT, after DoSnapshotSet", cards)
        self.assertIn("35.2 s ! Microsoft Hyper-V VSS Writer: stable VSS_E_WRITERERROR_RETRYABLE, after DoSnapshotSet; stable again at 37.8 s", cards)
        self.assertIn("30.2 s Wait for DoSnapshotSet call 36 at 4.5 s, 80 % of the recording", cards)
        names = self.script("return [...document.querySelectorAll('.lane > span')].map((one) => one.textContent)")
        self.assertEqual(names[:4], ["IVssAsync", "✗ SqlServerWriter", "! Microsoft Hyper-V VSS Writer", "Task Scheduler Writer"])
        self.assertEqual(names[-2:], ["thread 1", "thread 2"])
        width = self.script("return document.querySelector('.track').clientWidth")
        total = 37_900_000_000  # about
        waiting, failed = self.slices("SqlServerWriter")
        self.assertTrue(waiting[0].startswith("W waiting for backup complete"))
        self.assertTrue(failed[0].startswith("F failed at freeze"))
        self.assertIn("s-F", failed[3])
        self.assertAlmostEqual(failed[1], width * 35_175_650_000 / total, delta=8)
        wait = next(one for one in self.slices("thread 1") if one[0] == "Wait 30.2 s")
        self.assertAlmostEqual(wait[2] - wait[1], width * 30_200_000_000 / total, delta=8)
        for one in self.all(".lane:nth-of-type(-n+8) .slice"):
            self.assertLess(one.rect["y"] + one.rect["height"], 900, "in sight without scrolling")
        self.shot("wide")

    def test_a_click_shows_everything_of_a_call_a_state_and_an_operation(self):
        self.open()
        at = next(i for i, one in enumerate(self.slices("thread 1")) if one[0] == "Wait 30.2 s")
        self.slice("thread 1", at).click()
        self.assert_details_of(self.calls[35])
        self.assertIn("30.2 s (30,200,000,000 ns)", self.details()["took"])
        self.assertIn("2026-11-24 22:00:04.453760 UTC", self.details()["began"])
        self.slice("SqlServerWriter", 1).click()
        details = self.details()
        self.assertEqual(details["state"].split(":")[0], "VSS_WS_FAILED_AT_FREEZE")
        self.assertTrue(details["failure"].startswith("VSS_E_WRITERERROR_TIMEOUT: writer: time-out between Freeze and Thaw"))
        self.assertIn("DoSnapshotSet", details["after"])
        self.assertEqual(details["class id"], "{e8132979-6f93-4464-a53e-1050253ae220}")
        self.assertEqual(details["answers"], "2 that say the same")
        self.shot("wide-state")
        self.all("#details .jump")[0].click()
        told_by = next(call for call in self.calls if call.get("outputs", {}).get("pnStatus") == "VSS_WS_FAILED_AT_FREEZE")
        self.assert_details_of(told_by)
        self.settle()
        self.assertEqual(len(self.all(".slice.chosen")), 1, "it came into sight")
        self.all("#fit")[0].click()
        self.settle()
        at = next(i for i, one in enumerate(self.slices("IVssAsync")) if one[0].startswith("#5 DoSnapshotSet"))
        self.slice("IVssAsync", at).click()
        self.assertEqual(self.details()["outcome"], "finished")
        self.assertEqual(self.details()["ended by"], "call 36")
        for button in self.all("#rows button")[:3]:
            button.click()
            self.assert_details_of(self.calls[int(button.text) - 1])
        self.all("#details h3 button")[0].click()
        self.assertEqual(self.all("#details dt"), [])

    def test_findings_stand_beside_the_timeline(self):
        self.open()
        finding = self.text(".finding")
        for part in ("◆ WS-080", "should", "call 62", "VSS_E_BAD_STATE", "VSS_E_OBJECT_NOT_FOUND", "FreeWriterStatus ended this record"):
            self.assertIn(part, finding)
        self.all(".finding .jump")[0].click()
        self.assert_details_of(self.calls[61])
        self.assertIn("WS-080", self.text("#details"))
        self.settle()
        self.assertIn("judged", self.all(".slice.chosen")[0].get_attribute("class"))
        aside, timeline = self.all("aside")[0].rect, self.all("#timeline")[0].rect
        self.assertGreater(aside["x"], timeline["x"] + timeline["width"] - 1)
        self.shot("wide-finding")

    def test_search_finds_calls_and_writers(self):
        self.open()
        self.press("/")
        self.press("sqlserverwriter timeout")
        told = [call for call in self.calls if call.get("outputs", {}).get("phResultFailure") == "VSS_E_WRITERERROR_TIMEOUT"]
        self.assertEqual(self.text("#found"), f"{len(told) + 1} found", "the answers, and the state")
        self.assertEqual([int(one.text) for one in self.all("#rows button")], [call["call"] for call in told])
        self.assertTrue(self.all(".slice.found"))
        self.press(Keys.ENTER)
        self.assertIn("1 of 3 found", self.text("#found"))
        self.press(Keys.ENTER)
        self.assertIn("2 of 3 found", self.text("#found"))
        self.assertTrue(self.all(".slice.chosen"))
        self.shot("wide-search")
        box = self.all("#text")[0]
        box.send_keys(Keys.CONTROL, "a", Keys.NULL, "nothing has this")
        self.assertEqual(self.text("#found"), "0 found")
        self.assertEqual(self.text("#listed"), "none")
        box.send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE)
        self.assertIn(f"of {len(self.calls)}", self.text("#listed"))

    def test_keyboard_alone_walks_zooms_and_closes(self):
        self.open()
        for _ in range(60):
            if self.script("return document.activeElement.classList.contains('slice')"):
                break
            self.press(Keys.TAB)
        self.assertTrue(self.script("return document.activeElement.classList.contains('slice')"), "no Tab comes to the timeline")
        self.assertNotEqual(self.script("return getComputedStyle(document.activeElement).outlineStyle"), "none", "the focus is not seen")
        self.press(Keys.ARROW_DOWN)
        self.press(Keys.END)
        self.assertIn("SqlServerWriter", self.text("#details"))
        self.assertEqual(self.details()["state"].split(":")[0], "VSS_WS_FAILED_AT_FREEZE")
        self.press(Keys.ARROW_LEFT)
        self.assertIn("VSS_WS_WAITING_FOR_BACKUP_COMPLETE", self.details()["state"])
        before = self.text("#window")
        self.press("+")
        self.press("+")
        self.assertNotEqual(self.text("#window"), before)
        self.press("0")
        self.assertEqual(self.text("#window"), before)
        self.assertTrue(self.script("return document.activeElement.classList.contains('chosen')"), "the focus stays on it")
        self.press(Keys.ESCAPE)
        self.assertEqual(self.all("#details dt"), [])

    def test_wheel_drag_and_buttons_zoom_and_move(self):
        self.open()
        track = self.all(".track")[1]
        ends = lambda: self.script("return [from, to]")
        whole = ends()
        ActionChains(self.browser).key_down(Keys.CONTROL).scroll_from_origin(ScrollOrigin.from_element(track), 0, -600).key_up(Keys.CONTROL).perform()
        self.settle()
        closer = ends()
        self.assertLess(closer[1] - closer[0], (whole[1] - whole[0]) / 2)
        ActionChains(self.browser).move_to_element(track).click_and_hold().move_by_offset(-120, 0).release().perform()
        self.settle()
        moved = ends()
        self.assertGreater(moved[0], closer[0])
        self.assertAlmostEqual(moved[1] - moved[0], closer[1] - closer[0], delta=2)
        self.assertEqual(self.all("#details dt"), [], "a drag is no click")
        self.all("#fit")[0].click()
        self.settle()
        self.assertEqual(ends(), whole)

    def test_narrow_has_the_details_in_a_sheet(self):
        self.open(width=390, height=844)
        self.assert_fits(390)
        self.shot("narrow")
        self.all("#outstanding button")[0].click()
        self.settle()
        self.assert_fits(390)
        sheet = self.all("#details")[0].rect
        self.assertEqual(sheet["width"], 390)
        box = self.script("return document.querySelector('.slice.chosen').getBoundingClientRect().toJSON()")
        top = self.script("return document.querySelector('#details').getBoundingClientRect().top")
        self.assertTrue(0 < box["top"] and box["bottom"] <= top, f"the slice is seen beside its details: {box}, {top}")
        self.shot("narrow-open")

    def test_dark_and_light_have_contrast(self):
        grounds = []
        for scheme in ("light", "dark"):
            self.open(prefers_color_scheme=scheme)
            self.all(".finding .jump")[0].click()
            self.settle()
            # Of every text that can be seen, the worst.
            ground, worst, where = self.script("""
              const parse = (color) => color.match(/[\\d.]+/g).map(Number);
              const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
              const groundOf = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3]) return c; } return [255, 255, 255]; };
              let worst = [99, ''];
              for (const e of document.querySelectorAll('body *')) {
                if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length || e.closest('.skip') || e.disabled) continue;
                const [a, b] = [light(parse(getComputedStyle(e).color)), light(groundOf(e))].sort((x, y) => y - x), contrast = (a + 0.05) / (b + 0.05);
                if (contrast < worst[0]) worst = [contrast, e.outerHTML.slice(0, 160)];
              }
              return [light(groundOf(document.body)), ...worst];""")
            self.assertGreaterEqual(worst, 4.5, where)
            grounds.append(ground)
            self.shot(scheme)
        self.assertGreater(grounds[0], 0.8)
        self.assertLess(grounds[1], 0.1)

    def test_without_colour_states_are_told_by_letters(self):
        self.open()
        letters = self.script("return [...document.querySelectorAll('#lanes .slice')].filter((one) => /s-[SWFEU]/.test(one.className) && one.offsetWidth >= 14).map((one) => [one.className.match(/s-(.)/)[1], one.textContent[0]])")
        self.assertGreaterEqual(len(letters), 14)
        for meant, shown in letters:
            self.assertEqual(shown, meant)
        self.assertEqual({meant for meant, _ in letters}, {"W", "F", "E"})
        self.open(forced_colors="active")
        self.shot("forced-colours")

    def test_a_hostile_trace_is_only_text(self):
        self.open("hostile")
        self.assertIsNone(self.script("return window.ran"))
        for one in self.all("#rows button"):
            one.click()
        for i in range(2):
            self.script("document.querySelectorAll('.lane .s-F, .lane .s-U')[arguments[0]].click()", i)
            self.settle()
        self.assertTrue(self.script("return document.querySelector('#details h3').textContent.includes(arguments[0])", HOSTILE))
        self.assertEqual(self.all("img, iframe, link, a:not([href^='#'])"), [])
        self.assertEqual(len(self.all("script")), 2)
        self.assertIsNone(self.script("return window.ran"))
        self.assertEqual(self.script("return performance.getEntriesByType('resource').length"), 0, "the page needs nothing else")
        self.shot("hostile")

    def test_100000_calls_open_within_seconds_and_the_page_says_what_it_leaves_out(self):
        self.open("long")
        spent = self.script("return performance.getEntriesByType('navigation')[0].domComplete")
        print(f"101,200 calls: {spent:.0f} ms to open, {(OUT / 'long.html').stat().st_size / 1e6:.1f} MB")
        self.assertLess(spent, 4000, "ms")
        self.assertLess((OUT / "long.html").stat().st_size, 8_000_000)
        left_out = int(re.match(r"This page leaves out (\d+) calls: ", self.text("#notices"))[1])
        self.assertEqual(left_out + self.script("return calls.length"), 101200)
        self.assertIn("101200 calls", self.text("#lead"))
        for what, text in (("a search", "const box = byId('text'); box.value = 'getwriterstatus'; box.dispatchEvent(new Event('input'));"), ("a zoom", "zoom(0.2);")):
            spent = self.script(f"const t = performance.now(); {text} drawNow(); document.body.offsetHeight; return performance.now() - t")
            self.assertLess(spent, 1000, f"ms for {what}")
        self.assertLess(len(self.all(".slice")), 20000)
        self.shot("long")
        for _ in range(40):  # down to single calls
            many = self.script("return [...document.querySelectorAll('.lane:last-child .slice')].some((one) => one.block.count > 1)")
            if not many:
                break
            self.script("[...document.querySelectorAll('.lane:last-child .slice')].find((one) => one.block.count > 1).click()")
            self.settle()
        self.assertFalse(many, "blocks never come apart")
        self.shot("long-close")

    def test_a_call_that_never_came_back_is_seen(self):
        self.open("cut")
        self.assertIn("cut off", self.text("#notices"))
        self.assertIn("… Wait never came back call 8, thread 1; the trace is cut off", self.text("#outstanding"))
        text, left, right, look = self.slices("thread 1")[-1]
        self.assertIn("lost", look)
        self.assertTrue(text.startswith("…"))
        self.assertGreaterEqual(right - left, 10)
        self.assertLessEqual(right, self.script("return document.querySelector('.track').clientWidth") + 3, "in sight, though it is the last")
        self.shot("cut")

    def test_a_listing_without_a_clock_shows_the_order(self):
        self.open("listing")
        self.assertIn("The trace has no clock", self.text("#notices"))
        self.assertIn("F failed", " ".join(one[0] for one in self.slices("Microsoft Hyper-V VSS Writer")))
        self.assertNotIn("1970", self.text("body"))
        self.shot("listing")

    def test_what_the_trace_tells_of_the_machine_is_below_the_calls(self):
        self.open("machine")
        self.assertIn("Windows Server 2022 Standard", self.text("#machine"))
        self.assertIn("C:\\, 1000, 4000, NTFS", self.text("#machine"))
        self.assertEqual("", self.text("#notices"))
        self.shot("machine")
        self.open("night_backup")
        self.assertEqual("none", self.script("return getComputedStyle(document.querySelector('#machine')).display"), "that one tells nothing")


if __name__ == "__main__":
    unittest.main()
