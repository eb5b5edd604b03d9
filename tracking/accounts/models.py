"""Who: a merchant, the people who work for it, and the keys its programs use."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tracking.accounts.scoping import scoped
from tracking.ids import uuid7


class Merchant(models.Model):
    """One row is a shop or company whose shipments are tracked; every tenant-owned row names its merchant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=40, unique=True)
    brand_color = models.CharField(
        max_length=7,
        default="#0E6470",
        validators=[RegexValidator(r"\A#[0-9A-Fa-f]{6}\Z", _("Write a colour as #RRGGBB."))],
    )
    support_url = models.URLField(blank=True)
    support_email = models.EmailField(blank=True)
    zone = models.CharField(max_length=40, default="UTC")  # IANA; what the console shows
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name

    def own_brand(self) -> Brand:
        """Its brand, or the defaults; a query unless it was read with the merchant (`merchant__brand`)."""
        found: Brand | None = getattr(self, "brand", None)  # a missing row is an AttributeError
        return found or Brand(merchant=self)


class Brand(models.Model):
    """One row is how a merchant's pages and mails look and speak, beside its name, colour and support address.

    A merchant without one has the defaults. `Merchant` keeps what the console needs on every page.
    """

    class Block(models.TextChoices):
        """A part of the tracking page that a merchant may move or leave out; status and action always come first."""

        ROUTE = "route", _("Route and map")
        JOURNEY = "journey", _("Journey")
        NEXT = "next", _("What happens next")
        CONTENTS = "contents", _("Contents and other parcels")
        UPDATES = "updates", _("Updates by e-mail")
        HELP = "help", _("Help")
        NOTE = "note", _("Your note and links")

    merchant = models.OneToOneField(Merchant, primary_key=True, on_delete=models.CASCADE, related_name="brand")
    logo = models.BinaryField(default=b"", blank=True)  # PNG, JPEG, WebP or checked SVG; at most 15 kB
    logo_type = models.CharField(max_length=20, blank=True)  # its media type; "" without a logo
    logo_width = models.PositiveSmallIntegerField(default=0)  # CSS pixels, at most 160 x 40
    logo_height = models.PositiveSmallIntegerField(default=0)
    languages = ArrayField(models.CharField(max_length=12), default=list, blank=True)  # offered; [] for all
    blocks = ArrayField(models.CharField(max_length=10, choices=Block.choices), default=list, blank=True)  # [] default
    support_phone = models.CharField(max_length=30, blank=True)
    note = models.JSONField(default=dict, blank=True)  # language -> text, plain
    links = models.JSONField(default=list, blank=True)  # [{"url": https address, "label": {language: text}}]
    privacy_url = models.URLField(blank=True)
    finds_by_other_numbers = models.BooleanField(default=True)  # by a carrier's or order number and a second factor
    return_days = models.PositiveSmallIntegerField(default=30)  # after delivery a return may be asked for; 0: never
    widget_origins = ArrayField(models.CharField(max_length=120), default=list, blank=True)  # sites that may embed

    objects: ClassVar[models.Manager[Brand]] = scoped(models.Manager)

    def __str__(self) -> str:
        return f"brand of {self.merchant_id}"


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address, compared in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who can log in with this password, or with none until one is set."""
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """One row is a person who can log in; what they may see follows from their memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """What a member may do; `tracking.accounts.permissions` holds the table."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    OPS = "ops", _("Operations")
    SUPPORT = "support", _("Support")
    ANALYST = "analyst", _("Analyst")


class Member(models.Model):
    """One row lets a user work for a merchant in a role."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="member_once_per_merchant")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role}, {self.merchant})"


class Scope(models.TextChoices):
    """What an API key may do."""

    READ = "shipments:read", _("Read shipments")
    WRITE = "shipments:write", _("Register and change shipments")
    WEBHOOKS = "webhooks:manage", _("Manage webhooks")


class ApiKey(models.Model):
    """One row is a key of a merchant's program. Only the SHA-256 of the key is kept; the prefix tells keys apart."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=24, choices=Scope.choices))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)  # to the minute; written by the API's authentication
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[ApiKey]] = scoped(models.Manager)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(key: str) -> str:
        """SHA-256, hex. The key itself has 190 random bits, so a slow hash would protect nothing more."""
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def issue(cls, merchant: Merchant, name: str, scopes: list[str]) -> tuple[ApiKey, str]:
        """A new key's row, and the key itself, which is shown once and never again."""
        key = f"tl_{secrets.token_urlsafe(24)}"
        row = cls(merchant=merchant, name=name, prefix=key[:9], digest=cls.digest_of(key), scopes=scopes)
        row.save()
        return row, key

    def is_usable(self) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())
