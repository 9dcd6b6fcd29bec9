"""Questions asked of organisations and accounts."""

from uuid import UUID

from sqlalchemy import Select, select

from mapservice.accounts.models import Organisation, OrganisationUnit, UserAccount


def account_by_login(login: str) -> Select[tuple[UserAccount]]:
    """The account with this login, compared in lower case."""
    return select(UserAccount).where(UserAccount.login == login.strip().lower())


def accounts() -> Select[tuple[UserAccount, Organisation]]:
    """All accounts with their organisations, by login."""
    return (
        select(UserAccount, Organisation)
        .join(Organisation, Organisation.id == UserAccount.organisation_id)
        .order_by(UserAccount.login)
    )


def territory(organisation_id: UUID) -> Select[tuple[int]]:
    """Ids of the admin units (either era) that make up an organisation's territory."""
    return (
        select(OrganisationUnit.unit_id)
        .where(OrganisationUnit.organisation_id == organisation_id)
        .order_by(OrganisationUnit.unit_id)
    )


def organisation_by_code(code: str) -> Select[tuple[Organisation]]:
    return select(Organisation).where(Organisation.code == code)
