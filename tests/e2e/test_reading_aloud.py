"""The script beside a notice, in a browser whose voice a test can follow."""

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.anywhere]
SCRIPT = Path(settings.BASE_DIR) / "portal" / "static" / "notices" / "reading.js"
PAGE = """
<h1 data-read>停水通知</h1><div data-read>第一句。第二句！</div>
<div data-notice-tools>
  <button data-read-aloud hidden aria-pressed="false" data-start="读" data-stop="停">读</button>
  <button data-share hidden data-done="已复制">分享</button><span data-share-status></span>
</div>
"""
#: A voice that says when it is told to go on, and tells of a stop only later, as browsers do.
VOICE = """() => {
  window.said = [];
  const speech = {
    getVoices: () => [],
    cancel() {
      const stopped = window.current;
      window.current = null;
      if (stopped) setTimeout(() => stopped.onerror({error: "canceled"}), 10);
    },
    speak(utterance) { window.said.push(utterance.text); window.current = utterance; },
  };
  Object.defineProperty(window, "speechSynthesis", {value: speech});
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
}"""


def test_a_notice_is_read_sentence_by_sentence_and_stops_when_told(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(PAGE)
    page.evaluate(VOICE)
    page.evaluate("source => new Function(source)()", SCRIPT.read_text())
    button = page.locator("[data-read-aloud]")
    button.click()
    page.evaluate("current.onend()")
    assert page.evaluate("said") == ["停水通知", "第一句。"]
    assert button.inner_text() == "停"
    button.click()
    assert button.inner_text() == "读"
    button.click()
    page.wait_for_timeout(50)
    assert button.inner_text() == "停", "the stop of the first reading ended the second"
    for _ in range(3):
        page.evaluate("current.onend()")
    assert page.evaluate("said").count("第二句！") == 1
    assert button.inner_text() == "读"
    page.close()


def test_where_nothing_can_be_read_aloud_there_is_no_button(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(PAGE)
    page.evaluate('() => Object.defineProperty(window, "speechSynthesis", {value: undefined})')
    page.evaluate("source => new Function(source)()", SCRIPT.read_text())
    assert page.locator("[data-read-aloud]").is_hidden()
    page.locator("[data-share]").click()
    assert page.locator("[data-share-status]").inner_text() == "已复制"
    page.close()
