import type { ProgressEvent, ProgressSnapshot } from './event.ts'

/** One event as a line of text without its end: `copy users: 1,200 of 5,000 rows (24.0 %), 400 rows/s, 10 s left`. */
export function progressLine(event: ProgressEvent): string {
  const { snapshot } = event
  switch (event.kind) {
    case 'started':
      return `${snapshot.task}: started${describeStart(snapshot)}`
    case 'advanced':
      return `${snapshot.task}: ${describeRunning(snapshot)}`
    case 'finished': {
      const rate = `${formatCount(snapshot.ratePerSecond)} ${snapshot.unit}/s`
      return `${snapshot.task}: done, ${amount(snapshot)} in ${formatDuration(snapshot.elapsedSeconds)} (${rate})`
    }
    case 'failed': {
      const reason = `${event.error.code ?? event.error.name}: ${event.error.message}`.replace(/\s*\n\s*/g, ' ')
      return `${snapshot.task}: failed after ${amount(snapshot)}: ${reason}`
    }
  }
}

/** `0.4 s`, `31 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`
}

/** Rounded, thousands set apart by commas; one decimal below 10. */
export function formatCount(count: number): string {
  const isSmallFraction = Math.abs(count) < 9.95 && !Number.isInteger(count)
  const text = isSmallFraction ? count.toFixed(1) : String(Math.round(count))
  return text.replace(/\B(?=(\d{3})+$)/g, ',')
}

function describeStart(snapshot: ProgressSnapshot): string {
  const resumed = snapshot.done > 0 ? ` at ${formatCount(snapshot.done)}` : ''
  if (snapshot.total === null) return resumed === '' ? '' : `${resumed} ${snapshot.unit}`
  return `${resumed}${resumed === '' ? ',' : ' of'} ${formatCount(snapshot.total)} ${snapshot.unit}`
}

function describeRunning(snapshot: ProgressSnapshot): string {
  const { done, total, etaSeconds } = snapshot
  const percent = total === null ? '' : ` (${total === 0 ? '100.0' : ((100 * done) / total).toFixed(1)} %)`
  const rate = `${formatCount(snapshot.ratePerSecond)} ${snapshot.unit}/s`
  const eta = etaSeconds === null ? '' : `, ${formatDuration(etaSeconds)} left`
  return `${amount(snapshot)}${percent}, ${rate}${eta}`
}

function amount({ done, total, unit }: ProgressSnapshot): string {
  return total === null || total === done
    ? `${formatCount(done)} ${unit}`
    : `${formatCount(done)} of ${formatCount(total)} ${unit}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
