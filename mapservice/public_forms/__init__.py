"""The forms of the public: help for a place or a commune's people, a proposed address, receipts."""
