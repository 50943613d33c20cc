"""The places of hashes among those known so far, for whole arrays at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from churnkit.arrays import Hashes, Places

LEAST_SLOTS = 1 << 8
SLOTS_PER_HASH = 3  # a table at most so full needs few steps


@dataclass
class HashIndex:
    """The place of each known hash, numbered in the order in which they came.

    _slots: (s,) hash of each slot; _places: (s,) its place, -1 if the slot is empty. A hash stands in the
    first slot that was free from its own one on (open addressing).
    """

    known: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    _slots: Hashes = field(default_factory=lambda: np.zeros(LEAST_SLOTS, dtype=np.uint64))
    _places: Places = field(default_factory=lambda: np.full(LEAST_SLOTS, -1, dtype=np.intp))

    def places(self, hashes: Hashes) -> Places:
        """(n,) the place of each hash, -1 if it is not known."""
        slot = self._first_slots(hashes)
        places = self._places[slot]
        other = np.flatnonzero((self._slots[slot] != hashes) & (places >= 0))
        while len(other):
            slot[other] = next_slot = (slot[other] + 1) & (len(self._slots) - 1)
            places[other] = found = self._places[next_slot]
            other = other[(self._slots[next_slot] != hashes[other]) & (found >= 0)]
        return places

    def add(self, hashes: Hashes) -> None:
        """Adds hashes (n,) that all differ and are not known."""
        start = len(self.known)
        self.known = np.concatenate([self.known, hashes])
        if len(self.known) * SLOTS_PER_HASH > len(self._slots):
            size = 1 << (len(self.known) * SLOTS_PER_HASH).bit_length()
            self._slots, self._places = np.zeros(size, dtype=np.uint64), np.full(size, -1, dtype=np.intp)
            start, hashes = 0, self.known
        waiting = np.arange(start, len(self.known))
        slot = self._first_slots(hashes)
        while len(waiting):
            free = self._places[slot] < 0
            self._places[slot[free]] = waiting[free]  # of several that want a slot, one gets it
            has_slot = self._places[slot] == waiting
            self._slots[slot[has_slot]] = self.known[waiting[has_slot]]
            waiting, slot = waiting[~has_slot], (slot[~has_slot] + 1) & (len(self._slots) - 1)

    def _first_slots(self, hashes: Hashes) -> Places:
        return (hashes & np.uint64(len(self._slots) - 1)).astype(np.intp)
