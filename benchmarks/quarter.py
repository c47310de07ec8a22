"""A quarter of a lab of 40 people and 16 GPUs with two deadlines, and the reports of its months.

    uv run python -m benchmarks.quarter OUT [--seed N] [--small] [--again]

Writes into the folder OUT: the database, the reports as PDF, PNG and CSV, and what `crunchtime export` says. The full
one looks at the GPUs each minute, as the bot does, and takes some minutes.
"""

import argparse
import sys
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.living import BEGIN, FULL, SMALL, lab_of, lived, months
from bot.app import open_desk
from bot.exporting import exported
from handlers.reports import report_csv
from handlers.views.report_pages import drawn
from handlers.views.report_paragraph import paragraph
from handlers.views.report_pdf import report_pdf
from handlers.views.report_words import facts, title

EXPORTS = ("reservations", "audit", "usage", "waitlist", "refusals", "outages", "deadlines", "pulse")


def main() -> int:
    """Lives it and writes everything down."""
    parser = argparse.ArgumentParser(description="Simulate a lab's quarter and write its reports.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="the few people and weeks of the test suite")
    parser.add_argument("--again", action="store_true", help="only write the reports of the one that lies there")
    wanted = parser.parse_args()
    shape = SMALL if wanted.small else FULL
    wanted.out.mkdir(parents=True, exist_ok=True)
    database = wanted.out / "quarter.db"
    url, began, end = f"sqlite:///{database}", time.monotonic(), BEGIN + shape.days * timedelta(days=1)
    if wanted.again:
        desk = open_desk(url, lab_of(shape))
    else:
        database.unlink(missing_ok=True)
        desk = lived(shape, wanted.seed, url)
        print(f"lived {shape.days} days in {time.monotonic() - began:.0f} s")
    for month in months(shape):
        began = time.monotonic()
        report = desk.report_on(month, end)
        print(f"\n{title(report)} (computed in {1000 * (time.monotonic() - began):.0f} ms)")
        print("\n".join(f"- {one}" for one in facts(report)), "", paragraph(report), sep="\n")
        (wanted.out / f"{month.label}.pdf").write_bytes(report_pdf(report))
        (wanted.out / f"{month.label}.csv").write_text(report_csv(report))
        pages = drawn(report)
        for page in (0, 1):
            (wanted.out / f"{month.label}-{page + 1}.png").write_bytes(pages.png(page, 110))
    desk.ledger.close()
    for what in EXPORTS:
        with exported(url, what, "json", end) as file:
            (wanted.out / f"{what}.json").write_text(file.read())
    return 0


if __name__ == "__main__":
    sys.exit(main())
