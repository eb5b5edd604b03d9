"""The console: what a merchant's people and operators see behind the login."""
