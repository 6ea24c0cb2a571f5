/** Seeded generator (mulberry32), so that a failing case can be run again. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A text of up to `lengthMax` characters of the alphabet. */
export function randomText(random: () => number, alphabet: string, lengthMax: number): string {
  const length = Math.floor(random() * (lengthMax + 1))
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}
