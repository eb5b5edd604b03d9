"""The closed vocabulary in the reader's language. `carriers` knows no Django: its English labels are our message ids.

gettext finds them in vocabulary_labels.py, which scripts/make_vocabulary_labels.py writes.
"""

from __future__ import annotations

from django.utils.translation import gettext

from carriers.vocabulary import ActionBy, EventCode, Phase, Reason, Status


def label(word: Status | Phase | EventCode | Reason) -> str:
    """What a status, phase, event code or reason is called, in the active language."""
    return gettext(word.label)


def actor(who: ActionBy) -> str:
    """Who has to act, as the subject of no sentence: "You", "The shop"."""
    return gettext(ACTORS[who])


ACTORS: dict[ActionBy, str] = {
    ActionBy.NONE: "Nobody",
    ActionBy.BUYER: "You",
    ActionBy.MERCHANT: "The shop",
    ActionBy.CARRIER: "The carrier",
    ActionBy.BROKER: "The customs broker",
    ActionBy.CUSTOMS: "Customs",
}
