"""Who is asking, for which merchant, and whether they may: one decorator around every page of the console."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from django_scopes import scope

from tracking.accounts.models import Member, Merchant, User
from tracking.accounts.permissions import Action, role_may
from tracking.portal import language
from tracking.portal.console.counts import attention_count

SESSION_KEY = "merchant"

P = ParamSpec("P")


class ConsoleRequest(HttpRequest):
    """A request of a member, inside their merchant's scope."""

    user: User
    member: Member
    merchant: Merchant
    memberships: list[Member]

    def may(self, action: Action) -> bool:
        """True where the member's role lets them do it."""
        return role_may(self.member.role, action)


View = Callable[Concatenate[ConsoleRequest, P], HttpResponse]
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def console_page(action: Action, *, posting: Action | None = None) -> Callable[[View[P]], Page[P]]:
    """A page that needs `action` to be read and `posting` (or the same) to change something.

    Without a login it leads there; without a membership, or with a role that may not, it explains. The page runs in
    the scope of the merchant that the session names, so another merchant's object does not exist in it.
    """

    def decorate(view: View[P]) -> Page[P]:
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            mine = _entered(request)
            if mine is None:
                return _private(render_solo(request, "no_membership.html", status=403))
            needed = action if request.method in ("GET", "HEAD") else posting or action
            with scope(merchant=mine.merchant):
                if not mine.may(needed):
                    return _private(render_page(mine, "denied.html", "", status=403))
                return _private(view(mine, *args, **kwargs))

        return page

    return decorate


def _entered(request: HttpRequest) -> ConsoleRequest | None:
    mine = cast(ConsoleRequest, request)
    memberships = list(Member.objects.filter(user=mine.user).select_related("merchant").order_by("merchant__name"))
    if not memberships:
        return None
    chosen = request.session.get(SESSION_KEY)
    mine.memberships = memberships
    mine.member = next((member for member in memberships if str(member.merchant_id) == chosen), memberships[0])
    mine.merchant = mine.member.merchant
    mine.may = lambda action: role_may(mine.member.role, action)  # type: ignore[method-assign]
    return mine


def _private(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response


def render_page(
    request: ConsoleRequest, template: str, section: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page with the console's frame. `section` names the entry of the navigation that is current."""
    if "attention_total" not in context:
        context["attention_total"] = attention_count()
    frame = {
        "merchant": request.merchant,
        "member": request.member,
        "memberships": request.memberships,
        "section": section,
        "may": {action.value: request.may(action) for action in Action},
    }
    return render(request, f"portal/console/{template}", _tongue() | frame | context, status=status)


def render_solo(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of one card, without navigation: login and the like."""
    return render(request, f"portal/console/{template}", _tongue() | context, status=status)


def _tongue() -> dict[str, str]:
    chosen = get_language() or "en"
    return {"html_lang": language.tag(chosen), "html_dir": language.direction(chosen)}
