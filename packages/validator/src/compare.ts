/** Positions at which two rows of the same columns have other bytes. No cell and an empty one are two things. */
export function differingCells(origin: readonly (Buffer | null)[], target: readonly (Buffer | null)[]): number[] {
  const positions: number[] = []
  for (let i = 0; i < origin.length; i++) {
    const left = origin[i] ?? null
    const right = target[i] ?? null
    if (left === null || right === null ? left !== right : !left.equals(right)) positions.push(i)
  }
  return positions
}
