"""The steps of a review as data: who takes them, from which state to which, with what reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from mapservice.accounts.rights import Action
from mapservice.addresses.models import AddressStatus as A
from mapservice.needs.models import NeedStatus as N

WARNED = timedelta(days=7)  # before it ends
UNDO_MINUTES = 10  # as core.guard_transition has it
REASON_LENGTH = 500  # characters


@dataclass(frozen=True, slots=True)
class Step:
    """`address`, `need`: the states it may be taken from, each with the states it leads through.

    A step of an address takes those of its needs along that `need` knows; a need alone takes it
    where its address is in one of `homes`. `reasons`: codes a protected record's reason is chosen
    from; none where no reason is asked for. `undo`: it can be taken back for ten minutes.
    """

    name: str
    words: str
    done: str
    action: Action = Action.REVIEW
    address: Mapping[A, tuple[A, ...]] = field(default_factory=dict)
    need: Mapping[N, tuple[N, ...]] = field(default_factory=dict)
    homes: frozenset[A] = frozenset()
    reasons: tuple[str, ...] = ()
    undo: bool = False


LIVE = (A.DRAFT, A.SUBMITTED, A.RETURNED, A.VERIFIED, A.PUBLISHED, A.EXPIRED)
ACCEPTED = frozenset({A.VERIFIED, A.PUBLISHED, A.EXPIRED})
LIVE_NEEDS = (
    N.DRAFT, N.SUBMITTED, N.RETURNED, N.VERIFIED, N.PUBLISHED, N.MATCHED, N.IN_PROGRESS,
    N.PARTLY_MET, N.MET, N.EXPIRED,
)  # fmt: skip

SUBMIT = Step(
    "submit",
    "Gửi duyệt",
    "Đã gửi, chờ cán bộ xác minh.",
    action=Action.REGISTER,
    address={A.DRAFT: (A.SUBMITTED,), A.RETURNED: (A.DRAFT, A.SUBMITTED)},
    need={N.DRAFT: (N.SUBMITTED,), N.RETURNED: (N.DRAFT, N.SUBMITTED)},
    homes=ACCEPTED | {A.SUBMITTED},
    undo=True,
)
REOPEN = Step(
    "reopen",
    "Mở lại để sửa",
    "Đã mở lại: sửa rồi gửi duyệt.",
    action=Action.REGISTER,
    address={A.RETURNED: (A.DRAFT,)},
    need={N.RETURNED: (N.DRAFT,)},
    homes=ACCEPTED | {A.SUBMITTED},
)
RETURN = Step(
    "return",
    "Trả lại",
    "Đã trả lại cho người đăng ký.",
    address={A.SUBMITTED: (A.RETURNED,)},
    need={N.SUBMITTED: (N.RETURNED,)},
    homes=ACCEPTED | {A.SUBMITTED},
    reasons=("incomplete", "wrong_record", "not_verified", "other"),
    undo=True,
)
VERIFY = Step(
    "verify",
    "Xác minh",
    "Đã xác minh.",
    address={A.SUBMITTED: (A.VERIFIED,)},
    need={N.SUBMITTED: (N.VERIFIED,)},
    homes=ACCEPTED,
    undo=True,
)
PUBLISH = Step(
    "publish",
    "Công khai",
    "Đã công khai.",
    address={A.VERIFIED: (A.PUBLISHED,)},
    need={N.VERIFIED: (N.PUBLISHED,)},
    homes=frozenset({A.PUBLISHED}),
)
VERIFY_AND_PUBLISH = Step(
    "verify-and-publish",
    "Xác minh và công khai",
    "Đã xác minh và công khai.",
    address={A.SUBMITTED: (A.VERIFIED, A.PUBLISHED)},
    need={N.SUBMITTED: (N.VERIFIED, N.PUBLISHED), N.VERIFIED: (N.PUBLISHED,)},
    homes=frozenset({A.PUBLISHED}),
)
REASSURE = Step(
    "reassure",
    "Xác nhận còn đúng",
    "Đã ghi: thông tin vừa được kiểm tra lại.",
    address={A.PUBLISHED: (), A.EXPIRED: (A.PUBLISHED,)},
    need={N.EXPIRED: (N.PUBLISHED,)},
)
REJECT = Step(
    "reject",
    "Từ chối",
    "Đã từ chối hồ sơ.",
    address={A.SUBMITTED: (A.REJECTED,), A.VERIFIED: (A.REJECTED,)},
    need={N.SUBMITTED: (N.REJECTED,), N.VERIFIED: (N.REJECTED,)},
    homes=ACCEPTED | {A.SUBMITTED},
    reasons=("out_of_scope", "not_verified", "no_longer_needed", "other"),
    undo=True,
)
# The database takes an address's needs along, and cancels their assignments.
WITHDRAW = Step(
    "withdraw",
    "Rút",
    "Đã rút. Bản công khai đã mất ngay.",
    address=dict.fromkeys(LIVE, (A.WITHDRAWN,)),
    need=dict.fromkeys(LIVE_NEEDS, (N.WITHDRAWN,)),
    homes=frozenset(LIVE),
    reasons=("no_longer_needed", "moved_away", "wrong_record", "out_of_scope", "other"),
)
CLOSE = Step(
    "close",
    "Đóng nhu cầu",
    "Đã đóng nhu cầu.",
    need={N.MET: (N.CLOSED,)},
    homes=frozenset({A.PUBLISHED, A.EXPIRED}),
)

# In the order in which their buttons stand.
STEPS = (
    SUBMIT, VERIFY_AND_PUBLISH, VERIFY, PUBLISH, REASSURE, REOPEN, RETURN, CLOSE, REJECT, WITHDRAW,
)  # fmt: skip
# After these a place's texts are public.
GOING_PUBLIC = (PUBLISH, VERIFY_AND_PUBLISH, REASSURE)
