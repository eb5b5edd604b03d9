"""The login form: one error for every wrong pair, so that nobody learns which addresses exist."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy


class LoginForm(AuthenticationForm):
    """E-mail and password; pasting and password managers are welcome."""

    error_messages = {
        "invalid_login": gettext_lazy("E-mail address and password do not fit together. Check both and try again."),
        "inactive": gettext_lazy("E-mail address and password do not fit together. Check both and try again."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = gettext_lazy("E-mail address")
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": False})
        self.fields["username"].error_messages["required"] = gettext_lazy("Type your e-mail address.")
        self.fields["password"].error_messages["required"] = gettext_lazy("Type your password.")

    def clean_username(self) -> str:
        """Addresses are kept in lower case."""
        return str(self.cleaned_data["username"]).lower()
