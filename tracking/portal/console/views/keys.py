"""Keys of the merchant's programs: made, shown once, revoked."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tracking.accounts.models import ApiKey, Scope
from tracking.accounts.permissions import Action
from tracking.portal import dates
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.account_forms import KeyForm


@require_http_methods(["GET", "POST"])
@console_page(Action.MANAGE_KEYS)
def key_list(request: ConsoleRequest) -> HttpResponse:
    """The keys, and a form for a new one. The key itself is in the answer to the form, and nowhere else."""
    form = KeyForm(request.POST if request.method == "POST" else None, initial={"scopes": [Scope.READ.value]})
    made, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            told = form.cleaned_data
            _row, made = ApiKey.issue(request.merchant, told["name"], told["scopes"])
            form = KeyForm(initial={"scopes": [Scope.READ.value]})
        else:
            status = 400
    names = dict(Scope.choices)
    keys = [
        (
            key,
            ", ".join(str(names[scope]) for scope in key.scopes if scope in names),
            dates.day(key.created_at.date()),
            dates.ago(key.last_used_at, timezone.now()) if key.last_used_at else "",
        )
        for key in ApiKey.objects.order_by("-created_at")
    ]
    return render_page(request, "keys.html", "keys", status=status, form=form, keys=keys, made=made)


@require_POST
@console_page(Action.MANAGE_KEYS)
def revoke(request: ConsoleRequest, key_id: UUID) -> HttpResponse:
    """Ends a key at once and for good."""
    key = ApiKey.objects.filter(id=key_id).first()
    if key is None:
        raise Http404
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
    messages.success(
        request, _("“{name}” is revoked. Programs that use it are refused from now on.").format(name=key.name)
    )
    return redirect("console:keys")
