"""Carrier accounts: which carriers can be asked, how they answer, and their credentials."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from carriers import registry
from tracking.accounts.permissions import Action
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.account_forms import AccountForm
from tracking.portal.console.accounts import account_cards, has_push, legs_without_a_door
from tracking.portal.console.budgets import shared_with, window_lines
from tracking.shipments import services
from tracking.shipments.errors import Invalid
from tracking.shipments.models import CarrierAccount
from tracking.shipments.polling.subscriptions import push_address


@require_GET
@console_page(Action.VIEW_CARRIER_ACCOUNTS)
def account_list(request: ConsoleRequest) -> HttpResponse:
    """Every carrier that we can ask: those in trouble, those that parcels wait for, the connected, the others."""
    text = request.GET.get("q", "").strip()[:60]
    cards = account_cards(request.merchant.zone)
    shown = [card for card in cards if text.casefold() in card.name.casefold()]
    known = registry.slug_of(text) if text and not shown else None
    return render_page(
        request,
        "accounts.html",
        "accounts",
        text=text,
        known=registry.sheet(known).name if known else "",
        connected=sum(card.state != "none" for card in cards),
        offered=len(cards),
        recognised=len(registry.sheets()) - len(cards),
        recognised_only=legs_without_a_door() if not text else 0,
        troubled=[card for card in shown if card.state in ("refused", "trouble", "paused")],
        wanted=[card for card in shown if card.state == "none" and card.waiting],
        working=[card for card in shown if card.state == "connected"],
        others=[card for card in shown if card.state == "none" and not card.waiting],
    )


@require_http_methods(["GET", "POST"])
@console_page(Action.CHANGE_CARRIER_ACCOUNTS)
def change_account(request: ConsoleRequest, carrier: str) -> HttpResponse:
    """Credentials and limits of one carrier. Credentials are written and never shown."""
    if not registry.has_adapter(carrier):
        raise Http404
    sheet = registry.sheet(carrier)
    account = CarrierAccount.objects.filter(carrier=sheet.slug).first()
    form = AccountForm(
        request.POST if request.method == "POST" else None,
        sheet=sheet,
        is_connected=account is not None,
        initial=AccountForm.initial_of(account) if account else {},
    )
    if request.method == "POST" and form.is_valid():
        own = {name: form.cleaned_data[name] for name in ("label", "base_url")}
        try:
            services.save_account(
                request.merchant, sheet.slug, credentials=form.credentials(), limits=form.limits(), **own
            )
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(
                request, _("{carrier} is saved. Its parcels are asked for now.").format(carrier=sheet.name)
            )
            return redirect("console:accounts")
    return render_page(
        request,
        "account_form.html",
        "accounts",
        status=400 if form.errors else 200,
        form=form,
        sheet=sheet,
        account=account,
        windows=window_lines([account], request.merchant.zone)[str(account.pk)] if account else [],
        shared_with=shared_with(account) if account else 0,
        push=push_address(account) if account and has_push(sheet.slug) else "",
        has_push=has_push(sheet.slug),
    )
