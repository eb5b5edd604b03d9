"""The form that maps a wording, and what its preview says."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carriers import registry
from carriers.vocabulary import Reason
from tracking.mapping.rows import Mapping
from tracking.phrasebook.patterns import PatternError, compile_pattern
from tracking.portal import wording
from tracking.portal.console.event_form import event_codes
from tracking.portal.console.forms import PlainForm

WORDING, PATTERN, CODE = "wording", "pattern", "code"


class MapForm(PlainForm):
    """What a carrier's code or wording means."""

    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier"), error_messages={"required": gettext_lazy("Choose whose words they are.")}
    )
    match = forms.ChoiceField(
        label=gettext_lazy("Which events"),
        widget=forms.RadioSelect,
        choices=[
            (WORDING, gettext_lazy("This wording, whatever its numbers")),
            (PATTERN, gettext_lazy("Every text in which this pattern stands")),
            (CODE, gettext_lazy("Every text with this code")),
        ],
        initial=WORDING,
    )
    text = forms.CharField(
        label=gettext_lazy("Words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "dir": "auto"}),
        help_text=gettext_lazy("In a pattern: .* for anything between, (one|other), x? for what may be missing."),
    )
    raw_code = forms.CharField(
        label=gettext_lazy("Only with the code"),
        required=False,
        max_length=60,
        strip=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off", "autocapitalize": "none"}),
        help_text=gettext_lazy("Empty: whatever the code."),
    )
    event_code = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        error_messages={"required": gettext_lazy("Choose what happened.")},
        help_text=gettext_lazy("“Information updated” for words that say nothing about the parcel."),
    )
    reason = forms.ChoiceField(label=gettext_lazy("Why, if it is held or failed"), required=False)
    note = forms.CharField(
        label=gettext_lazy("How you know"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("For your colleagues: the carrier's document, a call."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sheets = sorted(registry.sheets().values(), key=lambda sheet: sheet.name.casefold())
        own = [(sheet.slug, sheet.name) for sheet in sheets if registry.has_adapter(sheet.slug)]
        choices: dict[str, Any] = {
            "carrier": [("", _("Choose …")), *own],
            "event_code": event_codes(),
            "reason": [("", "–"), *((reason.value, wording.label(reason)) for reason in Reason)],
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Says what is missing, and what is wrong with a pattern, at the field."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        kind, text = told.get("match"), told.get("text", "")
        if kind == CODE and not told.get("raw_code"):
            self.add_error("raw_code", _("Type the carrier's code."))
        if kind in (WORDING, PATTERN) and not text:
            self.add_error("text", _("Type the carrier's words."))
        if kind == PATTERN and text:
            try:
                compile_pattern(text)
            except PatternError as error:
                self.add_error("text", refusal(error))
        return told

    def place_of(self, path: str) -> str:
        """A pattern stands in the field of the words."""
        return "text" if path == "pattern" else path

    def mapping(self) -> Mapping:
        """What was typed. The event code may be missing where only a preview is wanted."""
        told = self.cleaned_data
        kind = told["match"]
        return Mapping(
            carrier=told["carrier"],
            raw_code=told["raw_code"],
            text=told["text"] if kind == WORDING else "",
            pattern=told["text"] if kind == PATTERN else "",
            event_code=told.get("event_code") or "any.note",
            reason=told.get("reason") or "",
            note=told.get("note") or "",
        )

    def is_previewable(self) -> bool:
        """Everything that decides which events are meant is right."""
        return self.is_bound and not {"carrier", "match", "text", "raw_code"} & set(self.errors)


def refusal(error: PatternError) -> str:
    """Why a pattern cannot be taken and what to write, in the reader's language."""
    detail, cure = (_(text).format(**error.params) for text in (error.template, error.cure_template))
    return _("The pattern {problem}. {cure}").format(problem=detail, cure=cure)
