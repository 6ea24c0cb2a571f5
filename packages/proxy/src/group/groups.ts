import { ProxyError } from '../errors.ts'
import type { ProxyContext } from '../proxy-context.ts'
import type { Side } from '../side.ts'
import { Group, type GroupSpec, groupKey } from './group.ts'

/** Groups of one process; each costs at least one connection to each cluster. */
const GROUPS_MAX = 1024
/** A group without clients keeps its connections this long: drivers come back. */
const IDLE_MS = 30_000

/** The groups by what their clients have in common. */
export class Groups {
  readonly #groups = new Map<string, Group>()
  /** By key and required clusters. */
  readonly #opening = new Map<string, Promise<Group>>()

  find(spec: GroupSpec): Group | undefined {
    return this.#groups.get(groupKey(spec))
  }

  all(): Iterable<Group> {
    return this.#groups.values()
  }

  /** The group with this key, made without waiting when there is none; its connections are the caller's to bring. */
  obtain(context: ProxyContext, spec: GroupSpec): Group {
    const key = groupKey(spec)
    const known = this.#groups.get(key)
    if (known) return known
    if (this.#groups.size >= GROUPS_MAX) {
      throw new ProxyError(
        'PROXY_TOO_MANY_GROUPS',
        `${GROUPS_MAX} groups of cluster connections are open (one for each user, keyspace and set of STARTUP options); close clients or use fewer keyspaces`,
      )
    }
    const group = new Group(context, spec)
    this.#groups.set(key, group)
    return group
  }

  /**
   * The group with this key and a connection to each of the required clusters.
   * @throws what refuses the first of them, and then there is no such group
   */
  open(context: ProxyContext, spec: GroupSpec, required: readonly Side[]): Promise<Group> {
    const key = groupKey(spec)
    const known = this.#groups.get(key)
    if (known && required.every((side) => known.links[side].isUp)) return Promise.resolve(known)
    // One that waits for fewer clusters proves too little.
    const step = `${required.join()} ${key}`
    const opening = this.#opening.get(step)
    if (opening) return opening
    const promise = this.#open(context, spec, required).finally(() => this.#opening.delete(step))
    this.#opening.set(step, promise)
    return promise
  }

  /** Looks after the connections, and closes groups that have had no client for a while. */
  sweep(nowMs: number): void {
    for (const [key, group] of this.#groups) {
      for (const link of group.links) link.sweep(nowMs)
      if (!group.isIdle || nowMs - group.idleSinceMs < IDLE_MS) continue
      this.#groups.delete(key)
      group.close()
    }
  }

  close(): void {
    for (const group of this.#groups.values()) group.close()
    this.#groups.clear()
  }

  async #open(context: ProxyContext, spec: GroupSpec, required: readonly Side[]): Promise<Group> {
    const group = this.obtain(context, spec)
    try {
      await group.open(required)
    } catch (cause) {
      if (group.isIdle) {
        this.#groups.delete(group.key)
        group.close()
      }
      throw cause
    }
    return group
  }
}
