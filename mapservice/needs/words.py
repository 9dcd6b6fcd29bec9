"""The states of needs in words."""

from collections.abc import Mapping

from mapservice.needs.models import NeedStatus

STATES: Mapping[NeedStatus, str] = {
    NeedStatus.DRAFT: "Bản nháp",
    NeedStatus.SUBMITTED: "Chờ duyệt",
    NeedStatus.RETURNED: "Bị trả lại",
    NeedStatus.VERIFIED: "Đã xác minh",
    NeedStatus.PUBLISHED: "Đang cần",
    NeedStatus.MATCHED: "Đã có đội nhận",
    NeedStatus.IN_PROGRESS: "Đang thực hiện",
    NeedStatus.PARTLY_MET: "Đáp ứng một phần",
    NeedStatus.MET: "Đã đáp ứng",
    NeedStatus.CLOSED: "Đã đóng",
    NeedStatus.REJECTED: "Bị từ chối",
    NeedStatus.EXPIRED: "Quá hạn kiểm tra",
    NeedStatus.WITHDRAWN: "Đã rút",
    NeedStatus.DUPLICATE: "Trùng nhu cầu khác",
}
