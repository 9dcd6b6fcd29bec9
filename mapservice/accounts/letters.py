"""The letters of accounts: subject and plain text. A link stands alone on its line."""


def reset(link: str) -> tuple[str, str]:
    """To whoever forgot the password."""
    return (
        "Đặt lại mật khẩu Bản đồ địa chỉ tình nguyện",
        f"""Chào anh/chị,

Có người vừa xin đặt lại mật khẩu cho tài khoản này. Mở đường dẫn dưới đây để đặt mật khẩu mới;
đường dẫn dùng được một lần, trong 15 phút:

{link}

Nếu anh/chị không xin, hãy bỏ qua thư này: mật khẩu cũ vẫn dùng được.
""",
    )


def invitation(link: str, organisation: str) -> tuple[str, str]:
    """To whoever is invited."""
    return (
        "Lời mời vào Bản đồ địa chỉ tình nguyện",
        f"""Chào anh/chị,

{organisation} mời anh/chị mở tài khoản trên Bản đồ địa chỉ tình nguyện. Đường dẫn dưới đây dùng
được một lần, trong 7 ngày:

{link}
""",
    )
