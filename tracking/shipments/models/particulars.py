"""What a merchant tells of a shipment beside its way: who it is for, what is in it, and what customs is to know.

People's particulars stand here and nowhere else, so that one row is all there is to erase.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tracking import clock
from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.shipments.models.shipment import Shipment


class Recipient(models.Model):
    """One row is the person a shipment goes to, as the merchant told. Shown to nobody who has not proved to be them."""

    shipment = models.OneToOneField(Shipment, primary_key=True, on_delete=models.CASCADE, related_name="recipient")
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    street = models.CharField(max_length=200, blank=True)  # the lines above the town, as one text
    postcode = models.CharField(max_length=20, blank=True)  # as written; compared by rules.second_factor
    language = models.CharField(max_length=12, blank=True)  # one of settings.LANGUAGES; "" where not told

    objects: ClassVar[models.Manager[Recipient]] = scoped(models.Manager)

    class Meta:
        indexes = [models.Index("merchant", Lower("email"), name="recipient_by_email", condition=~Q(email=""))]

    def __str__(self) -> str:
        return f"recipient of {self.shipment_id}"  # never the name: this ends up in logs


class Item(models.Model):
    """One row is one line of a shipment's contents."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="items", db_index=False)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField(default=1)
    sku = models.CharField(max_length=60, blank=True)
    hs_code = models.CharField(max_length=12, blank=True)  # 6 to 10 digits of the Harmonized System
    origin_country = models.CharField(max_length=2, blank=True)  # where it was made
    value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)  # of one piece
    currency = models.CharField(max_length=3, blank=True)  # ISO 4217, with `value`

    objects: ClassVar[models.Manager[Item]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "position"], name="item_once_per_position")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.title}"


class Document(models.TextChoices):
    """A paper or a piece of information that customs may ask for."""

    IDENTITY_NUMBER = "identity_number", _("Identity or tax number of the recipient")
    INVOICE = "invoice", _("Invoice")
    PAYMENT_PROOF = "payment_proof", _("Proof of payment")
    IMPORT_LICENCE = "import_licence", _("Import licence")
    ORIGIN_CERTIFICATE = "origin_certificate", _("Certificate of origin")
    DESCRIPTION = "description", _("Description of the goods")
    POWER_OF_ATTORNEY = "power_of_attorney", _("Authorisation for the customs broker")


class CustomsRecord(models.Model):
    """One row is what is known of a shipment's import: on which terms, what is due, who collects it, what is missing.

    Told by the merchant, or taken from a carrier's answer (`told_by` is its slug then). Nothing here is guessed.
    """

    class Terms(models.TextChoices):
        """Incoterms 2020, the two that parcels are sent on."""

        UNKNOWN = "", _("Not told")
        DDP = "ddp", _("Duties paid by the shop")
        DAP = "dap", _("Duties paid by the recipient")

    shipment = models.OneToOneField(Shipment, primary_key=True, on_delete=models.CASCADE, related_name="customs")
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    terms = models.CharField(max_length=3, choices=Terms.choices, default=Terms.UNKNOWN, blank=True)
    declared_value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    declared_currency = models.CharField(max_length=3, blank=True)  # ISO 4217
    charges = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)  # duty, tax and fees, in all
    charges_currency = models.CharField(max_length=3, blank=True)
    charges_due_on = models.DateField(null=True, blank=True)  # the last day to pay, at the destination
    charges_paid_at = models.DateTimeField(null=True, blank=True)
    collected_by = models.CharField(max_length=80, blank=True)  # who takes the money: a carrier's slug, or a name
    official_url = models.URLField(blank=True)  # where they take it: checked to be https
    reference = models.CharField(max_length=40, blank=True)  # of the declaration: MRN, entry number
    documents = ArrayField(models.CharField(max_length=20, choices=Document.choices), default=list, blank=True)
    documents_due_on = models.DateField(null=True, blank=True)
    documents_url = models.URLField(blank=True)  # where to give them: the carrier's or the authority's own page
    told_by = models.CharField(max_length=30, blank=True)  # slug of the carrier; "" for the merchant
    updated_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[models.Manager[CustomsRecord]] = scoped(models.Manager)

    def __str__(self) -> str:
        return f"customs of {self.shipment_id}"
