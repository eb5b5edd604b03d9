"""Coming in, going out, and choosing for whom one works."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tracking.accounts.permissions import Action
from tracking.portal.console.access import SESSION_KEY, ConsoleRequest, console_page, render_page, render_solo
from tracking.portal.console.login import LoginForm


class Login(LoginView):
    """E-mail and password. django-axes counts the failures and locks after too many."""

    authentication_form = LoginForm
    template_name = "portal/console/login.html"
    next_page = "console:home"
    redirect_authenticated_user = True

    def render_to_response(self, context: dict[str, object], **_kwargs: object) -> HttpResponse:
        """With the frame of a page of one card; 400 where something was refused."""
        form = self.get_form() if not self.request.POST else context["form"]
        status = 400 if self.request.method == "POST" else 200
        return render_solo(self.request, "login.html", status=status, form=form, next=self.get_redirect_url())


class Logout(LogoutView):
    """By POST alone, so that no link can log anybody out."""

    next_page = "console:login"


def locked_out(request: HttpRequest, _response: object = None, _credentials: object = None) -> HttpResponse:
    """Too many wrong passwords: what django-axes answers (AXES_LOCKOUT_CALLABLE)."""
    return render_solo(request, "locked.html", status=429)


@require_POST
@console_page(Action.VIEW_SHIPMENTS)
def switch_merchant(request: ConsoleRequest) -> HttpResponse:
    """Works for another merchant from now on; one that is not yours changes nothing."""
    wanted = request.POST.get("merchant", "")
    for member in request.memberships:
        if str(member.merchant_id) == wanted:
            request.session[SESSION_KEY] = wanted
            messages.success(request, _("You now work for {merchant}.").format(merchant=member.merchant))
    return redirect("console:home")


@require_GET
@console_page(Action.VIEW_SHIPMENTS)
def account(request: ConsoleRequest) -> HttpResponse:
    """Who I am here, what my role lets me do, the way out."""
    return render_page(request, "account.html", "account")
