"""What the office writes down of a team beside the team itself: who leads it, how to reach them."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mapservice.teams.forms import TeamForm


class TeamWithContactForm(TeamForm):
    """Name and phone of the leader are sealed, with consent only; empty leaves what there is."""

    leader_name = fields.String(
        load_default=None, validate=validate.Length(max=100, error="Nhiều nhất 100 ký tự.")
    )
    leader_phone = fields.String(
        load_default=None, validate=validate.Length(max=30, error="Nhiều nhất 30 ký tự.")
    )
    contact_consent = fields.Boolean(load_default=False)

    @validates_schema
    def check_consent(self, data, **_):
        written = data.get("leader_name") or data.get("leader_phone")
        if written and not data.get("contact_consent"):
            sentence = "Chỉ ghi khi đội trưởng đã đồng ý."
            raise ValidationError(sentence, "contact_consent")


class RevealForm(Schema):
    """Why the contact is asked for; the province must say so (disclosure)."""

    reason = fields.String(load_default=None, validate=validate.Length(max=500))
