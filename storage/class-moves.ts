/**
 * Entries of the log whose moves between classes are added up in one row for each scope and class (`class_moves`). What came after an offset is then the
 * rows of whole blocks, and a walk through less than a block of the log (4 µs an entry): 2 ms a partition at most.
 */
export const entriesPerBlock = 512

/** The block of an entry: its first one has the entries 1 to {@link entriesPerBlock}. */
export const blockOf = (offset: number): number => Math.floor((offset - 1) / entriesPerBlock)

/** The first block all of whose entries come after an offset. */
export const blockAfter = (offset: number): number => Math.ceil(offset / entriesPerBlock)

/** The offset after which a block begins. */
export const beginOf = (block: number): number => block * entriesPerBlock

/** In `meta`: the offset after which `class_moves` and `former_labels` hold everything. */
export const movesSinceName = 'moves_since'
