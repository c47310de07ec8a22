"""The bits of a pool: which bit is which GPU, and counting free GPUs node by node without a loop over nodes."""

from collections.abc import Iterable, Iterator

from bot.booking.lab import Pool


class Layout:
    """Every node has a field of `width` bits (a power of two, at least 8), so that one big integer is a whole pool.

    Bit g of a mask stands for one GPU: 1 is free. `full` has a bit for every GPU there is.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool.name
        by_node: dict[str, list[str]] = {}
        for gpu in pool.gpus:
            by_node.setdefault(gpu.node, []).append(gpu.name)
        self.largest = max(map(len, by_node.values()))
        self.width = max(8, 1 << (self.largest - 1).bit_length())
        self.field_mask = (1 << self.width) - 1
        self.node_names = tuple(by_node)
        self.bit = {
            name: field * self.width + place
            for field, names in enumerate(by_node.values())
            for place, name in enumerate(names)
        }
        self.name = {bit: name for name, bit in self.bit.items()}
        self.memory = {self.bit[gpu.name]: gpu.memory_gb for gpu in pool.gpus}
        self.full = self.mask(self.bit)
        self.fields = tuple(self.mask(names) for names in by_node.values())
        self.kinds = tuple(self._kinds())
        self._ones = sum(1 << (field * self.width) for field in range(len(by_node)))
        self._folds = self._fold_masks()

    def mask(self, names: Iterable[str]) -> int:
        """The mask of these GPUs; names that the pool does not have are left out."""
        mask = 0
        for name in names:
            if name in self.bit:
                mask |= 1 << self.bit[name]
        return mask

    def names(self, mask: int) -> tuple[str, ...]:
        """The GPUs of a mask, in the order of their bits."""
        return tuple(self.name[bit] for bit in bits_of(mask))

    def with_memory(self, memory_gb: int) -> int:
        """The GPUs that have at least `memory_gb`."""
        if memory_gb <= 0:
            return self.full
        return sum(1 << bit for bit, memory in self.memory.items() if memory >= memory_gb)

    def on(self, node: str) -> int:
        """The GPUs of a node; none where the pool has none there."""
        return self.fields[self.node_names.index(node)] if node in self.node_names else 0

    def nodes_with(self, mask: int, count: int) -> int:
        """The nodes with at least `count` (1..width) GPUs in `mask`: one bit each, the highest of the node's field.

        Counts all fields at once by folding (Hacker's Delight, "population count"), then compares by adding.
        """
        counts = mask - ((mask >> 1) & self._folds[0])
        counts = (counts & self._folds[1]) + ((counts >> 2) & self._folds[1])
        counts = (counts + (counts >> 4)) & self._folds[2]
        for step, fold in enumerate(self._folds[3:]):
            counts = (counts + (counts >> (8 << step))) & fold
        top = self.width - 1
        return (counts + self._ones * ((1 << top) - count)) & (self._ones << top)

    def fields_with(self, mask: int, count: int) -> list[int]:
        """The GPUs of each of the nodes with at least `count` (1..width) in `mask`."""
        nodes, top = self.nodes_with(mask, count), self.width - 1
        return [field for place, field in enumerate(self.fields) if nodes >> (place * self.width + top) & 1]

    def _kinds(self) -> Iterable[int]:
        """Per node the GPUs that can stand in for each other: those of the same memory."""
        for field in self.fields:
            by_memory: dict[int, int] = {}
            for bit, memory in self.memory.items():
                if field >> bit & 1:
                    by_memory[memory] = by_memory.get(memory, 0) | 1 << bit
            yield from by_memory.values()

    def _fold_masks(self) -> tuple[int, ...]:
        """Per folding step the mask of the low half of each cell, over all fields."""
        bits = self.width * len(self.node_names)
        masks = [_repeat(0b01, 2, bits), _repeat(0b0011, 4, bits), _repeat(0x0F, 8, bits)]
        cell = 16
        while cell <= self.width:
            masks.append(_repeat((1 << (cell // 2)) - 1, cell, bits))
            cell *= 2
        return tuple(masks)


def bits_of(mask: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _repeat(pattern: int, every: int, bits: int) -> int:
    """`pattern` again and again, every `every` bits."""
    return sum(pattern << shift for shift in range(0, bits, every))
