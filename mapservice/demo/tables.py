"""The columns the demo fills, table by table, in the order of their foreign keys."""

_COLUMNS = {
    "core.organisation": "id code name level parent_id",
    "core.organisation_unit": "organisation_id unit_id",
    "core.user_account": "id login password_hash name organisation_id role created_at",
    "core.campaign": "id code name kind starts_on ends_on organisation_id",
    "core.address": """
        id public_code nature kind person_kind age_band title summary hamlet point
        household_id former_commune_id children youth elderly disabled households severity sensitive
        programme_year organisation_id registered_by verified_by assured_at assured_by
        assured_until status status_reason status_at created_at updated_at duplicate_of_id demo
    """,
    "core.consent": """
        id address_id purpose giver wording_version channel collected_by given_at valid_until
    """,
    "core.need": """
        id public_code address_id nature category title description quantity unit parts
        together people_in_all people_per_part skills wanted_during urgency campaign_id status
        status_reason status_at registered_by verified_by duplicate_of_id created_at
    """,
    "core.team": """
        id public_code organisation_id leader_id kind name people base base_public
        former_commune_id skills languages vehicles max_concurrent radius_km available_during
        state verified demo created_at
    """,
    "core.assignment": """
        id need_id team_id part quantity origin explanation lease_until status status_reason
        status_at hours volunteers results reporter_id confirmer_id seen_at created_at
    """,
    "core.field_report": "id assignment_id text happened_at reporter_id created_at",
    "core.offer": """
        id public_code receipt_hash address_id need_id commune_id person_kind kind people
        pledged_quantity status status_reason status_at closed_at created_at demo
    """,
    "core.suggestion": """
        id public_code receipt_hash nature kind title words point former_commune_id status
        status_reason status_at closed_at created_at demo
    """,
}
TABLES = {table: tuple(columns.split()) for table, columns in _COLUMNS.items()}
