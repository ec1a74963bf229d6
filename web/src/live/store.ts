/**
 * What the page knows of the river. `reduce` is pure; `createStore` applies a burst of messages in one step per
 * animation frame, so that hundreds of events a second cost one drawing.
 */
import type { Counters, River, RosterRow, Row, ServerMessage } from "./wire.ts";

export type Phase = "connecting" | "live" | "reconnecting" | "stale" | "ended";

/** What the page itself tells the store: the state of the connection and rows it read over HTTP. */
export type LocalMessage =
	| { type: "phase"; phase: Phase; retryAt?: number }
	| { type: "heard" }
	| { type: "rows"; rows: Row[] }
	| { type: "roster_read"; items: RosterRow[] }
	| { type: "river"; river: River }
	| { type: "forget" };

export type Message = ServerMessage | LocalMessage;

export interface State {
	phase: Phase;
	heardAt: number;
	retryAt: number | null;
	heartbeatMs: number;
	/** Server clock minus ours: time left is counted on the server's clock. */
	skew: number;
	rows: ReadonlyMap<number, Row>;
	/** Open cases I may see, as of the last snapshot or counters. */
	total: number;
	/** Grows with each snapshot: what was read over HTTP before it is gone. */
	snapshots: number;
	counters: Counters | null;
	roster: ReadonlyMap<number, RosterRow>;
	river: River | null;
	/** Cases first seen by an event, with when: they glow for a moment. */
	fresh: ReadonlyMap<number, number>;
}

export const GLOW_MS = 4000;
/** Closed cases kept in memory; the oldest beyond it are dropped and can be read again. */
export const CLOSED_KEPT = 500;

export function emptyState(): State {
	return {
		phase: "connecting",
		heardAt: 0,
		retryAt: null,
		heartbeatMs: 10_000,
		skew: 0,
		rows: new Map(),
		total: 0,
		snapshots: 0,
		counters: null,
		roster: new Map(),
		river: null,
		fresh: new Map(),
	};
}

export function isOpen(row: Pick<Row, "state">): boolean {
	return row.state !== "closed" && row.state !== "merged";
}

function withRows(old: ReadonlyMap<number, Row>, rows: readonly Row[]): ReadonlyMap<number, Row> {
	const newer = rows.filter((row) => row.version > (old.get(row.id)?.version ?? -1));
	if (newer.length === 0) return old;
	const made = new Map(old);
	for (const row of newer) made.set(row.id, row);
	return dropOldClosed(made);
}

function dropOldClosed(rows: Map<number, Row>): Map<number, Row> {
	const closed = [...rows.values()].filter((row) => !isOpen(row));
	if (closed.length <= CLOSED_KEPT) return rows;
	closed.sort((a, b) => (a.closed_at ?? a.updated_at) - (b.closed_at ?? b.updated_at));
	for (const row of closed.slice(0, closed.length - CLOSED_KEPT)) rows.delete(row.id);
	return rows;
}

function glowing(fresh: ReadonlyMap<number, number>, now: number, id: number): ReadonlyMap<number, number> {
	const made = new Map([...fresh].filter(([, since]) => now - since < GLOW_MS));
	return made.set(id, now);
}

function withoutRow(state: State, id: number): State {
	if (!state.rows.has(id)) return state;
	const rows = new Map(state.rows);
	rows.delete(id);
	return { ...state, rows };
}

function withRoster(state: State, items: readonly RosterRow[]): State {
	const roster = new Map(state.roster);
	for (const item of items) roster.set(item.id, item);
	return { ...state, roster };
}

export function reduce(state: State, message: Message, now: number): State {
	switch (message.type) {
		case "phase":
			return { ...state, phase: message.phase, retryAt: message.retryAt ?? null };
		case "heard":
			return { ...state, heardAt: now };
		case "welcome":
			return {
				...state,
				phase: "live",
				retryAt: null,
				heardAt: now,
				heartbeatMs: message.heartbeat_s * 1000,
				skew: message.now - now,
			};
		case "snapshot":
			return {
				...state,
				rows: new Map(message.rows.map((row) => [row.id, row])),
				total: message.total,
				counters: message.counters,
				snapshots: state.snapshots + 1,
				fresh: new Map(),
			};
		case "event": {
			const rows = withRows(state.rows, [message.case]);
			if (rows === state.rows) return state;
			const isNew = !state.rows.has(message.case.id) && message.case.opened_at > now + state.skew - 60_000;
			return { ...state, rows, fresh: isNew ? glowing(state.fresh, now, message.case.id) : state.fresh };
		}
		case "rows": {
			const rows = withRows(state.rows, message.rows);
			return rows === state.rows ? state : { ...state, rows };
		}
		case "gone":
			return withoutRow(state, message.id);
		case "counters":
			return { ...state, counters: message.counters, total: message.counters.open };
		case "roster":
		case "roster_read":
			return withRoster(state, message.items);
		case "river":
			return { ...state, river: message.river };
		case "beat":
			return { ...state, skew: message.now - now, river: message.river ?? state.river };
		case "forget":
			return emptyState();
		case "resync":
		case "ignored":
			return state;
	}
}

export interface Store {
	get(): State;
	subscribe(listener: () => void): () => void;
	push(message: Message): void;
	flush(): void;
}

/** A queue this long is applied at once: frames do not come while the tab is hidden. */
export const QUEUE_MAX = 500;

interface Schedule {
	frame(run: () => void): void;
	now(): number;
}

const browser: Schedule = {
	frame(run) {
		if (document.hidden) setTimeout(run, 250);
		else requestAnimationFrame(run);
	},
	now: () => Date.now(),
};

export function createStore(schedule: Schedule = browser): Store {
	let state = emptyState();
	let queue: { message: Message; at: number }[] = [];
	let scheduled = false;
	const listeners = new Set<() => void>();

	function flush() {
		scheduled = false;
		const batch = queue;
		queue = [];
		const before = state;
		for (const { message, at } of batch) state = reduce(state, message, at);
		if (state !== before) for (const listener of listeners) listener();
	}

	return {
		get: () => state,
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		push(message) {
			queue.push({ message, at: schedule.now() });
			if (queue.length >= QUEUE_MAX) return flush();
			if (scheduled) return;
			scheduled = true;
			schedule.frame(flush);
		},
		flush,
	};
}
