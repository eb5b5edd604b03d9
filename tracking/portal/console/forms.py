"""What people type: read leniently, refused with the cure beside the field. The services check what it means."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from carriers import registry
from carriers.facts import FactSheet
from tracking.portal import dates
from tracking.portal.console import words
from tracking.rules.facts import LegRole
from tracking.shipments.errors import Invalid
from tracking.shipments.services import LegSpec

LEGS_AT_ONCE = 3

Choices = list[tuple[str, Any]]


def countries() -> Choices:
    """Every country and territory by its name in the reader's language."""
    return [("", "–"), *_countries(get_language() or "en")]


@lru_cache(maxsize=8)
def _countries(_language: str) -> list[tuple[str, str]]:
    names = Locale.parse(dates.locale()).territories
    own = ((code, name) for code, name in names.items() if len(code) == 2 and code not in _NO_COUNTRIES)
    return sorted(own, key=lambda pair: pair[1].casefold())


# CLDR's groupings, outlying islands of no post, pseudo-regions.
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})


def carriers(first: str) -> Choices:
    """Carriers that can be asked, then those that are recognised only; `first` names the empty choice."""
    sheets = sorted(registry.sheets().values(), key=lambda sheet: sheet.name.casefold())
    asked = [(sheet.slug, sheet.name) for sheet in sheets if registry.has_adapter(sheet.slug)]
    linked = [(sheet.slug, sheet.name) for sheet in sheets if not registry.has_adapter(sheet.slug)]
    return [("", first), (_("We can ask them"), asked), (_("Recognised and linked"), linked)]


class PlainForm(forms.Form):
    """A form whose fields take the services' complaints."""

    def blame(self, error: Invalid) -> None:
        """Puts the complaint under the field it names, else above the form."""
        name = self.place_of(error.field)
        field = self.fields.get(name)
        detail = error.detail
        if field is not None and detail[:1].islower():
            detail = f"{field.label} {detail}"
        cure = _("Type it in this field.") if ".fields." in f".{error.field}." else error.cure
        self.add_error(name if field is not None else None, f"{_sentence(detail)} {cure}".strip())

    def place_of(self, path: str) -> str:
        """The form's field for a dotted path of a service."""
        return path


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


class LegPart:
    """Adds the fields of one leg to a form: number, carrier, and what that carrier needs beside the number."""

    def __init__(self, form: PlainForm, prefix: str, *, is_required: bool) -> None:
        self.form, self.prefix = form, prefix
        form.fields[f"{prefix}number"] = forms.CharField(
            label=_("Carrier's number"),
            required=is_required,
            max_length=300,
            error_messages={"required": _("Type the number as it stands on the label.")},
            widget=forms.TextInput(
                attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
            ),
        )
        form.fields[f"{prefix}carrier"] = forms.ChoiceField(
            label=_("Carrier"), required=False, choices=carriers(_("Find out from the number"))
        )
        sheet = self.sheet()
        for fact in sheet.fields if sheet else ():
            form.fields[f"{prefix}field_{fact.name}"] = forms.CharField(
                label=fact.label[:1].upper() + fact.label[1:], required=False, max_length=200
            )

    def sheet(self) -> FactSheet | None:
        """The fact sheet of the carrier that was chosen, sent or shown."""
        name = f"{self.prefix}carrier"
        slug = self.form.data.get(name) if self.form.is_bound else self.form.initial.get(name)
        return registry.sheets().get(slug or "")

    def rows(self) -> list[forms.BoundField]:
        """The fields in order, for the template."""
        return [self.form[name] for name in self.form.fields if name.startswith(self.prefix)]

    def spec(self, **more: Any) -> LegSpec:
        """What was typed, as the services take it."""
        data, prefix = self.form.cleaned_data, self.prefix
        start = f"{prefix}field_"
        given = {name.removeprefix(start): value for name, value in data.items() if name.startswith(start) and value}
        return LegSpec(number=data[f"{prefix}number"], carrier=data[f"{prefix}carrier"] or None, fields=given, **more)

    def place_of(self, path: str) -> str:
        """The field for a service's path below this leg: "number", "fields.postcode"."""
        return self.prefix + path.replace("fields.", "field_")


class ShipmentForm(PlainForm):
    """A new shipment, with up to three numbers."""

    order_number = forms.CharField(label=gettext_lazy("Order number"), required=False, max_length=80)
    title = forms.CharField(
        label=gettext_lazy("What is in it"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("For your own lists."),
    )
    destination_country = forms.ChoiceField(
        label=gettext_lazy("Destination country"),
        error_messages={"required": gettext_lazy("Choose the country it goes to.")},
    )
    destination_city = forms.CharField(label=gettext_lazy("Destination city"), required=False, max_length=80)
    origin_country = forms.ChoiceField(label=gettext_lazy("Sent from"), required=False)
    promised_on = forms.DateField(
        label=gettext_lazy("Promised to the buyer for"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Write a day such as 2026-12-24.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("destination_country", "origin_country"):
            self.fields[name].choices = countries()  # type: ignore[attr-defined]
        self.legs = [LegPart(self, f"legs-{index}-", is_required=False) for index in range(LEGS_AT_ONCE)]

    def place_of(self, path: str) -> str:
        """Paths of legs count only those that were filled in."""
        if not path.startswith("legs."):
            return path
        _legs, index, rest = path.split(".", 2) if path.count(".") > 1 else ("legs", "0", "number")
        return self.filled()[int(index)].place_of(rest)

    def filled(self) -> list[LegPart]:
        """The legs that have a number."""
        return [leg for leg in self.legs if self.cleaned_data.get(f"{leg.prefix}number")]

    def facts(self) -> dict[str, str | date | None]:
        """What `register_shipment` takes beside the legs."""
        own = ("order_number", "title", "destination_country", "destination_city", "origin_country", "promised_on")
        return {name: self.cleaned_data[name] for name in own}


class DetailsForm(ShipmentForm):
    """What a merchant may change about a shipment; its legs are changed one by one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for leg in self.legs:
            for field in leg.rows():
                del self.fields[field.name]
        self.legs = []


class LegForm(PlainForm):
    """A leg to add, or to put in another's place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leg = LegPart(self, "", is_required=True)
        self.fields["carrier_name"] = forms.CharField(
            label=_("A carrier that is not in the list"),
            required=False,
            max_length=80,
            help_text=_("Its name; you tell its events by hand."),
        )
        self.fields["role"] = forms.ChoiceField(
            label=_("Part of the way"),
            required=False,
            choices=[
                ("", _("Follows from its place")),
                *((role.value, _(words.ROLES[role.value])) for role in LegRole),
            ],
        )

    def place_of(self, path: str) -> str:
        """Below the one leg."""
        return self.leg.place_of(path)

    def spec(self) -> LegSpec:
        """What was typed."""
        data = self.cleaned_data
        return self.leg.spec(
            carrier_name="" if data["carrier"] else data["carrier_name"],
            role=LegRole(data["role"]) if data["role"] else None,
        )
