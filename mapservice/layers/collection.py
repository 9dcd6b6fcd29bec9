"""A FeatureCollection as the database wrote it: bytes, neither decoded nor parsed here."""

from dataclasses import dataclass

from mapservice.geo import Box


@dataclass(frozen=True)
class Collection:
    """Features' bytes and their counts; `matched` is None where nobody counted so far."""

    body: bytes
    returned: int
    matched: int | None
    box: Box | None
    truncated: bool = False

    def geojson(self) -> bytes:
        """The document; `truncated` says that the cap left features out."""
        members = ['"type":"FeatureCollection"']
        if self.matched is not None:
            members.append(f'"numberMatched":{self.matched}')
        members.append(f'"numberReturned":{self.returned}')
        members.append(f'"truncated":{"true" if self.truncated else "false"}')
        if self.box:
            members.append(f'"bbox":[{",".join(map(repr, self.box))}]')
        head = "{" + ",".join(members) + ',"features":['
        return head.encode() + self.body + b"]}"
