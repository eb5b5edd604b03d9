"""Writes tracking/portal/vocabulary_labels.py: every English label of the vocabulary, where gettext can find it.

Run it after a change of carriers/vocabulary.py, then `make messages`. A test compares the file with the vocabulary.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

TARGET = ROOT / "tracking" / "portal" / "vocabulary_labels.py"


def source() -> str:
    """The module's text."""
    from carriers.vocabulary import EventCode, Phase, Reason, Status
    from tracking.portal.wording import ACTORS

    words = [*Status, *Phase, *EventCode, *Reason]
    labels = dict.fromkeys([*(word.label for word in words), *ACTORS.values()])
    lines = "\n".join(f"    gettext_noop({json.dumps(text, ensure_ascii=False)})," for text in labels)
    return (
        '"""Written by scripts/make_vocabulary_labels.py: do not edit."""\n\n'
        "from django.utils.translation import gettext_noop\n\n"
        f"LABELS = (\n{lines}\n)\n"
    )


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {source().count('gettext_noop(')} labels")
