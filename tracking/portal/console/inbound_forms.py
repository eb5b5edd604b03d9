"""The forms for partners' files and for transport units."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carriers import bounds
from carriers.messages import Format
from tracking.inbound.models import TransportUnit
from tracking.portal.console.forms import PlainForm, carriers

FORMATS: dict[str, Any] = {
    Format.CSV.value: gettext_lazy("CSV with a header"),
    Format.FSU.value: gettext_lazy("IATA FSU (air cargo)"),
    Format.IFTSTA.value: gettext_lazy("EDIFACT IFTSTA"),
    Format.X12_214.value: gettext_lazy("X12 214 (road freight)"),
    Format.DCSA.value: gettext_lazy("DCSA events (container shipping)"),
    "json": gettext_lazy("Events by the API"),
}


class FileForm(PlainForm):
    """A file of a partner, to be looked at first."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("Up to 5 MB. It is only looked at first; nothing is told before you say so."),
    )
    format = forms.ChoiceField(label=gettext_lazy("What it is"))
    carrier = forms.ChoiceField(
        label=gettext_lazy("Whose codes are in it"),
        required=False,
        help_text=gettext_lazy("Only where the partner uses codes of its own that its fact sheet knows."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(known, words) for known, words in FORMATS.items() if known in set(Format)]  # type: ignore[attr-defined]
        self.fields["carrier"].choices = carriers(_("The standard's own"))  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """Within the bound that every message is read in."""
        file = self.cleaned_data["file"]
        if file.size > bounds.MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB. Split it."))
        return file


class UnitForm(PlainForm):
    """Something that shipments travel in together."""

    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=TransportUnit.Kind.choices)
    reference = forms.CharField(
        label=gettext_lazy("Its number"), max_length=80, help_text=gettext_lazy("Such as 160-44556606 or CSQU3054383.")
    )
    carrier = forms.CharField(label=gettext_lazy("Its carrier"), required=False, max_length=80)


class MembersForm(PlainForm):
    """What travels in a unit."""

    shipments = forms.CharField(
        label=gettext_lazy("Shipments"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=90_000,
        help_text=gettext_lazy("One a line: our number, your order number, or another unit's number."),
    )

    def numbers(self) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in self.cleaned_data["shipments"].splitlines() if line.strip()]
