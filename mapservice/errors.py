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


class SignInNeeded(DomainError):
    """Nobody is asking, or somebody whose session has ended."""

    code = "sign-in-needed"


class Forbidden(DomainError):
    code = "forbidden"


class Conflict(DomainError):
    """Somebody else was first, or a rule of the data refuses the change."""

    code = "conflict"


class Invalid(DomainError):
    """The input is readable but says something that cannot be."""

    code = "invalid"


class TooMany(DomainError):
    """Tried too often; `retry_after` seconds from now it may be tried again."""

    code = "too-many"

    def __init__(self, detail: str, *, retry_after: int, **more: object):
        super().__init__(detail, **more)
        self.retry_after = retry_after


class Stale(DomainError):
    """The record has another version than the one the caller saw."""

    code = "stale"


class Unversioned(DomainError):
    """A change that does not say which version of the record was seen."""

    code = "version-required"


class TooLarge(DomainError):
    """More bytes, pixels or rows than are taken at once."""

    code = "too-large"


class Unsupported(DomainError):
    """The content is of a kind that is not taken, whatever it calls itself."""

    code = "unsupported"


class SealBroken(Exception):
    """A sealed value does not belong here: moved, altered, or its key is not in the ring.

    No refusal: nobody who asks can do anything about it. The text is for the operator's log.
    """
