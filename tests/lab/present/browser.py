"""Shows a page in headless Chromium and tells what a reader would see of it; nothing is installed for it."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEADLINE = 120
WATCH = """<script>
window.wrong = [];
window.addEventListener("error", (event) => window.wrong.push(String(event.message)));
document.addEventListener("securitypolicyviolation", (event) => window.wrong.push(`refused: ${event.blockedURI}`));
</script>"""
MEASURE = """<script>
window.addEventListener("load", () => {
  if (%(opened)s) for (const one of document.querySelectorAll("details")) one.open = true;
  const shown = (one) => one.checkVisibility();
  const held = (one) => one.closest(".scroll, .unseen, #told");
  const wide = document.documentElement.clientWidth;
  const over = [...document.body.querySelectorAll("*")]
    .filter((one) => shown(one) && !held(one) && one.getBoundingClientRect().right > wide + 0.5);
  const plots = [...document.querySelectorAll("svg")].filter(shown);
  const cut = plots.flatMap((plot) => [...plot.querySelectorAll("text")].filter((one) => {
    const box = one.getBBox();
    return box.x < -0.5 || box.x + box.width > plot.viewBox.baseVal.width + 0.5;
  }));
  const tip = plots[0] && plots[0].querySelector(".tip");
  if (tip) tip.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: 50, clientY: 50 }));
  const told = document.getElementById("told");
  const found = {
    width: window.innerWidth,
    scrolls: document.documentElement.scrollWidth,
    over: over.map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`),
    cut: cut.map((one) => `${one.closest("svg").getAttribute("aria-label").slice(0, 40)}: ${one.textContent}`),
    plots: plots.map((one) => one.getAttribute("aria-label")),
    lines: plots.filter((one) => one.querySelector("path, .part, circle")).length,
    told: told.hidden ? "" : told.textContent,
    wrong: window.wrong,
  };
  parent.postMessage(JSON.stringify(found), "*");
});
</script>"""
FRAME = """<!doctype html><body style="margin:0"><pre id="measured"></pre><script>
addEventListener("message", (event) => { document.getElementById("measured").textContent = event.data; });
</script><iframe src="%(page)s" style="border:0;width:%(width)dpx;height:900px"></iframe></body>"""
"""A window of Chromium's own can't be as narrow as a telephone."""


def program() -> str | None:
    """The browser, if one is installed."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def require() -> None:
    """Skip the whole module that calls this where no browser is installed."""
    if program() is None:
        pytest.skip("no Chromium is installed; CI has one", allow_module_level=True)


def look(page: Path, *, width: int, opened: bool = False) -> dict[str, Any]:
    """What a page shows in a window of this width, opened from its file.

    Args:
        page: The file; what measures it is added to a copy beside it.
        width: Pixels.
        opened: Whether everything that can be opened is.
    """
    copy = page.with_name(f"looked-at-{page.name}")
    text = page.read_text(encoding="utf-8")
    measure = MEASURE % {"opened": "true" if opened else "false"}
    copy.write_text(
        text.replace("<head>", f"<head>{WATCH}", 1).replace("</body>", f"{measure}</body>"), encoding="utf-8"
    )
    frame = page.with_name("frame.html")
    frame.write_text(FRAME % {"page": copy.as_uri(), "width": width}, encoding="utf-8")
    done = _run(frame)
    found = re.search(r'<pre id="measured">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr
    told = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return {**json.loads(unescape(found[1])), "console": told}


def _run(page: Path) -> "subprocess.CompletedProcess[str]":
    browser = program()
    assert browser
    profile = page.with_suffix(".profile")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
        f"--user-data-dir={profile}", "--window-size=1400,1000", "--virtual-time-budget=4000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=True)
    finally:
        shutil.rmtree(profile, ignore_errors=True)
