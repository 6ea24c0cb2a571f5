/**
 * The candidate that a mistyped name most likely meant, or null when none is near: at most a third of the letters (and
 * always two) may differ, a swap of neighbours counts once. Case and dashes against underscores do not count.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  const wanted = fold(name)
  let nearest: string | null = null
  let nearestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, fold(candidate))
    if (distance < nearestDistance) {
      nearest = candidate
      nearestDistance = distance
    }
  }
  return nearest
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll('-', '_')
}

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours, each 1. */
export function editDistance(left: string, right: string): number {
  const width = right.length + 1
  let beforePrevious: number[] = []
  let previous = Array.from({ length: width }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column < width; column++) {
      const isSame = left[row - 1] === right[column - 1]
      let best = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (isSame ? 0 : 1),
      )
      const isSwap = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (isSwap) best = Math.min(best, at(beforePrevious, column - 2) + 1)
      current.push(best)
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, right.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
