/** What a member says of itself when it joins. */
export interface MemberClaim {
  readonly memberId: string
  /** The group's generation in which it got what it owns; the highest is right where two say that they own a partition. */
  readonly generation: number
  readonly owned: readonly number[]
  /** How far its files of other partitions are: the one that is ahead has the least to rebuild. */
  readonly files: Readonly<Record<number, number>>
}

/**
 * Spreads partitions evenly, and moves as few as that allows: a partition that stays needs no rebuild. What has to move
 * goes to the member whose file of it is furthest, among those with room. The same claims give the same answer, in any order.
 */
export function assignPartitions(members: readonly MemberClaim[], partitions: number): Map<string, number[]> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const assigned = new Map(sorted.map(({ memberId }) => [memberId, [] as number[]]))
  if (sorted.length === 0) return assigned
  const least = Math.floor(partitions / sorted.length)
  /** So many members have one more than the least. */
  let extra = partitions % sorted.length
  const loadOf = (member: MemberClaim) => assigned.get(member.memberId)?.length ?? 0
  const give = (member: MemberClaim, partition: number) => {
    if (loadOf(member) === least) extra--
    assigned.get(member.memberId)?.push(partition)
  }
  const hasRoom = (member: MemberClaim) => loadOf(member) < least || (loadOf(member) === least && extra > 0)

  const homeless: number[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const owner = sorted
      .filter(({ owned }) => owned.includes(partition))
      .reduce<MemberClaim | null>((best, next) => (best && best.generation >= next.generation ? best : next), null)
    if (owner !== null && hasRoom(owner)) give(owner, partition)
    else homeless.push(partition)
  }
  for (const partition of homeless) {
    const open = sorted.filter(hasRoom)
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
