"""Pages of accounts: signing in, links, the own account, other people's, organisations."""

from mapservice.accounts.views import links, organisations, own, second_factor, sign_in, users

BLUEPRINTS = (sign_in.bp, links.bp, own.bp, second_factor.bp, users.bp, organisations.bp)
