/** Rows under a heading as a Markdown table that reads well as it is; the first `textColumns` to the left, numbers to the right. */
export function textTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns: number,
): string {
  const widths = heading.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column < textColumns)).join(' | ')} |`
  const rule = widths.map((width, column) => (column < textColumns ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(heading), line(rule), ...rows.map(line)].join('\n')
}

function pad(cell: string, width: number, isText: boolean): string {
  return isText ? cell.padEnd(width) : cell.padStart(width)
}
