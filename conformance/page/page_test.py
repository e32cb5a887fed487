"""The page of `shadowtape conform` in headless Chromium, as its readers have it: wide, narrow, dark, by keyboard, without colour, from a hostile target.

Screenshots go to the build folder, page_test/*.png, for people to look at.
"""
import json
import os
import pathlib
import subprocess
import sys
import unittest

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

sys.path.append("traces/page")
from browser_test_case import BUILD, HOSTILE, BrowserTestCase

OUT = BUILD / "page_test"
VERDICTS = ["PASS", "FAIL", "XFAIL", "XPASS", "ERROR", "NOT_TESTABLE", "NOT_APPLICABLE", "INFO"]


def shadowtape(*arguments, expected, **environment):
    ran = subprocess.run([BUILD / "bin/shadowtape", *map(str, arguments)], env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert ran.returncode == expected, f"{arguments}: exit {ran.returncode}\n{ran.stdout}\n{ran.stderr}"


def write_report(name, report):
    (OUT / name).mkdir()
    (OUT / name / "report.json").write_text(json.dumps(report), encoding="utf-8")
    return OUT / name


def many_of(report, run):
    """A report of 720 recipes in which every verdict occurs; run: which of several."""
    results = []
    for i in range(720):
        group = ["AR", "AS", "CO", "IN", "MD", "OW", "QU", "RQ", "RS", "SM", "SN", "WS"][i // 60]
        verdict = VERDICTS[(i + run) % 8] if i % 10 == 0 else "FAIL" if i % 60 == 59 else "PASS"  # what is red everywhere does not differ
        results.append({**report["results"][i % len(report["results"])], "name": f"{group}-{i % 60 + 1:03}", "rule": f"{group}-{i % 60 + 1:03}", "verdict": verdict,
                        "red": verdict in ("FAIL", "XPASS", "ERROR")})
    return {**report, "target": f"C:\\Program Files\\A long folder\\implementation {run}\\vssapi.dll", "results": results, "recipes": 720, "ran": 720}


def unscored_of(report):
    """Of each verdict a recipe that is scored and one that is not."""
    results = []
    for i, verdict in enumerate(VERDICTS):
        scored = {**report["results"][0], "name": f"WS-{i + 1:03}.1", "verdict": verdict, "cause": "", "red": verdict in ("FAIL", "XPASS", "ERROR", "NOT_TESTABLE")}
        results += [scored, {**scored, "name": f"WS-{i + 1:03}.2", "red": False, "notScored": "added after 2026-12"}]
    return {**report, "results": results, "recipes": 16, "ran": 16, "notScored": 8}


def hostile_of(report):
    text = lambda value: HOSTILE if isinstance(value, str) else value
    results = [{key: value if key in ("level", "verdict") else [{k: text(v) for k, v in call.items()} for call in value] if key == "calls" else text(value)
                for key, value in result.items()} for result in report["results"][:4]]
    for i, result in enumerate(results):
        result["name"] = f"WS-{i}{HOSTILE}" if i < 3 else "none"  # the page has an element of that name
    return {**{key: value if key == "format" else text(value) for key, value in report.items()}, "stale": [HOSTILE], "results": results}


class PageTest(BrowserTestCase):
    OUT = OUT

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shadowtape("conform", "--target", "model", "--filter", "WS-04?", "--report", OUT / "model", expected=0)
        shadowtape("conform", "--target", BUILD / "faults/libvssapi.so", "--filter", "WS-04?", "--report", OUT / "faulty", expected=1, SHADOWTAPE_FAULT="status-served-while-pending")
        shadowtape("conform", "--compare", OUT / "model", OUT / "faulty", "--report", OUT / "two", expected=1)
        cls.model, cls.faulty = (json.loads((OUT / name / "report.json").read_text(encoding="utf-8")) for name in ("model", "faulty"))
        shadowtape("conform", "--compare", *(write_report(f"many{i}", many_of(cls.model, i)) for i in range(5)), "--report", OUT / "many", expected=1)
        shadowtape("conform", "--compare", write_report("unscored0", unscored_of(cls.model)), write_report("unscored1", unscored_of(cls.model)), "--report", OUT / "unscored", expected=0)
        shadowtape("conform", "--compare", write_report("hostile0", hostile_of(cls.model)), write_report("hostile1", hostile_of(cls.faulty)), "--report", OUT / "hostile", expected=0)

    def setUp(self):
        self.cdp("Emulation.setEmulatedMedia", media="", features=[])
        self.cdp("Emulation.setEmulatedVisionDeficiency", type="none")
        super().setUp()

    def open(self, name, width=1400, height=900, fragment="", **media):
        self.load(pathlib.Path(name, "report.html"), width, height, fragment, **media)

    def cell(self, name, run=0):
        return self.script("return document.getElementById(arguments[0]).querySelectorAll('.cell')[arguments[1]]", name, run)

    def press(self, *keys):
        ActionChains(self.browser).send_keys(*keys).perform()

    def result(self, report, name):
        return next(one for one in report["results"] if one["name"] == name)

    def assert_evidence(self, result, panel="section.panel"):
        shown = self.text(panel)
        for key in ("verdict", "name", "expected", "cause", "state", "advice", "source", "recipe", "trace"):
            self.assertIn(" ".join(result[key].replace("_", " ").split()) if key == "verdict" else " ".join(result[key].split()), shown, key)
        calls = self.script("return [...document.querySelectorAll(arguments[0] + ' .calls li')].map((li) => [li.innerText, li.className])", panel)
        self.assertEqual(len(calls), len(result["calls"]))
        for call, (text, look) in zip(result["calls"], calls):
            for part in (call["call"], *call["answer"].split("  "), call["state"]):
                self.assertIn(" ".join(part.split()), " ".join(text.split()))
            self.assertEqual("judged" in text, call["judged"], "in words")
            self.assertEqual("judged" in look, call["judged"])
        self.assertTrue(any(call["judged"] for call in result["calls"]))

    def assert_fits(self, width):
        self.assertLessEqual(self.script("return document.documentElement.scrollWidth"), width, "the page scrolls sideways")

    def test_wide_tells_the_summary_and_opens_the_evidence_of_a_cell(self):
        self.open("two")
        self.assert_fits(1400)
        cards = [" ".join(card.text.split()) for card in self.all(".run")]
        for card, report in zip(cards, (self.model, self.faulty)):
            self.assertIn(report["target"], card)
            self.assertIn(f"{100 * report['mustsKept'] / report['mustsRun']:.1f} % {report['mustsKept']} of {report['mustsRun']} executed MUSTs kept", card)
            for verdict, count in report["counts"].items():
                self.assertEqual(f"{count} {verdict}" in card, count > 0, verdict)
        self.assertIn("nothing is red", cards[0])
        self.assertIn(f"{self.faulty['counts']['FAIL']} red", cards[1])
        self.assertIn("1 of 15 recipes differs in its verdict", self.text("#lead"))
        self.assertEqual(len(self.all(".row")), len(self.model["results"]))
        self.shot("wide")
        self.cell("WS-046", 1).click()
        self.assert_evidence(self.result(self.faulty, "WS-046"))
        self.cell("WS-046", 0).click()
        self.assert_evidence(self.result(self.model, "WS-046"), "section.panel:first-child")
        first, second = (panel.rect for panel in self.all(".panel"))
        self.assertEqual(first["y"], second["y"], "side by side")
        self.script("arguments[0].scrollIntoView()", self.cell("WS-046"))
        self.shot("wide-open")
        self.cell("WS-046", 0).click()
        self.all(".panel button")[0].click()
        self.assertEqual(self.all(".evidence"), [])

    def test_narrow_scrolls_only_the_matrix(self):
        self.open("model", 360, 740)
        self.assert_fits(360)
        self.shot("narrow")
        self.open("two", 360, 740, "#WS-046")
        self.assert_fits(360)
        for panel in self.all(".panel"):
            self.assertGreaterEqual(panel.rect["x"], 0)
            self.assertLessEqual(panel.rect["x"] + panel.rect["width"], 360)
        self.shot("narrow-open")
        self.open("many", 360, 740)
        self.assert_fits(360)
        self.assertGreater(*self.script("const m = document.getElementById('matrix'); m.scrollLeft = 99999; return [m.scrollWidth, m.clientWidth]"))
        self.assertGreaterEqual(self.script("return document.querySelector('.row th').getBoundingClientRect().left"), 0, "the names stay in sight")
        self.script("document.getElementById('AR-001').scrollIntoView()")
        self.shot("narrow-many")

    def test_dark_and_light_have_contrast(self):
        grounds = []
        for scheme in ("light", "dark"):
            self.open("many", prefers_color_scheme=scheme)
            self.cell("AR-011").click()
            # Of every text that can be seen, the worst.
            ground, border, worst, where = self.script("""
              const parse = (color) => color.match(/[\\d.]+/g).map(Number);
              const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
              const groundOf = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3]) return c; } return [255, 255, 255]; };
              let worst = [99, ''];
              for (const e of document.querySelectorAll('body *')) {
                if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length || e.closest('.skip')) continue;
                const [a, b] = [light(parse(getComputedStyle(e).color)), light(groundOf(e))].sort((x, y) => y - x), contrast = (a + 0.05) / (b + 0.05);
                if (contrast < worst[0]) worst = [contrast, e.outerHTML.slice(0, 120)];
              }
              const contrast = (...colours) => { const [a, b] = colours.map(light).sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
              const borders = [...document.querySelectorAll('#filters input, #filters select, #filters button')].flatMap((e) =>
                [groundOf(e), groundOf(e.parentElement)].map((ground) => contrast(parse(getComputedStyle(e).borderTopColor), ground)));
              return [light(groundOf(document.body)), Math.min(...borders), ...worst];""")
            self.assertGreaterEqual(worst, 4.5, where)
            self.assertGreaterEqual(border, 3, "a control is not seen by its border")
            grounds.append(ground)
            self.shot(scheme)
        self.assertGreater(grounds[0], 0.8)
        self.assertLess(grounds[1], 0.1)

    def test_keyboard_alone_reaches_opens_and_closes_the_evidence(self):
        self.open("two")
        focus = lambda: self.script("const e = document.activeElement; return [e.className, e.closest('tr') ? e.closest('tr').id : '', e.id]")
        for tabs in range(40):
            if "cell" in focus()[0]:
                break
            self.press(Keys.TAB)
        self.assertIn("cell", focus()[0], "no Tab comes to the matrix")
        names = [one["name"] for one in self.model["results"]]
        self.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT)
        self.assertEqual(focus()[1], names[2])
        self.assertEqual(self.script("return getComputedStyle(document.activeElement).outlineStyle"), "solid", "the focus is not seen")
        self.press(Keys.END)
        self.assertEqual(focus()[1], names[-1])
        rect = self.script("return document.activeElement.getBoundingClientRect().toJSON()")
        self.assertTrue(0 <= rect["top"] and rect["bottom"] <= 900, "the focus is out of sight")
        self.press(Keys.HOME, *[Keys.ARROW_DOWN] * names.index("WS-046"), Keys.ENTER)
        self.assert_evidence(self.result(self.faulty, "WS-046"))
        self.shot("keyboard")
        self.press(Keys.TAB)
        self.assertEqual(self.script("return document.activeElement.innerText"), "Close", "the evidence is the next stop")
        self.press(Keys.ESCAPE)
        self.assertEqual(self.all(".evidence"), [])
        self.assertEqual(focus()[1], "WS-046", "the focus comes back")
        self.press("/", "ws-046")
        self.assertEqual(focus()[2], "text")
        self.assertEqual([row.get_attribute("id") for row in self.all(".row") if row.is_displayed()], ["WS-046"])

    def test_without_colour_every_verdict_is_told_by_its_words(self):
        for kind in ("achromatopsia", "forced colours"):
            self.open("many", **({"forced_colors": "active"} if kind != "achromatopsia" else {}))
            self.cdp("Emulation.setEmulatedVisionDeficiency", type="achromatopsia" if kind == "achromatopsia" else "none")
            words = self.script("return [...document.querySelectorAll('.cell')].map((cell) => [cell.className.match(/v-(\\w+)/)[1], cell.innerText])")
            self.assertEqual(len(words), 3600)
            self.assertEqual(self.script("return [...document.querySelectorAll('.cell')].filter((cell) => cell.scrollWidth > cell.clientWidth).length"), 0, "words are cut off")
            told = {}
            for verdict, text in words:
                told.setdefault(verdict, set()).add(text)
            self.assertEqual(set(told), set(VERDICTS))
            for verdict, texts in told.items():
                self.assertEqual(len(texts), 1)
                self.assertTrue(next(iter(texts)).endswith(verdict.replace("_", " ")), texts)
            self.assertEqual(len({next(iter(texts))[0] for texts in told.values()}), 8, "the signs differ too")
            self.script("document.getElementById('AR-001').scrollIntoView()")
            self.shot(kind.replace(" ", "-"))

    def test_what_is_not_scored_is_told_in_words_and_never_red(self):
        for scheme, width in (("light", 1400), ("dark", 1400), ("light", 400)):
            self.open("unscored", width, prefers_color_scheme=scheme)
            cut = "return [...document.querySelectorAll('.cell')].filter((cell) => cell.scrollWidth > cell.clientWidth || cell.scrollHeight > cell.clientHeight).map((cell) => cell.innerText)"
            self.assertEqual(self.script(cut), [], "words are cut off")
            ground = lambda name: self.script("return getComputedStyle(arguments[0]).backgroundColor", self.cell(name))
            for i, verdict in enumerate(VERDICTS):
                words = verdict.replace("_", " ")
                scored, unscored = (self.cell(f"WS-{i + 1:03}.{recipe}") for recipe in (1, 2))
                self.assertEqual(" ".join(unscored.text.split())[1:].strip(), f"{words}, not scored")
                self.assertEqual(unscored.get_attribute("aria-label"), f"{words}, not scored: WS-{i + 1:03}.2, run A")
                self.assertEqual(scored.get_attribute("aria-label"), f"{words}: WS-{i + 1:03}.1, run A")
                self.assertEqual(ground(f"WS-{i + 1:03}.2"), "rgba(0, 0, 0, 0)", "no colour calls for it")
            self.assertNotEqual(ground("WS-002.1"), "rgba(0, 0, 0, 0)", "FAIL")
            self.shot(f"unscored-{scheme}-{width}")
        counts = dict(zip(["all", "red", *VERDICTS, "not-scored"], (button.text.split()[-1] for button in self.all("#verdicts button"))))
        self.assertEqual(counts, {"all": "16", "red": "4", **{verdict: "1" for verdict in VERDICTS}, "not-scored": "8"})
        self.all("#verdicts button[value='FAIL']")[0].click()
        self.assertEqual([row.get_attribute("id") for row in self.all(".row") if row.is_displayed()], ["WS-002.1"])
        self.all("#verdicts button[value='']")[0].click()
        self.cell("WS-004.1").click()
        self.assertIn("seen as expected", self.text("section.panel"), "XPASS")

    def test_a_hostile_target_is_only_text(self):
        self.open("hostile")
        self.assertIsNone(self.script("return window.ran"))
        for cell in self.all(".cell"):
            cell.click()
        self.assertEqual(len(self.all(".panel")), 8)
        self.assertEqual(self.all("img, iframe, link, a:not([href^='#'])"), [])
        self.assertEqual(len(self.all("script")), 2)
        self.assertIsNone(self.script("return window.ran"))
        self.assertIn(HOSTILE, self.script("return document.querySelector('.panel .calls').textContent"))
        self.assertEqual(self.script("return document.querySelector('.run h2').lastChild.textContent"), HOSTILE)
        self.assertEqual(self.script("return performance.getEntriesByType('resource').length"), 0, "the page needs nothing else")
        self.all("#text")[0].send_keys("nothing has this")
        self.assertTrue(self.all("p#none")[0].is_displayed())
        self.all("#reset")[0].click()
        self.shot("hostile")

    def test_filters_show_what_they_say(self):
        self.open("many")
        reports = [json.loads((OUT / f"many{i}" / "report.json").read_text(encoding="utf-8")) for i in range(5)]
        rows = list(zip(*(report["results"] for report in reports)))
        shown = lambda: [row for row in self.script("return [...document.querySelectorAll('.row')].filter((row) => row.offsetHeight).map((row) => row.id)")]
        button = lambda value: self.all(f"#verdicts button[value='{value}']")[0]
        expected = lambda test: [row[0]["name"] for row in rows if test(row)]
        button("ERROR").click()
        self.assertEqual(shown(), expected(lambda row: any(one["verdict"] == "ERROR" for one in row)))
        button("XPASS").click()
        self.assertEqual(shown(), expected(lambda row: any(one["verdict"] in ("ERROR", "XPASS") for one in row)))
        button("").click()
        button("differs").click()
        self.assertEqual(shown(), expected(lambda row: len({one["verdict"] for one in row}) > 1))
        button("").click()
        button("red").click()
        self.script("const s = document.getElementById('group'); s.value = 'MD'; s.dispatchEvent(new Event('input'))")
        self.script("const s = document.getElementById('level'); s.value = 'must'; s.dispatchEvent(new Event('input'))")
        self.assertEqual(shown(), expected(lambda row: any(one["red"] for one in row) and row[0]["name"].startswith("MD") and row[0]["level"] == "must"))
        self.assertIn("of 720 recipes", self.text("#shown"))
        self.all("#text")[0].send_keys("nothing has this")
        self.assertEqual(shown(), [])
        self.all("#reset")[0].click()
        self.assertEqual(len(shown()), 720)
        self.shot("many")

    def test_720_recipes_of_5_targets_come_quickly(self):
        self.open("many")
        spent = self.script("return performance.getEntriesByType('navigation')[0].domComplete")
        self.assertLess(spent, 3000, "ms")
        self.assertLess((OUT / "many/report.html").stat().st_size, 4_000_000)
        spent = self.script("""const t = performance.now(), box = document.getElementById('text');
          box.value = 'getwriterstatus'; box.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - t""")
        self.assertLess(spent, 1000, "ms")

    def test_a_link_opens_its_recipe_and_paper_has_no_buttons(self):
        self.open("model", fragment="#WS-049.2")
        self.assert_evidence(self.result(self.model, "WS-049.2"))
        top = self.script("return document.getElementById('WS-049.2').getBoundingClientRect().top")
        covered = self.script("return document.getElementById('head').getBoundingClientRect().bottom")
        self.assertTrue(covered <= top < 450, f"{top} under {covered}")
        self.shot("linked")
        self.cdp("Emulation.setEmulatedMedia", media="print")
        self.assertFalse(self.all("#filters")[0].is_displayed())
        self.assertTrue(self.all(".panel")[0].is_displayed())
        self.shot("print")


if __name__ == "__main__":
    unittest.main()
