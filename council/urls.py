"""Every address of the site, part by part."""

from django.urls import path, re_path

from council.api import views as api
from council.views import (
    accounts,
    again,
    best,
    builder,
    composer,
    council_files,
    councils,
    data,
    going_on,
    history,
    house,
    keys,
    models,
    orders,
    pages,
    people,
    picker,
    reading,
    saving,
    settings,
    shared,
    shares,
    spend,
    versions,
)

_asking = [
    path("", pages.home, name="home"),
    path("composer/seats", composer.seats, name="composer_seats"),
    path("composer/estimate", composer.estimate, name="composer_estimate"),
    path("composer/councils", picker.options, name="picker"),
    path("composer/save", saving.save, name="council_save"),
    path("files/<uuid:file_id>", pages.file, name="file"),
]
_reading = [
    path("runs/", orders.start, name="start"),
    path("runs/<uuid:run_id>/", pages.run, name="run"),
    path("runs/<uuid:run_id>.json", pages.document, name="document"),
    path("runs/<uuid:run_id>/best", best.choose, name="best"),
    path("runs/<uuid:run_id>/branch", going_on.branch, name="branch"),
    path("runs/<uuid:run_id>/points/<slug:finding>", going_on.point, name="point"),
    path("runs/<uuid:run_id>/stop", orders.stop, name="stop"),
    path("runs/<uuid:run_id>/judge", orders.judge, name="judge"),
    path("runs/<uuid:run_id>/seats/<str:letter>/stop", orders.stop_seat, name="stop_seat"),
    path("runs/<uuid:run_id>/seats/<str:letter>/retry", orders.retry_seat, name="retry_seat"),
    path("runs/<uuid:run_id>/seats/new", again.add, name="add_seat"),
    path("runs/<uuid:run_id>/seats/<str:letter>/model", again.swap, name="swap"),
    path("runs/<uuid:run_id>/seats/<str:letter>/sample", again.sample, name="sample"),
    path("runs/<uuid:run_id>/judgings/new", again.judge_again, name="judge_again"),
    path("runs/<uuid:run_id>/judgings/", again.compared, name="compared"),
]
_past = [
    path("history/", history.index, name="history"),
    path("conversations/<uuid:conversation_id>/", pages.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/settings", history.menu, name="menu"),
    path("conversations/<uuid:conversation_id>/rename", history.rename, name="rename"),
    path("conversations/<uuid:conversation_id>/pin", history.pin, name="pin"),
    path("conversations/<uuid:conversation_id>/archive", history.archive, name="archive"),
    path("conversations/<uuid:conversation_id>/delete", history.delete, name="delete"),
]
_councils = [
    path("councils/", councils.index, name="councils"),
    path("councils/new", builder.new, name="builder_new"),
    path("councils/<str:slug>/edit", builder.edit, name="builder_edit"),
    path("councils/import", council_files.bring, name="council_import"),
    path("councils/<str:slug>/file", council_files.export, name="council_file"),
    path("councils/<str:slug>/rename", councils.rename, name="council_rename"),
    path("councils/<str:slug>/duplicate", councils.duplicate, name="council_duplicate"),
    path("councils/<str:slug>/delete", councils.delete, name="council_delete"),
    path("councils/<str:slug>/restore", councils.restore, name="council_restore"),
    path("councils/<str:slug>/default", councils.set_default, name="council_default"),
    path("councils/<str:slug>/publish", councils.publish, name="council_publish"),
    path("councils/<str:slug>/versions/", versions.index, name="versions"),
    path("councils/<str:slug>/versions/<int:number>/", versions.one, name="version"),
    path(
        "councils/<str:slug>/versions/<int:number>/restore",
        versions.restore,
        name="version_restore",
    ),
    path("councils/<str:slug>/", councils.ask, name="council"),
]
_models = [
    path("models/", models.index, name="models"),
    path("models/suggest", models.suggest, name="suggest"),
]
_people = [
    path("welcome/<str:token>/", people.welcome, name="welcome"),
    path("sign-out", people.sign_out, name="sign_out"),
    path("try", people.try_it, name="try"),
    path("settings/account/", people.account, name="account"),
    path("settings/account/name", people.rename, name="account_name"),
    path("settings/account/sessions", people.end_sessions, name="account_sessions"),
]
# django-allauth's, by the names it knows them under; nothing else of it has an address.
_accounts = [
    path("accounts/sign-in/", accounts.sign_in, name="account_login"),
    path("accounts/sign-up/", accounts.sign_up, name="account_signup"),
    path("accounts/code/", accounts.code, name="account_email_verification_sent"),
    path("accounts/off/", accounts.inactive, name="account_inactive"),
    path("accounts/password/", accounts.reset, name="account_reset_password"),
    path("accounts/password/sent/", accounts.reset_sent, name="account_reset_password_done"),
    path(
        "accounts/password/set/",
        accounts.reset_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^accounts/password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        accounts.new_password,
        name="account_reset_password_from_key",
    ),
    path("accounts/same/", accounts.same_person, name="account_reauthenticate"),
    path(
        "accounts/same/passkey/",
        accounts.same_person_by_passkey,
        name="mfa_reauthenticate_webauthn",
    ),
    path("accounts/passkey/", accounts.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("accounts/with/<slug:provider_id>/", accounts.sso, name="openid_connect_login"),
    path(
        "accounts/with/<slug:provider_id>/back/",
        accounts.sso_back,
        name="openid_connect_callback",
    ),
    path("accounts/with/", accounts.sso_sign_up, name="socialaccount_signup"),
    path("settings/account/address/", accounts.change_address, name="account_email"),
    path("settings/account/password/", accounts.change_password, name="account_change_password"),
    path("settings/account/password/first/", accounts.set_password, name="account_set_password"),
    path("settings/account/passkeys/new/", accounts.add_passkey, name="mfa_add_webauthn"),
    path("settings/account/passkeys/<int:pk>/", accounts.rename_passkey, name="mfa_edit_webauthn"),
    path(
        "settings/account/passkeys/<int:pk>/remove/",
        accounts.remove_passkey,
        name="mfa_remove_webauthn",
    ),
]
_settings = [
    path("settings/", settings.index, name="settings"),
    path("settings/keys", keys.index, name="keys"),
    path("settings/keys/save", keys.save, name="key_save"),
    path("settings/keys/endpoint", keys.save_endpoint, name="endpoint_save"),
    path("settings/keys/<str:provider>/test", keys.test, name="key_test"),
    path("settings/keys/<str:provider>/remove", keys.remove, name="key_remove"),
    path("settings/keys/<str:provider>/share", keys.share, name="key_share"),
    path("settings/spend", spend.index, name="spend"),
    path("settings/spend.csv", spend.table, name="spend_csv"),
    path("settings/reading", reading.index, name="settings_reading"),
    path("settings/reading/save", reading.save, name="reading_save"),
    path("connect/", pages.connect, name="connect"),
    path("connect/check", pages.check, name="check"),
]
_sharing = [
    path("runs/<uuid:run_id>/share", shares.new, name="share_new"),
    path("settings/links", shares.index, name="shares"),
    path("settings/links/<uuid:share_id>", shares.one, name="share"),
    path("settings/links/<uuid:share_id>/revoke", shares.revoke, name="share_revoke"),
    path("s/<str:token>/", shared.page, name="shared"),
    path("s/<str:token>/<int:number>/", shared.page, name="shared_run"),
    path("s/<str:token>/<int:number>.json", shared.as_json, name="shared_json"),
    path("s/<str:token>/<int:number>.md", shared.as_markdown, name="shared_markdown"),
    path("s/<str:token>/card.png", shared.card, name="share_card"),
    path("s/<str:token>/files/<uuid:file_id>", shared.file, name="shared_file"),
    path("s/<str:token>/report", shared.report, name="share_report"),
    path("s/<str:token>/use", shared.use, name="share_use"),
]
_data = [
    path("settings/data", data.index, name="data"),
    path("settings/data/everything.zip", data.download, name="download"),
    path("settings/data/conversations", data.delete_conversations, name="delete_conversations"),
    path("settings/data/everything", data.delete_everything, name="delete_everything"),
]
_house = [
    path("settings/people", house.index, name="settings_people"),
    path("settings/people/guests", house.forget_guests, name="forget_guests"),
    path("settings/people/<int:person_id>", house.person, name="settings_person"),
    path("settings/people/<int:person_id>/change", house.change, name="person_change"),
    path("settings/people/<int:person_id>/link", house.link, name="person_link"),
    path("settings/people/<int:person_id>/delete", house.delete, name="person_delete"),
    path("settings/server", house.server, name="settings_server"),
    path("settings/server/reports/<int:report_id>", house.dismiss, name="report_dismiss"),
    path("settings/server/unpublish/<uuid:council_id>", house.unpublish, name="unpublish"),
]
_api = [
    path("v1/models", api.models, name="api_models"),
    path("v1/models/<path:name>", api.model, name="api_model"),
    path("v1/chat/completions", api.completions, name="api_completions"),
    path("v1/openapi.json", api.openapi, name="api_openapi"),
    path("v1/<path:rest>", api.nothing, name="api_nothing"),
]
urlpatterns = [
    *_asking,
    *_reading,
    *_past,
    *_councils,
    *_models,
    *_people,
    *_accounts,
    *_settings,
    *_sharing,
    *_data,
    *_house,
    *_api,
]
