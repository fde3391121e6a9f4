/** A member's claim when it joins. */
export interface MemberClaim {
  readonly memberId: string
  /** The group's generation in which the member was assigned `owned`. If two members claim a partition, the higher generation wins. */
  readonly generation: number
  readonly owned: readonly number[]
  /** The offset that the member's file of each partition has reached: the member that is ahead has the least to rebuild. */
  readonly files: Readonly<Record<number, number>>
}

/**
 * Spreads the partitions evenly and moves as few as possible, because a partition that stays needs no rebuild. A partition that
 * moves goes to the member whose file of it is furthest, among the members below their share. The order of the members does not
 * change the result.
 */
export function assignPartitions(members: readonly MemberClaim[], partitions: number): Map<string, number[]> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const assigned = new Map(sorted.map(({ memberId }) => [memberId, [] as number[]]))
  if (sorted.length === 0) return assigned
  const least = Math.floor(partitions / sorted.length)
  /** Number of members that get one partition more than `least`. */
  let extra = partitions % sorted.length
  const loadOf = (member: MemberClaim) => assigned.get(member.memberId)?.length ?? 0
  const give = (member: MemberClaim, partition: number) => {
    if (loadOf(member) === least) extra--
    assigned.get(member.memberId)?.push(partition)
  }
  const isBelowShare = (member: MemberClaim) => loadOf(member) < least || (loadOf(member) === least && extra > 0)

  const unassigned: number[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const owner = sorted
      .filter(({ owned }) => owned.includes(partition))
      .reduce<MemberClaim | null>((best, next) => (best && best.generation >= next.generation ? best : next), null)
    if (owner !== null && isBelowShare(owner)) give(owner, partition)
    else unassigned.push(partition)
  }
  for (const partition of unassigned) {
    const open = sorted.filter(isBelowShare)
    const best = open.reduce((a, b) => (isBetter(b, a, partition, loadOf) ? b : a))
    give(best, partition)
  }
  for (const list of assigned.values()) list.sort((a, b) => a - b)
  return assigned
}

function isBetter(a: MemberClaim, b: MemberClaim, partition: number, loadOf: (member: MemberClaim) => number): boolean {
  const ahead = (a.files[partition] ?? -1) - (b.files[partition] ?? -1)
  return ahead > 0 || (ahead === 0 && loadOf(a) < loadOf(b))
}
