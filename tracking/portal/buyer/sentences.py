"""What the page says in each situation: tables from event code, reason and status to sentences.

Every text is a message id of gettext; `{to}` is where the parcel is going (city, else country), `{country}` the
destination country, `{carrier}` who has it, `{shop}` the merchant. Sentences promise nothing that no carrier has said.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from carriers.vocabulary import EventCode, Reason, Status


@dataclass(frozen=True, slots=True)
class Look:
    """The tag of a state: family (colour), icon and one or two words."""

    family: str
    icon: str
    word: str


LOOKS: dict[Status, Look] = {
    Status.PENDING: Look("waiting", "ring", _("Waiting")),
    Status.INFO_RECEIVED: Look("waiting", "ring", _("Announced")),
    Status.IN_TRANSIT: Look("moving", "arrow", _("In transit")),
    Status.OUT_FOR_DELIVERY: Look("moving", "arrow", _("Out for delivery")),
    Status.AVAILABLE_FOR_PICKUP: Look("action", "bang", _("Ready for pick-up")),
    Status.ATTEMPT_FAILED: Look("problem", "tri", _("Attempt failed")),
    Status.DELIVERED: Look("done", "check", _("Delivered")),
    Status.EXCEPTION: Look("problem", "tri", _("Held")),
    Status.RETURNING: Look("returning", "back", _("Going back")),
    Status.RETURNED: Look("returning", "back", _("Returned")),
    Status.CANCELLED: Look("waiting", "x", _("Cancelled")),
    Status.EXPIRED: Look("silent", "dots", _("No longer reported")),
}

ACTION_NEEDED = Look("action", "bang", _("Action needed"))
NO_SIGNAL = Look("silent", "dots", _("No signal"))
DELAYED = Look("action", "clock", _("Delayed"))
IN_CUSTOMS_CHECK = Look("waiting", "stamp", _("Customs check"))
DAMAGED = Look("problem", "tri", _("Damaged"))
LOST = Look("problem", "tri", _("Lost"))

LOOK_OF_CODE: dict[EventCode, Look] = {
    EventCode.LINEHAUL_DELAYED: DELAYED,
    EventCode.ANY_DELAYED: DELAYED,
    EventCode.ANY_DELAYED_PROCESSING: DELAYED,
    EventCode.ANY_DELAYED_WEATHER: DELAYED,
    EventCode.ANY_DELAYED_EXTERNAL: DELAYED,
    EventCode.FIRST_MILE_PICKUP_FAILED: DELAYED,
    EventCode.IMPORT_CUSTOMS_INSPECTION: IN_CUSTOMS_CHECK,
    EventCode.ANY_DAMAGED: DAMAGED,
    EventCode.ANY_LOST: LOST,
}

# The headline. A code without a line of its own takes its status's.
HEADLINE_OF_STATUS: dict[Status, str] = {
    Status.PENDING: _("Waiting for the first scan"),
    Status.INFO_RECEIVED: _("Announced, not handed over yet"),
    Status.IN_TRANSIT: _("On its way to {to}"),
    Status.OUT_FOR_DELIVERY: _("Out for delivery in {to}"),
    Status.AVAILABLE_FOR_PICKUP: _("Ready for you to collect"),
    Status.ATTEMPT_FAILED: _("The delivery did not work"),
    Status.DELIVERED: _("Delivered"),
    Status.EXCEPTION: _("Held on its way to {to}"),
    Status.RETURNING: _("On its way back to the sender"),
    Status.RETURNED: _("Back with the sender"),
    Status.CANCELLED: _("Cancelled"),
    Status.EXPIRED: _("No carrier reports on it any more"),
}

HEADLINE_OF_CODE: dict[EventCode, str] = {
    EventCode.SELLER_ORDER_CREATED: _("{shop} is preparing your parcel"),
    EventCode.SELLER_PACKED: _("Packed, waiting for the carrier"),
    EventCode.SELLER_DISPATCHED_FROM_WAREHOUSE: _("Left the warehouse"),
    EventCode.SELLER_CANCELLED: _("Cancelled by the sender"),
    EventCode.FIRST_MILE_PICKED_UP: _("Picked up, on its way to {to}"),
    EventCode.FIRST_MILE_PICKUP_FAILED: _("The pick-up did not work"),
    EventCode.FIRST_MILE_ARRIVED_EXPORT_OFFICE: _("At the export office, going to {to}"),
    EventCode.FIRST_MILE_HELD_EXPORT_OFFICE: _("Held at the export office"),
    EventCode.EXPORT_CUSTOMS_PRESENTED: _("In export customs"),
    EventCode.EXPORT_CUSTOMS_HELD: _("Held by export customs"),
    EventCode.EXPORT_CUSTOMS_RELEASED: _("Cleared export customs, on its way to {to}"),
    EventCode.EXPORT_CUSTOMS_EXPORT_CANCELLED: _("The export was cancelled"),
    EventCode.LINEHAUL_DEPARTED_EXPORT_OFFICE: _("Left the export office, on its way to {to}"),
    EventCode.LINEHAUL_HANDED_TO_CARRIER: _("Handed to the airline or ship"),
    EventCode.LINEHAUL_DEPARTED: _("Departed, on its way to {to}"),
    EventCode.LINEHAUL_DELAYED: _("The departure is delayed"),
    EventCode.LINEHAUL_ARRIVED: _("Landed, on its way to {to}"),
    EventCode.TRANSIT_COUNTRY_CUSTOMS_HELD: _("Held by customs on the way"),
    EventCode.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: _("Arrived in {country}"),
    EventCode.IMPORT_CUSTOMS_HELD_IMPORT_OFFICE: _("Held at the import office"),
    EventCode.IMPORT_CUSTOMS_DECLARED: _("Declared to customs, {country}"),
    EventCode.IMPORT_CUSTOMS_PRESENTED: _("In customs, {country}"),
    EventCode.IMPORT_CUSTOMS_INSPECTION: _("Customs is inspecting your parcel"),
    EventCode.IMPORT_CUSTOMS_HELD: _("Held by customs"),
    EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED: _("Customs asks for documents"),
    EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED: _("Customs is waiting for a payment"),
    EventCode.IMPORT_CUSTOMS_RELEASED: _("Cleared customs, on its way to {to}"),
    EventCode.IMPORT_CUSTOMS_REFUSED: _("Customs refused the import"),
    EventCode.IMPORT_CUSTOMS_SEIZED: _("Seized by customs"),
    EventCode.IMPORT_CUSTOMS_DEPARTED_IMPORT_OFFICE: _("Left customs, on its way to {to}"),
    EventCode.LAST_MILE_HANDED_OVER: _("With {carrier}, on its way to {to}"),
    EventCode.LAST_MILE_ARRIVED_HUB: _("Being sorted for {to}"),
    EventCode.LAST_MILE_ARRIVED_DELIVERY_OFFICE: _("At the depot that delivers to you"),
    EventCode.LAST_MILE_HELD_DELIVERY_OFFICE: _("Held at the local depot"),
    EventCode.LAST_MILE_REDIRECTED: _("Redirected to another address"),
    EventCode.LAST_MILE_PICKUP_MISSED: _("Not collected in time"),
    EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT: _("Nobody was at the address"),
    EventCode.LAST_MILE_ATTEMPT_FAILED_CLOSED: _("The business was closed"),
    EventCode.LAST_MILE_ATTEMPT_FAILED_ADDRESS: _("The courier could not find the address"),
    EventCode.LAST_MILE_ATTEMPT_FAILED_REFUSED: _("The parcel was refused at the door"),
    EventCode.LAST_MILE_ATTEMPT_FAILED_MOVED: _("The recipient no longer lives there"),
    EventCode.LAST_MILE_ATTEMPT_FAILED_PAYMENT: _("A payment was missing at the door"),
    EventCode.LAST_MILE_ATTEMPT_FAILED_SECURITY: _("A check at the door failed"),
    EventCode.LAST_MILE_ATTEMPT_FAILED_INACCESSIBLE: _("The courier could not get to the door"),
    EventCode.LAST_MILE_DELIVERED_COLLECTED: _("Collected"),
    EventCode.LAST_MILE_DELIVERED_SIGNED: _("Delivered and signed for"),
    EventCode.LAST_MILE_DELIVERED_COD: _("Delivered and paid"),
    EventCode.LAST_MILE_DELIVERED_NEIGHBOUR: _("Left with a neighbour"),
    EventCode.LAST_MILE_DELIVERED_SAFE_PLACE: _("Left in a safe place"),
    EventCode.ANY_DELAYED: _("Delayed on its way to {to}"),
    EventCode.ANY_DELAYED_PROCESSING: _("Delayed in processing"),
    EventCode.ANY_DELAYED_WEATHER: _("Delayed by the weather"),
    EventCode.ANY_DELAYED_EXTERNAL: _("Delayed on its way to {to}"),
    EventCode.ANY_RESUMED: _("Moving again, on its way to {to}"),
    EventCode.ANY_DAMAGED: _("Damaged on the way"),
    EventCode.ANY_LOST: _("The carrier reports it lost"),
    EventCode.ANY_DISPOSED: _("Disposed of by the carrier"),
    EventCode.RETURN_EXPORT_CUSTOMS_HELD: _("On its way back, held by customs"),
    EventCode.RETURN_IMPORT_CUSTOMS_HELD: _("On its way back, held by customs"),
    EventCode.RETURN_LINEHAUL_ARRIVED: _("Back in the sender's country"),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """What the buyer has to do, why, and what happens otherwise. `by_carrier`: with the carrier, else the shop."""

    title: str
    text: str
    otherwise: str
    by_carrier: bool = True


_NOT_PAID = _("If nobody pays, the parcel goes back to the sender. {carrier} sets the date.")
_NOT_SENT = _("Without it the parcel stays where it is, and goes back after a while.")

ASKS: dict[Reason, Ask] = {
    Reason.CUSTOMS_DUTIES_UNPAID: Ask(
        _("Pay the import charges"),
        _("Customs in {country} charges duty or tax on the parcel. {carrier} collects it and tells the amount."),
        _NOT_PAID,
    ),
    Reason.CUSTOMS_RECIPIENT_ID_REQUIRED: Ask(
        _("Give customs your identity number"),
        _("Customs in {country} lets the parcel in only with the recipient's identity or tax number."),
        _NOT_SENT,
    ),
    Reason.CUSTOMS_IMPORT_LICENCE_MISSING: Ask(
        _("Send the import licence"),
        _("Goods of this kind need a licence to enter {country}. If you have none, ask {shop}."),
        _NOT_SENT,
        by_carrier=False,
    ),
    Reason.CUSTOMS_CANNOT_CONTACT: Ask(
        _("Answer {carrier}"),
        _(
            "Customs or {carrier} has a question and could not reach you. A letter, e-mail or text message may "
            "be waiting."
        ),
        _NOT_SENT,
    ),
    Reason.CONSIGNEE_WRONG_ADDRESS: Ask(
        _("Correct the address"),
        _(
            "The address is wrong or incomplete. A house number, a door code or a name on the bell is often "
            "what is missing."
        ),
        _("If it is not corrected, the parcel goes back to the sender."),
    ),
    Reason.CONSIGNEE_MOVED: Ask(
        _("Give your new address"),
        _("{carrier} was told that the recipient has moved."),
        _("If it is not corrected, the parcel goes back to the sender."),
    ),
    Reason.CONSIGNEE_INACCESSIBLE: Ask(
        _("Tell {carrier} how to get in"),
        _("The courier could not get to the door. A gate code or another delivery place helps."),
        _("After further attempts the parcel goes back to the sender."),
    ),
    Reason.CONSIGNEE_VERIFICATION_FAILED: Ask(
        _("Have your identity document ready"),
        _("The recipient's identity could not be checked at the door."),
        _("After further attempts the parcel goes back to the sender."),
    ),
    Reason.CONSIGNEE_PAYMENT: Ask(
        _("Have the payment ready"),
        _("Something is to be paid on delivery. {carrier} tells the amount."),
        _NOT_PAID,
    ),
}

COLLECT = Ask(
    _("Collect your parcel"),
    _("It waits for you at the place below. Bring an identity document and the note or message from {carrier}."),
    _("It is kept for a limited time, which {carrier} sets, then it goes back to the sender."),
)

# A code that names the buyer's part even where the carrier gave no reason.
REASON_OF_CODE: dict[EventCode, Reason] = {
    EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED: Reason.CUSTOMS_DUTIES_UNPAID,
    EventCode.LAST_MILE_ATTEMPT_FAILED_ADDRESS: Reason.CONSIGNEE_WRONG_ADDRESS,
    EventCode.LAST_MILE_ATTEMPT_FAILED_MOVED: Reason.CONSIGNEE_MOVED,
    EventCode.LAST_MILE_ATTEMPT_FAILED_PAYMENT: Reason.CONSIGNEE_PAYMENT,
    EventCode.LAST_MILE_ATTEMPT_FAILED_SECURITY: Reason.CONSIGNEE_VERIFICATION_FAILED,
    EventCode.LAST_MILE_ATTEMPT_FAILED_INACCESSIBLE: Reason.CONSIGNEE_INACCESSIBLE,
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A card that explains: title, one or two sentences. Who acts follows from the reason."""

    title: str
    text: str


EXPLANATION_OF_CODE: dict[EventCode, Explanation] = {
    EventCode.EXPORT_CUSTOMS_PRESENTED: Explanation(
        _("What export customs does"),
        _(
            "Every parcel that leaves a country is declared to its customs. Most pass within a day without "
            "being opened."
        ),
    ),
    EventCode.EXPORT_CUSTOMS_HELD: Explanation(
        _("What export customs does"),
        _("Customs of the origin country wants to see the parcel or its papers. {shop} or the carrier sorts it out."),
    ),
    EventCode.IMPORT_CUSTOMS_DECLARED: Explanation(
        _("What customs does"),
        _(
            "The parcel is declared: customs compares its papers with the goods and works out whether duty is "
            "due. Most parcels pass within one to three days."
        ),
    ),
    EventCode.IMPORT_CUSTOMS_PRESENTED: Explanation(
        _("What customs does"),
        _(
            "Customs compares the papers with the goods and works out whether duty is due. Most parcels pass "
            "within one to three days."
        ),
    ),
    EventCode.IMPORT_CUSTOMS_INSPECTION: Explanation(
        _("What an inspection is"),
        _(
            "Customs or quarantine opens some parcels to look inside. It takes a few days; nobody can speed it "
            "up, and it says nothing bad about your parcel."
        ),
    ),
    EventCode.IMPORT_CUSTOMS_HELD: Explanation(
        _("Why customs holds a parcel"),
        _(
            "Something has to be settled before it may enter {country}: a paper, a charge or a question. "
            "Customs decides when it goes on."
        ),
    ),
    EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED: Explanation(
        _("What customs asks for"),
        _(
            "A paper is missing, usually the invoice or the declaration. The sender has it and can send it to "
            "{carrier}."
        ),
    ),
    EventCode.IMPORT_CUSTOMS_REFUSED: Explanation(
        _("What a refusal means"),
        _(
            "The goods may not enter {country} as they are. The parcel goes back or is destroyed; ask {shop} "
            "for a refund or another way."
        ),
    ),
    EventCode.IMPORT_CUSTOMS_SEIZED: Explanation(
        _("What a seizure means"),
        _("Customs keeps the goods, and sends a letter that says why and how to object. Ask {shop} about a refund."),
    ),
    EventCode.TRANSIT_COUNTRY_CUSTOMS_HELD: Explanation(
        _("Why it is held on the way"),
        _("Customs of a country on the way looks at the parcel. The carrier deals with it."),
    ),
    EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT: Explanation(
        _("What happens now"),
        _(
            "{carrier} usually tries again on the next working day, or leaves the parcel at a pick-up point. "
            "Look for a note in your letter box."
        ),
    ),
    EventCode.LAST_MILE_ATTEMPT_FAILED_CLOSED: Explanation(
        _("What happens now"),
        _(
            "{carrier} usually tries again on the next working day. If the address is not open then, tell "
            "{carrier} another place."
        ),
    ),
    EventCode.LAST_MILE_ATTEMPT_FAILED_REFUSED: Explanation(
        _("What happens now"),
        _("A refused parcel goes back to the sender. If it was refused by mistake, tell {shop} at once."),
    ),
    EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER: Explanation(
        _("What happens now"),
        _("{carrier} gives no reason. It usually tries again on the next working day."),
    ),
    EventCode.LAST_MILE_PICKUP_MISSED: Explanation(
        _("What happens now"),
        _(
            "The time to collect it is over. {carrier} sends it back unless you or {shop} arranges something "
            "else very soon."
        ),
    ),
    EventCode.LAST_MILE_DELIVERED_NEIGHBOUR: Explanation(
        _("Where it is"),
        _("{carrier} left it with a neighbour. Look for a note that says which one."),
    ),
    EventCode.LAST_MILE_DELIVERED_SAFE_PLACE: Explanation(
        _("Where it is"),
        _("{carrier} left it without a signature: by the door, in a porch, a garage or a parcel box."),
    ),
    EventCode.ANY_DAMAGED: Explanation(
        _("What happens now"),
        _(
            "The carrier found damage. It checks whether the parcel can still be delivered. {shop} can claim "
            "for it; please ask there."
        ),
    ),
    EventCode.ANY_LOST: Explanation(
        _("What happens now"),
        _(
            "The carrier no longer expects to find it. {shop} can claim for it; ask there for a replacement or "
            "a refund."
        ),
    ),
    EventCode.ANY_DISPOSED: Explanation(
        _("What happens now"),
        _("The parcel was destroyed and will not arrive. Ask {shop} for a replacement or a refund."),
    ),
    EventCode.LINEHAUL_DELAYED: Explanation(
        _("What happens now"),
        _("The parcel waits for the next departure. The carrier books it without anybody asking."),
    ),
}

EXPLANATION_OF_STATUS: dict[Status, Explanation] = {
    Status.PENDING: Explanation(
        _("Why there is nothing yet"),
        _(
            "A number is often given out before the carrier has the parcel, or before its computers know it. "
            "That takes up to two days, sometimes more. This page keeps asking."
        ),
    ),
    Status.INFO_RECEIVED: Explanation(
        _("What “announced” means"),
        _("The sender has told the carrier about the parcel. It has not been handed over yet, so no date is certain."),
    ),
    Status.ATTEMPT_FAILED: Explanation(
        _("What happens now"),
        _(
            "{carrier} usually tries again on the next working day, or leaves the parcel at a pick-up point. "
            "Look for a note in your letter box."
        ),
    ),
    Status.EXCEPTION: Explanation(
        _("What happens now"),
        _("The carrier has stopped the parcel for now and works on it. We show the next scan as soon as there is one."),
    ),
    Status.RETURNING: Explanation(
        _("What a return means"),
        _("The parcel will not be delivered. It goes back to the sender; ask {shop} about a refund or a new delivery."),
    ),
    Status.RETURNED: Explanation(
        _("What happens now"),
        _("The sender has the parcel again. Ask {shop} about a refund or a new delivery."),
    ),
    Status.CANCELLED: Explanation(
        _("What “cancelled” means"),
        _("The label was cancelled, so this parcel will not come. If you did not ask for that, ask {shop}."),
    ),
    Status.EXPIRED: Explanation(
        _("What we know"),
        _(
            "The carriers have stopped reporting on this number without telling how it ended. We still ask now "
            "and then. If the parcel has not come, ask {shop}."
        ),
    ),
}

# What the merchant has to do: the buyer should know, and know that nothing is asked of them.
SHOP_ACTS: dict[Reason, str] = {
    Reason.CUSTOMS_DECLARATION_MISSING: _("{shop} has to send the customs declaration."),
    Reason.CUSTOMS_INVOICE_MISSING: _("{shop} has to send the invoice to customs."),
    Reason.CUSTOMS_ORIGIN_CERTIFICATE_MISSING: _("{shop} has to send the certificate of origin."),
    Reason.CUSTOMS_EXPORT_LICENCE_MISSING: _("{shop} has to send the export licence."),
    Reason.CUSTOMS_DOCUMENTS_INCORRECT: _("{shop} has to correct the customs documents."),
    Reason.SENDER_WRONG_DATA: _("{shop} has to correct what it told the carrier."),
    Reason.SENDER_PAYMENT: _("{shop} has to pay the carrier."),
}
SHOP_ACTS_OTHERWISE = _("{shop} has to settle this with the carrier.")

# The next things to expect, by where the parcel is.
NEXT_STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    "announced": (
        (_("The carrier picks it up"), _("Then the first scan appears here")),
        (_("On its way to {to}"), ""),
    ),
    "abroad": (
        (_("Leaves for {country}"), _("Few scans while it flies or sails")),
        (_("Customs in {country}"), _("Usually one to three days")),
        (_("Delivery in {to}"), ""),
    ),
    "flying": (
        (_("Arrives in {country}"), _("Few scans while it flies or sails")),
        (_("Customs in {country}"), _("Usually one to three days")),
        (_("Delivery in {to}"), ""),
    ),
    "customs": (
        (_("Customs lets it go"), _("Usually one to three days")),
        (_("The delivery carrier takes over"), _("The number may change; this page follows it")),
        (_("Delivery in {to}"), ""),
    ),
    "domestic": (
        (_("Arrives at the depot that delivers to you"), ""),
        (_("Out for delivery"), _("Usually the next working day")),
        (_("At your door"), ""),
    ),
    "depot": (
        (_("Out for delivery"), _("Usually the next working day")),
        (_("At your door"), ""),
    ),
    "courier": ((_("At your door"), _("Usually the same day")),),
    "again": ((_("Another attempt, or a pick-up point"), _("Usually the next working day")),),
    "back": ((_("Back with the sender"), _("It can take several weeks")),),
}
