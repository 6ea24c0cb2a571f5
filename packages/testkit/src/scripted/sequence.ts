let last = 0

/**
 * The next number of one count over all scripted servers of this process, from 1: what happened on two servers can be
 * put in order by it, where a clock would say the same twice.
 */
export function nextSequence(): number {
  last += 1
  return last
}
