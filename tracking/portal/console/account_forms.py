"""The forms for carrier accounts and for the keys of programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carriers import registry
from carriers.facts import FactSheet, Limit, Per
from tracking.accounts.models import Scope
from tracking.portal.console.forms import PlainForm
from tracking.shipments.models import CarrierAccount
from tracking.shipments.polling.limits import MOST_CALLS, own_limits

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _calls(label: _StrPromise) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=MOST_CALLS)


def _zone_choices() -> list[tuple[str, str | Promise]]:
    midnight = gettext_lazy("from midnight to midnight, {zone}")
    named = [(zone, format_lazy(midnight, zone=zone)) for zone in _DAY_ZONES]
    return [("", gettext_lazy("over any 24 hours")), *named]


# Clocks by which a carrier may begin its day; the API of `save_account` takes any.
_DAY_ZONES = (
    "America/Chicago", "America/Los_Angeles", "America/New_York", "Asia/Shanghai", "Europe/Berlin", "Europe/London",
    "Europe/Paris", "UTC",
)  # fmt: skip


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
    calls_per_second = _calls(gettext_lazy("Calls a second, at most"))
    calls_per_minute = _calls(gettext_lazy("Calls a minute, at most"))
    calls_per_hour = _calls(gettext_lazy("Calls an hour, at most"))
    calls_per_day = _calls(gettext_lazy("Calls a day, at most"))
    day_zone = forms.ChoiceField(
        label=gettext_lazy("The day's calls are counted"),
        required=False,
        choices=_zone_choices,
        help_text=gettext_lazy("Only where you give calls a day. Choose any 24 hours unless the carrier tells more."),
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
        known = {limit.per: limit for limit in sheet.api.limits} if sheet.api is not None else {}
        for per in Per:
            self.fields[f"calls_per_{per}"].help_text = _suggested(known.get(per))

    def place_of(self, path: str) -> str:
        """credentials.api_key stands as credentials_api_key; what is wrong with limits, as a whole."""
        return "" if path.startswith("limits") else path.replace("credentials.", "credentials_")

    def credentials(self) -> Mapping[str, str]:
        """Those that were typed; the others stay as they were."""
        return {
            name.removeprefix("credentials_"): value.strip()
            for name, value in self.cleaned_data.items()
            if name.startswith("credentials_") and value.strip()
        }

    @staticmethod
    def initial_of(account: CarrierAccount) -> dict[str, Any]:
        """What stands in the account."""
        own = own_limits(account)
        day = next((limit for limit in own if limit.per is Per.DAY and limit.zone), None)
        return {
            "label": account.label,
            "base_url": account.base_url,
            "day_zone": day.zone if day else "",
            **{f"calls_per_{limit.per}": limit.calls for limit in own},
        }

    def limits(self) -> list[dict[str, Any]]:
        """Those that were given; the others stay the carrier's."""
        given = ((per, self.cleaned_data.get(f"calls_per_{per}")) for per in Per)
        zone = self.cleaned_data["day_zone"]
        return [
            {"calls": calls, "per": per.value} | ({"zone": zone} if zone and per is Per.DAY else {})
            for per, calls in given
            if calls
        ]

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


def _suggested(limit: Limit | None) -> str:
    if limit is None:
        return _("Empty: no limit is known.")
    return _("Empty: {n}, as the carrier allows.").format(n=f"{limit.calls:,}")


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
