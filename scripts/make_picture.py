"""Make docs/explanation.png, the picture at the top of the README: the page of a real explanation, in a real browser.

    python scripts/make_picture.py [--output docs/explanation.png]

Needs Chromium, playwright and Pillow (playwright is in the extra `all`, and matplotlib there brings Pillow).
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from ner_lime import NERExplainer
from ner_lime.embedded import jobs_tagger

ROOT = Path(__file__).resolve().parents[1]
TEXT = "6+ years of Web UI/UX design experience Proven mobile web application design experience"
WORD = 4
WIDTH = 900
ROWS = 5
"""Number of contributions in the picture: the others hardly move anything."""

BELOW = 5
"""Pixels below the last one, so that no letter is cut."""

COLOURS = 64
"""Number of colours: the page has few, and these keep its letters smooth and the file small."""


def photograph(page: str) -> bytes:
    """The upper part of the page, down to the last contribution that counts, as a PNG of twice its size."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page(viewport={"width": WIDTH, "height": 1200}, device_scale_factor=2, color_scheme="light")
        view.goto(path.as_uri())
        last = view.locator("#contributions tbody tr").nth(ROWS - 1).bounding_box()
        if last is None:
            raise SystemExit(f"expected a page with {ROWS} contributions to photograph")
        height = last["y"] + last["height"] + BELOW
        shot = view.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
        browser.close()
    return shot


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "explanation.png")
    output: Path = parser.parse_args().output
    explanation = NERExplainer(jobs_tagger()).explain(TEXT)
    shot = photograph(explanation.to_html(WORD, title="Why is “UI/UX” a skill?"))
    few = Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    output.parent.mkdir(parents=True, exist_ok=True)
    few.save(output, optimize=True)
    print(f"{output}: {few.width} x {few.height}, {output.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
