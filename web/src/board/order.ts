/** The order of the queue, and what may change under a reader's hands. */
import type { Limit } from "../i18n/when.ts";
import { isOpen } from "../live/store.ts";
import type { Row } from "../live/wire.ts";

export interface Entry {
	id: number;
	key: string;
	row: Row;
}

/** As the server lists them: open ones by the nearer of promise and need, closed ones newest first. */
function sortKey(row: Row): number {
	if (!isOpen(row)) return -(row.closed_at ?? row.updated_at);
	return row.due_at ?? Number.POSITIVE_INFINITY;
}

export function order(rows: Iterable<Row>): Entry[] {
	const keyed = [...rows].map((row) => ({ row, sort: sortKey(row) }));
	keyed.sort((a, b) => (a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : a.row.id - b.row.id));
	return keyed.map(({ row, sort }) => ({ id: row.id, key: String(sort), row }));
}

/** How many cases came, left, or moved since `shown`. */
export function countChanges(shown: readonly Entry[], fresh: readonly Entry[]): number {
	const keys = new Map(shown.map((entry) => [entry.id, entry.key]));
	let changes = 0;
	for (const { id, key } of fresh) {
		if (keys.get(id) !== key) changes++;
		keys.delete(id);
	}
	return changes + keys.size;
}

/** The shown order with what the rows hold by now; a case that may no longer be seen leaves at once. */
export function refreshHeld(shown: readonly Entry[], rows: ReadonlyMap<number, Row>): Entry[] {
	return shown.flatMap(({ id, key }) => {
		const row = rows.get(id);
		return row === undefined ? [] : [{ id, key, row }];
	});
}

export interface Deadline extends Limit {
	/** Name of the clock, or `needed` for what the enterprise asked for. */
	kind: string;
}

/** The nearest limit of a case: a running promise or the enterprise's own need. */
export function deadline(row: Row): Deadline {
	const clock = row.next_clock;
	const paused = clock?.state === "paused";
	const base = { from: row.opened_at, paused: false, warned: false, breached: false };
	if (!isOpen(row)) return { ...base, kind: "resolution", due: null };
	const need = row.needed_by;
	if (need !== null && (clock === null || paused || need < clock.due_at)) return { ...base, kind: "needed", due: need };
	if (clock === null) {
		// No clock runs: the last promise stands, and time does not pass while the enterprise has it.
		return { ...base, kind: "resolution", due: row.promise_at, paused: row.state === "waiting_enterprise" };
	}
	return {
		...base,
		kind: clock.kind,
		due: clock.due_at,
		paused,
		warned: clock.state === "warned",
		breached: clock.state === "breached",
	};
}
