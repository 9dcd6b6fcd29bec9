"""The days of the demo, all counted from its base day."""

from datetime import date, datetime, time, timedelta, timezone

from mapservice.demo.randomness import Stream

LOCAL = timezone(timedelta(hours=7))  # Việt Nam has no daylight saving
ASSURED_DAYS, URGENT_ASSURED_DAYS = 90, 14
OLDEST_DAYS = 700
SOON_DAYS = 150  # a season that begins later is not planned yet


class Calendar:
    """`today` is the day the demo is made for."""

    def __init__(self, today: date):
        self.today = today

    def moment(self, stream: Stream, days_ago: int) -> datetime:
        """Some minute of an office day so many days ago."""
        at = time(stream.randint(7, 17), stream.randint(0, 59), tzinfo=LOCAL)
        return datetime.combine(self.today - timedelta(days=days_ago), at)

    def registered(self, stream: Stream, at_least: int) -> int:
        """How many days ago something was registered; most of it in the last year."""
        return at_least + int((OLDEST_DAYS - at_least) * stream.random() ** 2)

    def window(self, stream: Stream, months: list[int] | None) -> tuple[date, date] | None:
        """First day and the day after the last of a wish, around today or in its season."""
        if months:
            return self._season(*months)
        first = self.today + timedelta(days=stream.randint(-20, 75))
        return first, first + timedelta(days=stream.randint(7, 60))

    def _season(self, first_month: int, last_month: int) -> tuple[date, date] | None:
        for year in (self.today.year, self.today.year + 1):
            first = date(year, first_month, 1)
            after = date(year + last_month // 12, last_month % 12 + 1, 1)
            if after > self.today + timedelta(days=7):
                soon = first <= self.today + timedelta(days=SOON_DAYS)
                return (first, after) if soon else None
        return None


def days(window: tuple[date, date] | None) -> str | None:
    """A window as PostgreSQL reads a daterange."""
    return f"[{window[0]},{window[1]})" if window else None
