import { describe, expect, it } from "vitest";
import { makeRow, rawCounters } from "./sample.ts";
import { CLOSED_KEPT, createStore, emptyState, GLOW_MS, type Message, QUEUE_MAX, reduce, type State } from "./store.ts";
import { counters, type Row } from "./wire.ts";

const NOW = Date.UTC(2026, 10, 23, 3, 8);
const figures = counters(rawCounters, "");

function after(messages: Message[], state: State = emptyState(), now = NOW): State {
	return messages.reduce((made, message) => reduce(made, message, now), state);
}

function eventOf(row: Row): Message {
	return { type: "event", position: "p", case: row, event: { name: "x", version: row.version, at: NOW, actor: null } };
}

const snapshot = (...rows: Row[]): Message => ({ type: "snapshot", position: "p", rows, total: rows.length, counters: figures });

describe("versions", () => {
	it("applies a newer one and no other", () => {
		const state = after([snapshot(makeRow({ version: 3 }))]);
		expect(reduce(state, eventOf(makeRow({ version: 3, subject: "again" })), NOW)).toBe(state);
		expect(reduce(state, eventOf(makeRow({ version: 2, subject: "old" })), NOW)).toBe(state);
		expect(reduce(state, eventOf(makeRow({ version: 4, subject: "new" })), NOW).rows.get(7)?.subject).toBe("new");
	});

	it("does not let an older page of a list overwrite the stream", () => {
		const state = after([snapshot(makeRow({ version: 5, subject: "new" })), { type: "rows", rows: [makeRow({ version: 4 })] }]);
		expect(state.rows.get(7)?.subject).toBe("new");
	});
});

describe("a snapshot", () => {
	it("replaces everything, even with older versions", () => {
		const state = after([snapshot(makeRow({ version: 9 }), makeRow({ id: 8 })), snapshot(makeRow({ version: 3 }))]);
		expect([...state.rows.keys()]).toEqual([7]);
		expect(state.rows.get(7)?.version).toBe(3);
		expect(state.snapshots).toBe(2);
	});

	it("does not change the state it was given", () => {
		const before = after([snapshot(makeRow())]);
		const rows = before.rows;
		reduce(before, eventOf(makeRow({ id: 9, version: 1 })), NOW);
		expect(rows.size).toBe(1);
	});
});

describe("the glow", () => {
	it("is for cases just opened, not for old ones that came into view", () => {
		const state = after([eventOf(makeRow({ id: 1, opened_at: NOW - 500 })), eventOf(makeRow({ id: 2, opened_at: NOW - 3_600_000 }))]);
		expect([...state.fresh.keys()]).toEqual([1]);
	});

	it("goes out", () => {
		const lit = after([eventOf(makeRow({ id: 1, opened_at: NOW }))]);
		const later = reduce(lit, eventOf(makeRow({ id: 2, opened_at: NOW + GLOW_MS })), NOW + GLOW_MS);
		expect([...later.fresh.keys()]).toEqual([2]);
	});
});

describe("bounds", () => {
	it("forgets the oldest closed cases only", () => {
		const closed = Array.from({ length: CLOSED_KEPT + 3 }, (_, i) => makeRow({ id: 100 + i, state: "closed", closed_at: NOW + i }));
		const state = after([{ type: "rows", rows: [makeRow(), ...closed] }]);
		expect(state.rows.size).toBe(CLOSED_KEPT + 1);
		expect(state.rows.has(7)).toBe(true);
		expect(state.rows.has(102)).toBe(false);
		expect(state.rows.has(103)).toBe(true);
	});
});

it("takes a case away that may no longer be seen", () => {
	const state = after([snapshot(makeRow()), { type: "gone", position: "q", id: 7 }]);
	expect(state.rows.size).toBe(0);
	expect(reduce(state, { type: "gone", position: "q", id: 7 }, NOW)).toBe(state);
});

it("counts time on the server's clock", () => {
	const state = after([{ type: "welcome", protocol: 1, resumed: false, heartbeat_s: 10, now: NOW + 90_000 }]);
	expect(state).toMatchObject({ skew: 90_000, phase: "live", heartbeatMs: 10_000 });
});

it("keeps the river's health when a beat is silent about it", () => {
	const river = { canary_ms: 31, lag: 0, timer_late_ms: 0, ok: true };
	const beat = (health: typeof river | null): Message => ({ type: "beat", now: NOW, position: "p", river: health });
	expect(after([beat(river), beat(null)]).river).toEqual(river);
});

describe("the store", () => {
	function make() {
		const frames: (() => void)[] = [];
		let drawn = 0;
		const store = createStore({ frame: (run) => void frames.push(run), now: () => NOW });
		store.subscribe(() => drawn++);
		return { store, frames, drawn: () => drawn };
	}

	it("draws a burst once", () => {
		const { store, frames, drawn } = make();
		for (let i = 1; i <= 100; i++) store.push(eventOf(makeRow({ version: i })));
		expect([frames.length, drawn()]).toEqual([1, 0]);
		frames[0]?.();
		expect([store.get().rows.get(7)?.version, drawn()]).toEqual([100, 1]);
	});

	it("does not draw what changed nothing", () => {
		const { store, frames, drawn } = make();
		store.push({ type: "ignored", name: "x" });
		frames[0]?.();
		expect(drawn()).toBe(0);
	});

	it("does not let the queue grow while no frame comes", () => {
		const { store } = make();
		for (let i = 1; i <= QUEUE_MAX; i++) store.push(eventOf(makeRow({ version: i })));
		expect(store.get().rows.get(7)?.version).toBe(QUEUE_MAX);
	});
});
