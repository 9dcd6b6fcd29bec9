"""What can go wrong in the domain. No HTTP here: `problems` gives each kind its status."""


class DomainError(Exception):
    """Base of all refusals.

    `code` is stable for programs, `detail` is a Vietnamese sentence for people, `fields` names
    the inputs at fault: `{"bbox": ["…"]}`.
    """

    code = "error"

    def __init__(
        self, detail: str, *, code: str | None = None, fields: dict[str, list[str]] | None = None
    ):
        super().__init__(detail)
        self.detail, self.code, self.fields = detail, code or self.code, fields or {}


class BadRequest(DomainError):
    """The question itself is malformed: an unknown or unreadable parameter."""

    code = "bad-request"


class NotFound(DomainError):
    code = "not-found"


class Forbidden(DomainError):
    code = "forbidden"


class Conflict(DomainError):
    """Somebody else was first, or a rule of the data refuses the change."""

    code = "conflict"


class Invalid(DomainError):
    """The input is readable but says something that cannot be."""

    code = "invalid"
