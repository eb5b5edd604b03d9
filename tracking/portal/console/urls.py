"""The addresses of the console. A shipment is addressed by our number."""

from __future__ import annotations

from django.urls import path

from tracking.portal.console import inbound_urls
from tracking.portal.console.views import (
    accounts,
    attention,
    home,
    keys,
    legs,
    mapping,
    phrasebook,
    raw_answers,
    replays,
    session,
    shipment,
    shipments,
)

app_name = "console"

_ONE = "console/shipments/<str:number>"

urlpatterns = [
    path("login", session.Login.as_view(), name="login"),
    path("logout", session.Logout.as_view(), name="logout"),
    path("console", home.home, name="home"),
    path("console/account", session.account, name="account"),
    path("console/switch", session.switch_merchant, name="switch"),
    path("console/shipments", shipments.shipment_list, name="shipments"),
    path("console/shipments/new", shipments.add_shipment, name="add-shipment"),
    path(_ONE, shipment.shipment_page, name="shipment"),
    path(f"{_ONE}/change", shipment.change_details, name="change-shipment"),
    path(f"{_ONE}/refresh", shipment.refresh, name="refresh"),
    path(f"{_ONE}/archive", shipment.archive, name="archive"),
    path(f"{_ONE}/restore", shipment.restore, name="restore"),
    path(f"{_ONE}/events/new", shipment.tell_event, name="tell-event"),
    path(f"{_ONE}/legs/new", legs.add_leg, name="add-leg"),
    path(f"{_ONE}/legs/<uuid:leg_id>/correct", legs.correct_leg, name="correct-leg"),
    path(f"{_ONE}/legs/<uuid:leg_id>/remove", legs.remove_leg, name="remove-leg"),
    path(f"{_ONE}/raw-answers", raw_answers.raw_answer_list, name="raw-answers"),
    path(f"{_ONE}/raw-answers/<uuid:answer_id>", raw_answers.raw_answer, name="raw-answer"),
    path(f"{_ONE}/raw-answers/<uuid:answer_id>/download", raw_answers.download, name="download-raw-answer"),
    path("console/attention", attention.attention_page, name="attention"),
    path("console/mapping", mapping.mapping_page, name="mapping"),
    path("console/mapping/new", mapping.map_one, name="map-wording"),
    path("console/mapping/preview", mapping.preview, name="preview-mapping"),
    path("console/mapping/ignore", mapping.ignore, name="ignore-wording"),
    path("console/mapping/rows", phrasebook.phrasebook_page, name="phrasebook"),
    path("console/mapping/rows/<uuid:row_id>/end", phrasebook.end, name="end-row"),
    path("console/mapping/patch/<slug:carrier>", phrasebook.download_patch, name="mapping-patch"),
    path("console/mapping/replays", replays.replay_list, name="replays"),
    path("console/mapping/replays/<uuid:replay_id>", replays.replay_page, name="replay"),
    path("console/mapping/replays/<uuid:replay_id>/cancel", replays.cancel, name="cancel-replay"),
    path("console/carriers", accounts.account_list, name="accounts"),
    path("console/carriers/<slug:carrier>", accounts.change_account, name="change-account"),
    *inbound_urls.urlpatterns,
    path("console/keys", keys.key_list, name="keys"),
    path("console/keys/<uuid:key_id>/revoke", keys.revoke, name="revoke-key"),
]
