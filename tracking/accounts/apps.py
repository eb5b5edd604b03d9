from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tracking.accounts"
    label = "accounts"
    verbose_name = "Accounts"
