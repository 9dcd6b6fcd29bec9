"""A FeatureCollection as the database wrote it: text, never parsed here."""

import json
from dataclasses import dataclass

from mapservice.geo import Box


@dataclass(frozen=True)
class Collection:
    """A FeatureCollection's text and its counts; `matched` is None where nobody counted so far."""

    body: str
    returned: int
    matched: int | None
    box: Box | None
    truncated: bool = False

    def geojson(self) -> str:
        """The document; `truncated` says that the cap left features out."""
        members = ['"type":"FeatureCollection"']
        if self.matched is not None:
            members.append(f'"numberMatched":{self.matched}')
        members.append(f'"numberReturned":{self.returned}')
        members.append(f'"truncated":{json.dumps(self.truncated)}')
        if self.box:
            members.append(f'"bbox":{json.dumps(self.box)}')
        return "{" + ",".join(members) + f',"features":[{self.body}]}}'
