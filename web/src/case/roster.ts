import type { RosterRow } from "../live/wire.ts";

export function standing(row: RosterRow): "ready" | "off_duty" | "unavailable" | "full" {
	if (!row.on_duty) return "off_duty";
	if (!row.available) return "unavailable";
	return row.load >= row.capacity ? "full" : "ready";
}

/** Those who can take work first, the least loaded first. */
export function rosterOrder(rows: Iterable<RosterRow>): RosterRow[] {
	const share = (row: RosterRow) => row.load / Math.max(1, row.capacity);
	const rank = (row: RosterRow) => Number(standing(row) !== "ready");
	return [...rows].sort((a, b) => rank(a) - rank(b) || share(a) - share(b) || a.id - b.id);
}
