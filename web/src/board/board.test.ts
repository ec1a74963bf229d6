import { describe, expect, it } from "vitest";
import { unitTree } from "../app/units.ts";
import { makeRow } from "../live/sample.ts";
import { type Filter, fold, isFiltered, matches, NO_FILTER, type Seen, toQuery } from "./filter.ts";
import { shownPhase } from "./phase.ts";
import { countChanges, deadline, order, refreshHeld } from "./order.ts";
import { visibleRange } from "./window.ts";

const NOW = Date.UTC(2026, 10, 23, 3, 8);
const tree = unitTree([
	{ code: "2200", parent: "0000" },
	{ code: "2222", parent: "2200" },
	{ code: "loop", parent: "loop" },
]);
const seen: Seen = { coordinatorId: 11, now: NOW, tree, found: new Set() };
const shows = (filter: Partial<Filter>, row = makeRow(), more: Partial<Seen> = {}) =>
	matches(row, { ...NO_FILTER, ...filter }, { ...seen, ...more });

describe("a filter", () => {
	it("shows open cases, or closed ones, never both", () => {
		const closed = makeRow({ state: "closed" });
		expect([shows({}), shows({}, closed), shows({ closed: true }, closed), shows({ closed: true })]).toEqual([true, false, true, false]);
	});

	it("knows whose a case is", () => {
		const nobody = makeRow({ coordinator: null });
		expect([shows({ who: "mine" }), shows({ who: "mine" }, nobody), shows({ who: "none" }, nobody)]).toEqual([true, false, true]);
		expect(shows({ who: "mine" }, nobody, { coordinatorId: null })).toBe(false);
	});

	it("takes a unit with all below it", () => {
		expect([shows({ unit: "2200" }), shows({ unit: "2222" }), shows({ unit: "5300" })]).toEqual([true, true, false]);
		expect(tree.isUnder("loop", "0000")).toBe(false);
	});

	it.each(["261123-00417-5", "00417", "２６１１２３００４１７５", "荣泰", "913100007449143662", "  装船 "])("finds %s", (text) => {
		expect(shows({ text })).toBe(true);
	});

	it("finds by reference what only the server can", () => {
		expect(shows({ text: "CSQU3054383" })).toBe(false);
		expect(shows({ text: "CSQU3054383" }, makeRow(), { found: new Set([7]) })).toBe(true);
	});

	it("calls a case overdue when the nearer of promise and need is past, as the counter does", () => {
		const overdue = (row: Parameters<typeof makeRow>[0]) => shows({ overdue: true }, makeRow(row));
		expect(overdue({ due_at: NOW })).toBe(false);
		expect(overdue({ due_at: NOW - 1 })).toBe(true);
		expect(overdue({ due_at: null })).toBe(false);
		expect(overdue({ breached: ["first_response"] })).toBe(false);
		expect(shows({ overdue: true, closed: true }, makeRow({ due_at: NOW - 1, state: "closed" }))).toBe(false);
	});

	it("takes today by Beijing's day", () => {
		expect(shows({ today: true }, makeRow({ due_at: Date.UTC(2026, 10, 23, 15, 59) }))).toBe(true);
		expect(shows({ today: true }, makeRow({ due_at: Date.UTC(2026, 10, 23, 16, 0) }))).toBe(false);
		expect(shows({ today: true }, makeRow({ due_at: NOW - 1 }))).toBe(false);
	});

	it("is asked of the server in its words", () => {
		expect(toQuery({ ...NO_FILTER, who: "mine", state: "working", overdue: true, unit: "2200", text: " ４１７ " })).toEqual({
			view: "open", coordinator: "me", state: "working", overdue: "true", unit: "2200", q: "417",
		});
		expect(toQuery({ ...NO_FILTER, closed: true })).toEqual({ view: "closed" });
	});

	it("knows when it filters nothing", () => {
		expect([isFiltered(NO_FILTER), isFiltered({ ...NO_FILTER, text: "x" })]).toEqual([false, true]);
		expect(fold("ＣＳＱＵ 305")).toBe("csqu305");
	});
});

describe("the order", () => {
	const a = makeRow({ id: 1, due_at: NOW + 5 });
	const b = makeRow({ id: 2, due_at: NOW + 3 });
	const c = makeRow({ id: 3, due_at: null });
	const d = makeRow({ id: 4, due_at: NOW + 3 });

	it("is by what is due first, without limit last, then by age", () => {
		expect(order([a, b, c, d]).map(({ id }) => id)).toEqual([2, 4, 1, 3]);
	});

	it("is newest first for closed ones", () => {
		const closed = [10, 30, 20].map((at, id) => makeRow({ id, state: "closed", closed_at: at }));
		expect(order(closed).map(({ id }) => id)).toEqual([1, 2, 0]);
	});

	it("counts what came, left and moved while it was held", () => {
		const shown = order([a, b, c]);
		expect(countChanges(shown, order([a, b, c]))).toBe(0);
		expect(countChanges(shown, order([{ ...a, subject: "other", version: 9 }, b, c]))).toBe(0);
		expect(countChanges(shown, order([{ ...a, due_at: NOW }, c, d]))).toBe(3);
	});

	it("holds still but keeps its rows true, and drops what may not be seen", () => {
		const shown = order([a, b, c]);
		const rows = new Map([[1, { ...a, due_at: NOW, subject: "new" }], [3, c]]);
		const held = refreshHeld(shown, rows);
		expect(held.map(({ id, row }) => [id, row.subject])).toEqual([[1, "new"], [3, c.subject]]);
	});
});

describe("the nearest limit", () => {
	it.each<[string, Parameters<typeof makeRow>[0], string, number | null]>([
		["a running clock", { needed_by: null }, "next_response", Date.UTC(2026, 10, 23, 3, 30)],
		["an earlier need", { needed_by: NOW }, "needed", NOW],
		["the promise without a clock", { needed_by: null, next_clock: null, promise_at: NOW }, "resolution", NOW],
		["the need while the clock is paused", { needed_by: NOW + 9e9, next_clock: { kind: "resolution", due_at: NOW, state: "paused" } }, "needed", NOW + 9e9],
		["paused while the enterprise has it", { needed_by: null, next_clock: null, state: "waiting_enterprise", promise_at: NOW }, "resolution", NOW],
		["none when closed", { state: "closed" }, "resolution", null],
	])("is %s", (_, change, kind, due) => {
		expect(deadline(makeRow(change))).toMatchObject({ kind, due });
	});
});

it("draws only rows near the window", () => {
	expect(visibleRange(0, 500, 50, 10_000)).toEqual({ start: 0, end: 16 });
	expect(visibleRange(5000, 5500, 50, 10_000)).toEqual({ start: 94, end: 116 });
	expect(visibleRange(5000, 5500, 50, 3)).toEqual({ start: 3, end: 3 });
	expect(visibleRange(-900, 0, 50, 100)).toEqual({ start: 0, end: 6 });
});

describe("the connection as shown", () => {
	const state = { phase: "live" as const, heardAt: 1000, heartbeatMs: 10_000 };
	it.each([
		[{ ...state }, 26_000, "live"],
		[{ ...state }, 26_001, "stale"],
		[{ ...state, phase: "reconnecting" as const }, 2000, "reconnecting"],
		[{ ...state, phase: "reconnecting" as const }, 26_001, "stale"],
		[{ ...state, phase: "stale" as const }, 2000, "stale"],
		[{ ...state, phase: "connecting" as const, heardAt: 0 }, 2000, "connecting"],
	])("%o at %i is %s", (given, now, shown) => {
		expect(shownPhase(given, now)).toBe(shown);
	});
});
