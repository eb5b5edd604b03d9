"""The form for an event that somebody tells by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carriers.vocabulary import EventCode, Phase, Reason
from tracking.portal import wording
from tracking.portal.console import words
from tracking.portal.console.forms import Choices, PlainForm, countries


class EventForm(PlainForm):
    """An event that somebody tells by hand."""

    code = forms.ChoiceField(
        label=gettext_lazy("What happened"), error_messages={"required": gettext_lazy("Choose what happened.")}
    )
    occurred_at = forms.DateTimeField(
        label=gettext_lazy("When"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": gettext_lazy("Say when it happened."),
            "invalid": gettext_lazy("Write a day and a time such as 2026-12-24 14:30."),
        },
    )
    zone = forms.ChoiceField(label=gettext_lazy("By the clock of"))
    leg = forms.ChoiceField(label=gettext_lazy("Who had the parcel"), required=False)
    carrier_name = forms.CharField(
        label=gettext_lazy("Somebody else"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("A forwarder, a broker, a warehouse: only if no leg fits."),
    )
    place = forms.CharField(label=gettext_lazy("Where"), required=False, max_length=120)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    reason = forms.ChoiceField(label=gettext_lazy("Why, if it is held or failed"), required=False)
    text = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The buyer sees it as the original message. Name nobody."),
    )

    def __init__(self, *args: Any, legs: Iterable[tuple[str, str]], zones: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        near = [zone for zone in dict.fromkeys((*zones, "UTC")) if zone in available_timezones()]
        self._choose("code", event_codes())
        self._choose("zone", [(zone, zone.replace("_", " ")) for zone in near])
        self._choose("leg", [*legs, ("", _("Somebody else"))])
        self._choose("country", countries())
        self._choose("reason", [("", "–"), *((reason.value, wording.label(reason)) for reason in Reason)])

    def _choose(self, name: str, choices: Choices) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def moment(self) -> datetime:
        """When it happened: the wall clock that was typed, in the zone that was chosen."""
        naive: datetime = self.cleaned_data["occurred_at"].replace(tzinfo=None)
        return naive.replace(tzinfo=ZoneInfo(self.cleaned_data["zone"]))


def event_codes() -> Choices:
    """What people may tell, by phase, in the reader's language."""
    told = [code for code in EventCode if words.is_told_code(code)]
    by_phase: Choices = [("", _("Choose …"))]
    for phase in Phase:
        own = [(code.value, wording.label(code)) for code in told if code.phase is phase]
        by_phase.append((wording.label(phase), own))
    anywhere = [(code.value, wording.label(code)) for code in told if code.phase is None]
    return [*by_phase, (_("Anywhere on the way"), anywhere)]
