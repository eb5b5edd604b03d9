"""The forms for carrier accounts and for the keys of programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carriers import registry
from carriers.facts import FactSheet
from tracking.accounts.models import Scope
from tracking.portal.console.forms import PlainForm


class AccountForm(PlainForm):
    """Access to one carrier. Credentials are written, never shown."""

    label = forms.CharField(
        label=gettext_lazy("Your name for it"), required=False, max_length=60, help_text=gettext_lazy("Optional.")
    )
    base_url = forms.URLField(
        label=gettext_lazy("Other base address"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Only for a proxy or a sandbox. Empty: the carrier's own."),
        error_messages={"invalid": gettext_lazy("Write a whole address such as https://proxy.example/ups.")},
    )
    rate_per_s = forms.FloatField(
        label=gettext_lazy("Calls per second, at most"), required=False, min_value=0.001, max_value=10_000
    )
    daily_budget = forms.IntegerField(
        label=gettext_lazy("Calls per day, at most"), required=False, min_value=1, max_value=2_000_000_000
    )

    def __init__(self, *args: Any, sheet: FactSheet, is_connected: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = registry.adapter(sheet.slug).credentials
        facts = {fact.name: fact.label for fact in sheet.credentials}
        names = [*facts, *(name for name in own if name not in facts)]
        credentials = {
            f"credentials_{name}": _secret(facts.get(name, name), name in own, is_connected) for name in names
        }
        self.fields = {**credentials, **self.fields}
        api = sheet.api
        if api is not None:
            self.fields["rate_per_s"].help_text = _suggested(api.rate_per_s)
            self.fields["daily_budget"].help_text = _suggested(api.daily_budget)

    def place_of(self, path: str) -> str:
        """credentials.api_key stands as credentials_api_key."""
        return path.replace("credentials.", "credentials_")

    def credentials(self) -> Mapping[str, str]:
        """Those that were typed; the others stay as they were."""
        return {
            name.removeprefix("credentials_"): value.strip()
            for name, value in self.cleaned_data.items()
            if name.startswith("credentials_") and value.strip()
        }

    @property
    def secrets(self) -> list[forms.BoundField]:
        """The credentials' fields."""
        return [self[name] for name in self.fields if name.startswith("credentials_")]

    @property
    def others(self) -> list[forms.BoundField]:
        """The fields that are not secret."""
        return [self[name] for name in self.fields if not name.startswith("credentials_")]


def _secret(label: str, is_needed: bool, is_connected: bool) -> forms.CharField:
    attributes = {"autocomplete": "off", "spellcheck": "false"}
    if is_connected:
        attributes["placeholder"] = _("Kept. Type to replace it.") if is_needed else _("Kept, if it was given.")
    return forms.CharField(
        label=label[:1].upper() + label[1:],
        required=is_needed and not is_connected,
        max_length=4_000,
        strip=True,
        widget=forms.PasswordInput(attrs=attributes),
        help_text="" if is_needed else _("Optional."),
        error_messages={"required": _("The carrier gives it to its customers; it is needed to ask it.")},
    )


def _suggested(value: float | None) -> str:
    return _("Empty: {n}, as the carrier allows.").format(n=f"{value:g}") if value else _("Empty: no limit is known.")


class KeyForm(PlainForm):
    """A new key for a program."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("Where it will be used, such as “Shop plug-in”."),
        error_messages={"required": gettext_lazy("Give it a name, so that you know it again.")},
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )
