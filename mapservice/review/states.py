"""The states of addresses and needs in words: what each is called, and what it means."""

from collections.abc import Mapping

from mapservice.addresses.models import Address, AddressStatus, Nature
from mapservice.needs.models import Need
from mapservice.needs.words import STATES as NEED

ADDRESS: Mapping[AddressStatus, tuple[str, str]] = {
    AddressStatus.DRAFT: ("Bản nháp", "Chưa gửi: còn sửa được, chưa ai phải duyệt."),
    AddressStatus.SUBMITTED: ("Chờ duyệt", "Đã gửi, đang chờ một cán bộ khác xác minh."),
    AddressStatus.RETURNED: ("Bị trả lại", "Cần sửa hoặc bổ sung theo lý do rồi gửi lại."),
    AddressStatus.VERIFIED: ("Đã xác minh", "Thông tin đã được xác minh, chưa công khai."),
    AddressStatus.PUBLISHED: ("Đang công khai", "Đang hiện trên bản đồ công khai."),
    AddressStatus.EXPIRED: (
        "Quá hạn kiểm tra",
        "Đã rời bản đồ vì quá hạn kiểm tra lại. Xác nhận còn đúng thì công khai tiếp.",
    ),
    AddressStatus.REJECTED: ("Bị từ chối", "Đã xem và không nhận. Hồ sơ được giữ để tra cứu."),
    AddressStatus.WITHDRAWN: ("Đã rút", "Không còn hiện ở đâu, các phân công đã huỷ."),
    AddressStatus.DUPLICATE: ("Trùng hồ sơ khác", "Đã gộp vào hồ sơ được giữ, có thể tách lại."),
}
PERSON = "Cá nhân, hộ gia đình"
# A person's record is never shown, whatever its state.
PROTECTED_MEANING = (
    "Đang nhận giúp đỡ. Không bao giờ hiện riêng trên bản đồ: chỉ được đếm trong vùng đủ đông."
)


def name(record: Address | Need) -> str:
    """What the state of a record is called."""
    if isinstance(record, Address):
        return ADDRESS[record.status][0]
    return NEED[record.status]


def named(table: str, status: str) -> str:
    """What a state of `address` or `need` is called; the code itself where it has no name."""
    known = {state.value: words for state, (words, _) in ADDRESS.items()}
    if table == "need":
        known = {state.value: words for state, words in NEED.items()}
    return known.get(status, status)


def meaning(address: Address) -> str:
    """What the state of an address means, in one sentence."""
    if address.status is AddressStatus.PUBLISHED and protected(address):
        return PROTECTED_MEANING
    return ADDRESS[address.status][1]


def protected(address: Address) -> bool:
    """Whether a record tells of a person: of it reasons are codes, and nothing is public."""
    return address.nature is Nature.PERSON or address.sensitive
